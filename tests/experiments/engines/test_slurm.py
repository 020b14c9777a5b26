"""Submitting, against commands that only look like SLURM's; tests/workflows has the real ones."""

from pathlib import Path

import pytest

from fieldmark.core.errors import MissingExtraError, StudyError
from fieldmark.experiments.engines import slurm_waiting
from fieldmark.experiments.engines.settings import SlurmSettings
from fieldmark.experiments.engines.slurm import SlurmRun, run_on_slurm
from fieldmark.experiments.runner import run_missing

pytest.importorskip("submitit", reason="needs the extra 'cluster'")

SETTINGS = SlurmSettings(
    partition="gpu",
    cpus=4,
    gpus=1,
    at_once=3,
    cells_per_task=2,
    setup=("module load cuda",),
    options={"qos": "long"},
)


@pytest.fixture
def run(play, tmp_path: Path):
    study = play("good")
    return study, SlurmRun("fungi", study.call, SETTINGS, tmp_path / "engines")


def submitted(run: SlurmRun) -> str:
    (file,) = (run.folder / "logs").glob("*_submission.sh")
    return file.read_text()


def test_cells_are_submitted_as_one_array_and_remembered(run, commands, listener) -> None:
    study, slurm = run
    commands("sbatch", "echo Submitted batch job 7")
    jobs = run_on_slurm(study.cells, slurm, study.ledger, wait=False, progress=listener)
    assert jobs == ("7",)
    assert listener.said == ["Submitted 4 cells in 2 tasks as job 7."]
    text = submitted(slurm)
    for line in (
        "#SBATCH --array=0-1%2",
        "#SBATCH --partition=gpu",
        "#SBATCH --cpus-per-task=4",
        "#SBATCH --gpus-per-node=1",
        "#SBATCH --qos=long",
        "#SBATCH --time=60",
        "#SBATCH --requeue",
        "#SBATCH --job-name=fieldmark-fungi",
        "module load cuda",
    ):
        assert f"\n{line}\n" in text
    assert "--cpus-per-task=4 " in text.split("srun", 1)[1]
    packs = sorted((slurm.folder / "packs").rglob("*.txt"))
    named = [[line.split()[0] for line in pack.read_text().splitlines()] for pack in packs]
    assert named == [["good/seed-0", "good/seed-1"], ["good/seed-2", "good/seed-3"]]
    commands("squeue", "echo '7_0|RUNNING|None'; echo '7_1|PENDING|Resources'")
    commands("sbatch", "echo there is nothing to submit >&2; exit 1")
    again = run_on_slurm(study.cells, slurm, study.ledger, wait=False, progress=listener)
    assert again == ("7",)
    assert listener.said[-1] == "4 cells in SLURM's queue already."


def test_what_is_missing_of_a_queued_job_is_submitted_anew(run, commands, listener) -> None:
    study, slurm = run
    commands("sbatch", "echo Submitted batch job 7")
    run_on_slurm(study.cells, slurm, study.ledger, wait=False)
    commands("squeue", "echo '7_0|RUNNING|None'")
    commands("sbatch", "echo Submitted batch job 8")
    jobs = run_on_slurm(study.cells, slurm, study.ledger, wait=False, progress=listener)
    assert jobs == ("7", "8")
    assert listener.said == [
        "2 cells in SLURM's queue already.",
        "Submitted 2 cells in 1 task as job 8.",
    ]


def test_the_ledger_says_what_became_of_the_cells(run, commands, monkeypatch) -> None:
    study, slurm = run
    monkeypatch.setattr(slurm_waiting, "_FIRST_PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(slurm_waiting, "_SETTLING_SECONDS", 0.05)
    commands("sbatch", "echo Submitted batch job 7")

    def write(spec, folder, progress):
        (folder / "scores.txt").write_text("x")
        return {}

    run_missing(study.cells[:1], write, study.ledger)
    summary = run_on_slurm(study.cells, slurm, study.ledger)
    assert summary.done_before == ("good/seed-0",)
    assert len(summary.failed) == 3
    assert summary.failed["good/seed-1"].endswith("ended without a result: it never began")


def test_a_finished_study_asks_slurm_nothing(run, commands) -> None:
    study, slurm = run
    commands("squeue", "exit 1")
    assert run_on_slurm((), slurm, study.ledger).sentence == "There is nothing to run."


def test_a_refusal_is_told_in_the_words_of_sbatch(run, commands, capsys) -> None:
    study, slurm = run
    refusal = "sbatch: error: invalid partition specified: gpu"
    commands("sbatch", f"echo '{refusal}' >&2; exit 1")
    with pytest.raises(StudyError) as refused:
        run_on_slurm(study.cells, slurm, study.ledger)
    assert str(refused.value) == (
        "SLURM refuses the job: invalid partition specified: gpu\nWhat a task asks for stands in "
        "engines.yaml beside the study, or after --engine-set, such as slurm.partition=gpu."
    )
    assert capsys.readouterr().err == ""


def test_without_submitit_it_is_named(run, commands, monkeypatch) -> None:
    study, slurm = run
    monkeypatch.setitem(__import__("sys").modules, "submitit", None)
    with pytest.raises(MissingExtraError, match=r"install it with: pip install 'fieldmark\[cluste"):
        run_on_slurm(study.cells, slurm, study.ledger)
