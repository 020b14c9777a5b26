import json
from pathlib import Path


def test_a_preview_is_written(call, tiny_fungi: Path, tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.png"
    said = call("preview", tiny_fungi, "probe", "--images", 2, "--preset", "season", "--out", sheet)
    assert (said.code, said.err) == (0, "")
    assert said.out == f"2 images under 'season': {sheet}\n"
    assert sheet.read_bytes().startswith(b"\x89PNG")


def test_an_unknown_preset_is_refused(call, tiny_fungi: Path) -> None:
    said = call("preview", tiny_fungi, "probe", "--preset", "hevy")
    assert said.code == 2
    assert "Unknown augmentation preset 'hevy'; did you mean 'heavy'?" in said.err


def test_duplicates_of_a_study(call, fresh: Path, tmp_path: Path) -> None:
    images = sorted((fresh / "data" / "images").iterdir())
    images[1].write_bytes(images[0].read_bytes())
    out = tmp_path / "twins.csv"
    said = call("duplicates", fresh, "--by", "bytes", "--out", out)
    assert said.code == 0
    assert said.out.startswith("bytes (the same file content): 1 group of 2 images; ")
    assert len(out.read_text(encoding="utf-8").splitlines()) == 3


def test_duplicates_of_a_manifest_as_json(call, fresh: Path) -> None:
    table = fresh / "data" / "manifest.csv"
    said = call("duplicates", table, "--label", "species", "--split", "split", "--json")
    found = json.loads(said.out)
    assert set(found["thresholds"]) == {"bytes", "hash"}
    assert found["images"] > 0
    assert call("duplicates", table, "--label", "species").code == 0


def test_inflation_is_told(call, ran: Path) -> None:
    folder = next((ran / "results").rglob("predictions/test/header.json")).parent
    said = call("duplicates", ran, "--by", "bytes", "--predictions", folder)
    assert "evaluated items have a twin in training: they inflate nothing." in said.out
    said = call("duplicates", ran, "--by", "bytes", "--predictions", folder, "--json")
    assert json.loads(said.out)["inflation"]["difference"] == 0
