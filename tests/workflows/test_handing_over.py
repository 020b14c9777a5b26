"""A study is carried to another place, run there by its own scripts, and its results taken in."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from fieldmark.core.errors import StudyError
from fieldmark.experiments.engines.settings import SlurmSettings
from fieldmark.workflows import handing_over
from fieldmark.workflows.handing_over import hand_over

PLAIN = SlurmSettings()


def bash(folder: Path, script: str, **variables: str) -> subprocess.CompletedProcess[str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        ["bash", script],
        cwd=folder,
        env=kept | {"FIELDMARK_PYTHON": sys.executable, "LC_ALL": "C.UTF-8"} | variables,
        capture_output=True,
        text=True,
        check=False,
    )


def without_sbatch(folder: Path) -> str:
    """Return a PATH with what the scripts need, and no sbatch."""
    tools = folder / "tools"
    tools.mkdir()
    for name in ("bash", "dirname", "basename", "mkdir"):
        found = shutil.which(name)
        assert found is not None
        (tools / name).symlink_to(found)
    return str(tools)


@pytest.mark.slow
def test_a_folder_runs_elsewhere_and_comes_home(call, judged_only: Path, tmp_path: Path) -> None:
    out, elsewhere = tmp_path / "parcel", tmp_path / "elsewhere" / "parcel"
    said = call("run", judged_only, "--engine", "script", "--out", out)
    assert said.code == 0
    assert said.out.startswith(f"Wrote {out}: 1 cell in 1 pack; its README.md says how to run them")
    shutil.move(out, elsewhere)
    home = Path(shutil.move(judged_only / "data" / "images", tmp_path / "photos"))
    (tmp_path / "root").mkdir()
    home.rename(tmp_path / "root" / "images")

    refused = bash(elsewhere, "submit.sh", PATH=without_sbatch(tmp_path))
    assert refused.returncode == 2
    assert "there is no sbatch on this machine; 'bash run-here.sh' runs all" in refused.stderr
    lost = bash(elsewhere, "run-here.sh")
    assert lost.returncode == 2
    assert lost.stderr == (
        "run-pack: say where the images of the study lie: export FIELDMARK_IMAGES=/path/to/images\n"
    )
    early = bash(elsewhere, "collect.sh")
    assert (early.returncode, early.stderr) == (2, "collect: nothing has run yet.\n")

    ran = bash(elsewhere, "run-here.sh", FIELDMARK_IMAGES=str(tmp_path / "root"))
    assert (ran.returncode, ran.stdout) == (0, "The only cell is done: 1 ran now.\n"), ran.stderr
    packed = bash(elsewhere, "collect.sh")
    assert packed.stdout == (
        "Packed 1 of 1 cells. At home: fieldmark collect STUDY results-tiny.tar.gz\n"
    ), packed.stderr

    shutil.move(tmp_path / "root" / "images", judged_only / "data" / "images")
    archive = elsewhere / "results-tiny.tar.gz"
    assert call("collect", judged_only, archive).out == "1 of 1 cell taken in.\n"
    assert call("run", judged_only).out == "The only cell is done: 1 was done before.\n"
    again = call("run", judged_only, "--engine", "script", "--out", tmp_path / "second")
    assert again.out == "Every cell is done; there is nothing to hand over.\n"


@pytest.mark.slow
def test_other_images_at_the_other_side_are_refused_before_anything_runs(
    call, judged_only: Path, tmp_path: Path
) -> None:
    out = tmp_path / "parcel"
    assert call("run", judged_only, "--engine", "script", "--out", out).code == 0
    shutil.copytree(judged_only / "data", tmp_path / "root")
    with (tmp_path / "root" / "images" / "obs00001-1.jpg").open("ab") as stream:
        stream.write(b"more")
    ran = bash(out, "run-here.sh", FIELDMARK_IMAGES=str(tmp_path / "root"))
    assert ran.returncode == 2
    assert "was planned from other inputs than it has here" in ran.stderr
    assert not (out / "results" / "tiny" / "cells").exists()


@pytest.mark.slow
def test_the_images_travel_along_when_asked(opened, judged_only: Path, tmp_path: Path) -> None:
    ground = opened(judged_only, "protocol.resamples=300")
    assert (
        hand_over(ground, ground.cells, out=tmp_path / "p", settings=PLAIN, with_images=True) == 1
    )
    places = json.loads((tmp_path / "p" / "places.json").read_text())
    assert places == {
        "data/manifest.csv": "files/0-manifest.csv",
        "incumbent.csv": "files/1-incumbent.csv",
        "data": "images",
    }
    ran = bash(tmp_path / "p", "run-here.sh")
    assert (ran.returncode, ran.stdout) == (0, "The only cell is done: 1 ran now.\n"), ran.stderr
    plan = json.loads((tmp_path / "p" / "plan.json").read_text())
    assert plan["cells"] == [
        {"cell": ground.cells[0].id, "inputs_digest": ground.cells[0].inputs_digest}
    ]


def test_cells_are_packed_as_the_settings_say(opened, fresh: Path, tmp_path: Path) -> None:
    ground = opened(fresh, "protocol.seeds=[0, 1, 2, 3]")
    settings = SlurmSettings(cells_per_task=2, at_once=2)
    assert hand_over(ground, ground.cells, out=tmp_path / "p", settings=settings) == 3
    packs = sorted((tmp_path / "p" / "packs").iterdir())
    named = [line.split()[0] for pack in packs for line in pack.read_text().splitlines()]
    assert [pack.name for pack in packs] == ["000.txt", "001.txt", "002.txt"]
    assert named == [spec.id for spec in ground.cells]
    assert "#SBATCH --array=0-2%2\n" in (tmp_path / "p" / "job.sbatch").read_text()
    none = bash(tmp_path / "p", "run-pack.sh")
    assert (none.returncode, none.stderr) == (
        2,
        "run-pack: expected the number of a pack, such as 0.\n",
    )
    for script in [*(tmp_path / "p").glob("*.sh"), tmp_path / "p" / "job.sbatch"]:
        assert subprocess.run(["bash", "-n", str(script)], check=False).returncode == 0


def test_a_folder_that_holds_something_is_refused(opened, judged_only: Path) -> None:
    ground = opened(judged_only)
    with pytest.raises(StudyError, match=r"Expected a new folder; .* holds something already"):
        hand_over(ground, ground.cells, out=judged_only, settings=PLAIN)


def test_what_is_not_carried_along_is_noticed(
    opened, judged_only: Path, tmp_path: Path, monkeypatch
) -> None:
    ground = opened(judged_only)
    other = opened(judged_only, "data.unreadable=exclude")
    monkeypatch.setattr(handing_over, "open_ground", lambda file: other)
    with pytest.raises(StudyError, match=r"The cells 'incumbent/seed-free' would have other in"):
        hand_over(ground, ground.cells, out=tmp_path / "p", settings=PLAIN)
    assert not (tmp_path / "p").exists()


def test_a_missing_file_is_named(opened, judged_only: Path, tmp_path: Path) -> None:
    ground = opened(judged_only)
    (judged_only / "incumbent.csv").unlink()
    with pytest.raises(StudyError, match=r"The study names incumbent.csv, to be carried along"):
        hand_over(ground, ground.cells, out=tmp_path / "p", settings=PLAIN)
