import json
import shutil
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def written(finished: Path, tmp_path_factory) -> Path:
    """Return the bundle of the linear probe; its study is gone."""
    from fieldmark.cli.main import main

    root = tmp_path_factory.mktemp("exported")
    study = Path(shutil.copytree(finished, root / "study"))
    assert main(["export", str(study), "probe", "--out", str(root / "bundle"), "--seed", "1"]) == 0
    shutil.rmtree(study)
    return root / "bundle"


def test_export_says_what_was_written(call, finished: Path, tmp_path: Path) -> None:
    said = call("export", finished, "knn", "--out", tmp_path / "b", "--licence", "Ask me.")
    assert said.code == 0
    files = [file for file in (tmp_path / "b").rglob("*") if file.is_file()]
    assert said.out.startswith(f"Wrote {len(files)} files, ")
    assert "its test vectors agree" in said.out
    assert "- Ask me." in (tmp_path / "b" / "MODEL_CARD.md").read_text(encoding="utf-8")


def test_verify_says_one_line_or_what_differs(call, written: Path, tmp_path: Path) -> None:
    said = call("verify", written)
    assert (said.code, said.err, said.out.count("\n")) == (0, "", 1)
    assert said.out.startswith("tiny/probe: ")
    assert "6 test vectors within 0" in said.out
    changed = Path(shutil.copytree(written, tmp_path / "changed"))
    (changed / "MODEL_CARD.md").write_text("It is always right.")
    (changed / "taxonomy.json").unlink()
    said = call("verify", changed)
    assert (said.code, said.out) == (2, "")
    first, second = said.err.splitlines()
    assert first.startswith(f"fieldmark: {changed}: MODEL_CARD.md has 19 bytes; ")
    assert second == f"fieldmark: {changed}: taxonomy.json is missing."
    found = json.loads(call("verify", changed, "--json").out)
    assert len(found["problems"]) == 2
    assert found["vectors"] == 0


def test_verify_refuses_what_is_no_bundle(call, tmp_path: Path) -> None:
    said = call("verify", tmp_path)
    assert said.code == 2
    assert said.err.startswith(
        f"fieldmark: Expected a bundle in {tmp_path}; it has no bundle.json."
    )


def test_a_bundle_answers_as_the_study(call, written: Path, finished: Path, tmp_path: Path) -> None:
    images = finished / "data" / "images"
    from_bundle = call("predict", written, images, "--json", "--top", 2)
    from_study = call("predict", finished, "probe", images, "--json", "--top", 2, "--seed", 1)
    assert (from_bundle.code, from_bundle.out) == (0, from_study.out)
    out = tmp_path / "answers.jsonl"
    said = call("predict", written, images, "--jsonl", out, "--top", 2)
    count = len(from_study.out.splitlines())
    assert (said.code, said.out) == (0, f"Wrote {count} answers to {out}.\n")
    assert out.read_text(encoding="utf-8") == from_study.out


def test_one_image_gets_its_sentence(call, written: Path, finished: Path, test_rows) -> None:
    image = finished / "data" / "images" / f"{test_rows(finished)[0][0]}.jpg"
    said = call("predict", written, image)
    assert said.out == call("predict", finished, "probe", image, "--seed", 1).out
    assert said.out.startswith(f"{image}: ")


def test_unreadable_images_are_skipped_when_asked(
    call, written: Path, finished: Path, tmp_path: Path
) -> None:
    image = next((finished / "data" / "images").iterdir())
    (tmp_path / "broken.png").write_bytes(b"")
    said = call("predict", written, image, tmp_path / "broken.png")
    assert (said.code, said.out) == (2, "")
    for asked in ([written], [finished, "knn"]):
        said = call("predict", *asked, image, tmp_path / "broken.png", "--skip-unreadable")
        assert (said.code, len(said.out.splitlines())) == (0, 1)


@pytest.mark.parametrize("words", [["--seed", "0"], ["--set", "protocol.seeds=[0]"]])
def test_a_bundle_takes_nothing_of_a_study(call, written: Path, tmp_path: Path, words) -> None:
    said = call("predict", written, tmp_path, *words)
    assert (said.code, said.err) == (
        2,
        f"fieldmark: {written} is a bundle, whose model is settled; leave out --seed, --fold and"
        " --set.\n",
    )


def test_a_study_needs_a_contender_and_an_image(call, finished: Path) -> None:
    said = call("predict", finished, "probe")
    assert said.code == 2
    assert "Expected a contender and at least one image after the study" in said.err
