import io
from pathlib import Path

import pytest

CELLS = ["probe/seed-0", "probe/seed-1", "knn/seed-free"]


def done(folder: Path) -> list[str]:
    records = (folder / "results" / "tiny" / "cells").rglob("result/record.json")
    return sorted(path.parents[1].relative_to(path.parents[3]).as_posix() for path in records)


def test_some_cells_alone(call, fresh: Path) -> None:
    said = call("run", fresh, "--cells", "knn/seed-free")
    assert (said.code, said.out) == (0, "The only cell is done: 1 ran now.\n")
    assert done(fresh) == ["knn/seed-free"]


def test_cells_from_a_file(call, fresh: Path, tmp_path: Path) -> None:
    pack = tmp_path / "pack-003.txt"
    pack.write_text("knn/seed-free\n")
    assert call("run", fresh, "--cells", f"@{pack}").code == 0
    assert done(fresh) == ["knn/seed-free"]


def test_cells_as_they_are_told(call, fresh: Path, monkeypatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("knn/seed-free\nprobe/seed-1\n"))
    said = call("run", fresh, "--cells", "-")
    assert said.code == 0
    assert said.out == "cell ended: knn/seed-free\ncell ended: probe/seed-1\n"
    assert done(fresh) == ["knn/seed-free", "probe/seed-1"]


def test_a_cell_that_fails_as_told_is_said_and_ends_the_process_with_1(
    call, fresh: Path, monkeypatch, rewrite
) -> None:
    rewrite(fresh / "study.yaml", ("weights: random,", "weights: random, options: {depth: 7},"))
    monkeypatch.setattr("sys.stdin", io.StringIO("knn/seed-free\n"))
    said = call("run", fresh, "--cells", "-")
    assert (said.code, said.out) == (1, "cell ended: knn/seed-free\n")
    assert "knn/seed-free: failed after " in said.err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--cells", "probe/seed-7"], "it has none named 'probe/seed-7'. Did you mean '"),
        (["--cells", "@none.txt"], "The list of cells none.txt cannot be read"),
        (["--engine", "slrum"], "Unknown engine 'slrum'"),
        (["--engine", "slrum"], "did you mean 'slurm'? There are: here, local, script, slurm."),
        (["--engine", "script"], "--engine script writes a folder; name a new one with --out FO"),
        (["--out", "x"], "--out belongs to --engine script; this is --engine here."),
        (["--engine", "local", "--with-images"], "--with-images belongs to --engine script; this"),
        (["--no-wait"], "--wait belongs to --engine slurm; this is --engine here."),
        (["--engine-set", "local.workers=2"], "--engine-set belongs to --engine local or slurm or"),
        (["--cells", "-", "--engine", "local"], "--cells - belongs to --engine here; this is --en"),
        (["--workers", "2"], "--workers belongs to --engine local; this is --engine here."),
        (["--devices", "0"], "--devices belongs to --engine local; this is --engine here."),
        (["--engine", "local", "--workers", "0"], "local.workers should be at least 1, not 0"),
        (["--engine", "local", "--devices", "["], "--engine-set local.devices=[[]"),
        (["--engine", "local", "--engine-set", "local.wrkers=2"], "did you mean 'workers'?"),
        (["--engine", "local", "--engine-file", "none.yaml"], "The settings of engines at none"),
    ],
)
def test_what_cannot_run_is_refused_before_anything_does(
    call, judged_only: Path, words: list[str], message: str
) -> None:
    said = call("run", judged_only, *words)
    assert said.code == 2
    assert message in said.err
    assert "Traceback" not in said.err
    assert not (judged_only / "results" / "tiny" / "cells").exists()


def test_a_machine_without_slurm_is_told_what_to_do(
    call, judged_only: Path, monkeypatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    said = call("run", judged_only, "--engine", "slurm")
    assert said.code == 2
    assert said.err.startswith("fieldmark: --engine slurm needs sbatch, srun, squeue, which this ")
    assert not (judged_only / "results").exists()


def test_workers_run_a_study(call, judged_only: Path) -> None:
    said = call("run", judged_only, "--engine", "local", "--workers", "2", "--threads", "1")
    assert (said.code, said.out) == (0, "The only cell is done: 1 ran now.\n"), said.err
    log = judged_only / "results" / "tiny" / "engines" / "local" / "worker-0.log"
    assert "cell ended: incumbent/seed-free" in log.read_text()
