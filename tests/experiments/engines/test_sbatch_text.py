"""Every script is compared with a committed file, whole; write them anew with this module."""

import subprocess
from pathlib import Path

import pytest

from fieldmark.experiments.engines import sbatch_text
from fieldmark.experiments.engines.settings import SlurmSettings

GOLDEN = Path(__file__).parent / "golden"
ASKING = SlurmSettings(
    partition="gpu",
    account="plants",
    time_minutes=120,
    cpus=4,
    gpus=1,
    memory_gb=15.5,
    at_once=8,
    requeues=5,
    warning_seconds=120,
    setup=("module load cuda",),
    options={"qos": "long", "constraint": "a100|h100"},
)
TEXTS = {
    "job-plain.sbatch": sbatch_text.job_text("fungi", tasks=1, settings=SlurmSettings()),
    "job-asking.sbatch": sbatch_text.job_text("fungi", tasks=40, settings=ASKING),
    "run-pack.sh": sbatch_text.RUN_PACK,
    "run-here.sh": sbatch_text.RUN_HERE,
    "submit.sh": sbatch_text.SUBMIT,
    "set-up.sh": sbatch_text.SET_UP,
    "collect.sh": sbatch_text.collect_text("fungi"),
    "README-images.md": sbatch_text.read_me("fungi", cells=4, packs=2, with_images=True),
    "README.md": sbatch_text.read_me("fungi", cells=1200, packs=600, with_images=False),
}


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_a_script_is_what_is_committed(name: str) -> None:
    assert (GOLDEN / name).read_text(encoding="utf-8") == TEXTS[name]


def test_no_committed_file_is_left_over() -> None:
    assert {path.name for path in GOLDEN.iterdir()} == TEXTS.keys()


@pytest.mark.parametrize("name", sorted(name for name in TEXTS if not name.endswith(".md")))
def test_bash_can_read_it(name: str) -> None:
    checked = subprocess.run(
        ["bash", "-n"], input=TEXTS[name], text=True, capture_output=True, check=False
    )
    assert (checked.returncode, checked.stderr) == (0, "")


if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    for name, text in TEXTS.items():
        (GOLDEN / name).write_text(text, encoding="utf-8")
