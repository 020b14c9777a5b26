from pathlib import Path

import pytest

from fieldmark.core.errors import StudyError
from fieldmark.core.progress import SilentProgress
from fieldmark.evaluation.metrics import METRICS
from fieldmark.experiments.study_file import read_study
from fieldmark.workflows import fungitastic_template, templates
from fieldmark.workflows.ground import open_ground
from fieldmark.workflows.taxonomy import TASKS
from fieldmark.workflows.templates import write_study


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("_SPECIES", 3), ("_OBSERVATIONS", 4), ("_SIZE", 16)):
        monkeypatch.setattr(templates, name, value)


def test_the_study_that_is_written_can_be_opened(tmp_path: Path) -> None:
    file = write_study("taxonomy", tmp_path / "new", seed=0, progress=SilentProgress())
    assert file == tmp_path / "new" / "study.yaml"
    ground = open_ground(read_study(file, tasks=TASKS, metrics=METRICS))
    assert ground.manifest.ranks[-1] == "species"
    assert list(ground.split.parts) == ["train", "validation", "test"]
    assert len(ground.cells) == 10


def test_a_study_on_files_as_fungitastic_lays_them_out_can_be_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fungitastic_template, "_SPECIES", 8)
    monkeypatch.setattr(fungitastic_template, "_SIZE", 16)
    monkeypatch.setattr(fungitastic_template, "_OBSERVATIONS", {"train": 20, "val": 10, "test": 10})
    folder = tmp_path / "new"
    file = write_study("taxonomy", folder, seed=0, progress=SilentProgress(), layout="fungitastic")
    ground = open_ground(read_study(file, tasks=TASKS, metrics=METRICS))
    assert list(ground.split.parts) == ["train", "validation", "test"]
    assert all(path.is_file() for path in ground.manifest.image_paths())


def test_an_unknown_layout_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="Unknown layout 'fungi'; did you mean 'fungitastic'"):
        write_study("taxonomy", tmp_path, seed=0, progress=SilentProgress(), layout="fungi")
    assert not list(tmp_path.iterdir())


def test_the_same_seed_writes_the_same_manifest_and_another_seed_another(tmp_path: Path) -> None:
    manifests = [
        write_study("taxonomy", tmp_path / name, seed=seed, progress=SilentProgress())
        .with_name("data")
        .joinpath("manifest.csv")
        .read_bytes()
        for name, seed in (("a", 0), ("b", 0), ("c", 1))
    ]
    assert manifests[0] == manifests[1] != manifests[2]


def test_an_unknown_system_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StudyError) as refused:
        write_study("taxonmy", tmp_path / "new", seed=0, progress=SilentProgress())
    assert str(refused.value) == (
        "Unknown system 'taxonmy'; did you mean 'taxonomy'? There are: taxonomy."
    )
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("what", ["file", "folder"])
def test_nothing_is_overwritten(tmp_path: Path, what: str) -> None:
    place = tmp_path / "new"
    if what == "folder":
        place.mkdir()
        (place / "mine.txt").write_text("mine")
    else:
        place.write_text("mine")
    with pytest.raises(StudyError) as refused:
        write_study("taxonomy", place, seed=0, progress=SilentProgress())
    assert str(refused.value) == (
        f"Expected a new folder; {place} holds something already. Name another."
    )


def test_an_empty_folder_is_taken(tmp_path: Path) -> None:
    assert write_study("taxonomy", tmp_path, seed=0, progress=SilentProgress()).is_file()
