import subprocess
import sys
from pathlib import Path

import pytest


def an_observation(folder: Path, part: str = "test") -> str:
    import csv

    with (folder / "data" / "manifest.csv").open(encoding="utf-8", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row["split"] == part]
    return rows[0]["observation"]


def test_an_observation_is_told_and_its_page_written(call, ran: Path) -> None:
    name = an_observation(ran)
    said = call("inspect", ran, name)
    assert (said.code, said.err) == (0, "")
    page = ran / "results" / "tiny" / "inspections" / f"{name}.html"
    assert said.out.endswith(f"Page: {page}\n")
    assert said.out.startswith(f"{name} (tiny): ")
    assert "probe (seed 0, stored predictions on the part “test”)" in said.out
    assert "<!DOCTYPE html>" in page.read_text(encoding="utf-8")


def test_new_photos_are_told(call, ran: Path, tmp_path: Path) -> None:
    photo = next((ran / "data" / "images").iterdir())
    out = tmp_path / "new.html"
    said = call("inspect", ran, "--photos", photo, "--contender", "knn", "--out", out)
    assert (said.code, said.err) == (0, "")
    assert "asked now" in said.out
    assert out.is_file()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "Expected the name of an observation, or new photos after --photos; got neither."),
        (
            ("x", "--photos", "a.jpg"),
            "Expected the name of an observation, or new photos after --photos; got both.",
        ),
        (
            ("x", "--bundle", "b"),
            "--bundle answers new photos: name them by --photos, or leave it out.",
        ),
        (
            ("--by", "tree", "--photos", "a.jpg"),
            "--by names a column of the manifest, which new photos are not in: leave it out.",
        ),
        (("--photos", "gone.jpg"), "Expected a photo at gone.jpg; there is no such file."),
    ],
)
def test_refusals(call, finished: Path, words, message: str) -> None:
    said = call("inspect", finished, *words)
    assert (said.code, said.out) == (2, "")
    assert message in said.err


def test_an_unknown_observation_names_the_nearest(call, finished: Path) -> None:
    name = an_observation(finished)
    said = call("inspect", finished, f"{name}x")
    assert said.code == 2
    assert "or the id of an image; got" in said.err
    assert "the nearest is" in said.err


def test_stored_observations_need_no_torch(ran: Path) -> None:
    code = (
        "import sys\n"
        "from fieldmark.cli.main import main\n"
        f"assert main(['inspect', {str(ran)!r}, {an_observation(ran)!r}]) == 0\n"
        "print([n for n in ('torch', 'timm', 'matplotlib') if n in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
