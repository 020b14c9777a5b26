"""The same study gives the same predictions wherever its cells run; test_slurm.py has SLURM."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from fieldmark.core.digests import digest_of_file


def outputs(folder: Path) -> dict[str, str]:
    """Return the digest of every stored array and list of a study's predictions, by its place."""
    cells = folder / "results" / "tiny" / "cells"
    found = cells.rglob("result/predictions/*/*")
    # The header says when and where they were made.
    return {
        path.relative_to(cells).as_posix(): digest_of_file(path)
        for path in found
        if path.name != "header.json"
    }


@pytest.mark.slow
def test_workers_give_what_one_process_gives(call, fresh: Path, finished: Path) -> None:
    said = call("run", fresh, "--engine", "local", "--workers", "2", "--threads", "1")
    assert said.code == 0, said.err
    assert outputs(fresh) == outputs(finished)
    assert len(outputs(finished)) == 3 * 2 * 5


@pytest.mark.slow
def test_a_carried_study_gives_what_one_process_gives(
    call, fresh: Path, finished: Path, tmp_path: Path
) -> None:
    out = tmp_path / "parcel"
    assert call("run", fresh, "--engine", "script", "--out", out, "--with-images").code == 0
    for script in ("run-here.sh", "collect.sh"):
        ran = subprocess.run(
            ["bash", str(out / script)],
            env=os.environ | {"FIELDMARK_PYTHON": sys.executable, "OMP_NUM_THREADS": "1"},
            capture_output=True,
            text=True,
        )
        assert ran.returncode == 0, ran.stderr
    said = call("collect", fresh, out / "results-tiny.tar.gz")
    assert said.out == "3 of 3 cells taken in.\n"
    assert outputs(fresh) == outputs(finished)
