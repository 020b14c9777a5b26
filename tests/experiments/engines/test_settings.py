from pathlib import Path

import pytest

from fieldmark.core.errors import StudyError
from fieldmark.experiments.engines.settings import Engines, SlurmSettings, read_engines

SETTINGS = """\
local: {workers: 3, devices: [0, MIG-1]}
slurm:
  partition: gpu
  options: {qos: long}
"""


def test_without_a_file_everything_has_its_default(tmp_path: Path) -> None:
    assert read_engines(tmp_path) == Engines()


def test_the_file_beside_the_study_and_settings_over_it(tmp_path: Path) -> None:
    (tmp_path / "engines.yaml").write_text(SETTINGS)
    engines = read_engines(tmp_path, ["slurm.gpus=2", "local.workers=5"])
    assert (engines.slurm.partition, engines.slurm.gpus) == ("gpu", 2)
    assert engines.slurm.options == {"qos": "long"}
    assert engines.local.workers == 5
    assert [engines.local.device_of(place) for place in range(3)] == ["0", "MIG-1", "0"]


def test_another_file_takes_its_place(tmp_path: Path) -> None:
    (tmp_path / "engines.yaml").write_text(SETTINGS)
    (tmp_path / "other.yaml").write_text("slurm: {account: plants}")
    engines = read_engines(tmp_path, file=tmp_path / "other.yaml")
    assert (engines.slurm.account, engines.slurm.partition) == ("plants", None)


@pytest.mark.parametrize("size", [0, 1, 9, 10, 11, 1000])
def test_packs_never_make_an_array_too_long(size: int) -> None:
    settings = SlurmSettings(cells_per_task=2, most_tasks=10)
    pack = settings.pack_size(size)
    assert pack >= 2
    assert -(-size // pack) <= 10


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("slurm: {partiton: gpu}", "line 1: unknown key 'partiton' in slurm; did you mean 'part"),
        ("slurm: {gpu: 1}", "Known keys: partition, account, time_minutes, cpus, gpus, memory_gb"),
        ("slrm: {}", "line 1: unknown key 'slrm'; did you mean 'slurm'? Known keys: local, slurm."),
        ("local:\n  workers: 0", "engines.yaml, line 2: local.workers should be at least 1, not 0"),
        ("slurm: {memory_gb: much}", "slurm.memory_gb should be a number, not 'much'"),
        ("- local", "engines.yaml: expected the keys local, slurm."),
    ],
)
def test_what_does_not_fit_is_told_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "engines.yaml").write_text(text)
    with pytest.raises(StudyError) as refused:
        read_engines(tmp_path)
    assert message in str(refused.value)


def test_a_named_file_has_to_be_there(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match=r"The settings of engines at .*none.yaml cannot be read"):
        read_engines(tmp_path, file=tmp_path / "none.yaml")


def test_a_setting_that_is_none_is_told_with_an_example(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match=r"such as --engine-set slurm\.partition=gpu"):
        read_engines(tmp_path, ["slurm.partition"])
