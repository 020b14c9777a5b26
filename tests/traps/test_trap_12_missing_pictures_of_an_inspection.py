"""What an inspection cannot show is said: no picture and no answer is made up."""

from pathlib import Path


def test_trap_12_a_missing_photo_and_a_missing_answer_are_said(ran: Path, call, tmp_path) -> None:
    import csv

    with (ran / "data" / "manifest.csv").open(encoding="utf-8", newline="") as stream:
        row = next(row for row in csv.DictReader(stream) if row["split"] == "test")
    (ran / "data" / row["path"]).write_bytes(b"")
    shown = ran / "results" / "tiny" / "cells" / "knn" / "seed-free" / "result" / "record.json"
    shown.unlink()
    out = tmp_path / "page.html"
    said = call("inspect", ran, row["observation"], "--out", out)
    assert said.code == 0
    page = out.read_text(encoding="utf-8")
    assert f"{row['path']} cannot be read." in page
    assert "No cell of it is done" in page
    assert f'alt="{row["id"]}"' not in page.partition('id="neighbours"')[0]
