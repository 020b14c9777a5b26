"""Answers to images that were learnt are stamped wherever one observation is looked into."""

from pathlib import Path

from fieldmark.cli.main import main


def test_trap_28_a_copy_of_a_training_image_is_stamped(
    finished: Path, tmp_path: Path, capsys
) -> None:
    import csv

    with (finished / "data" / "manifest.csv").open(encoding="utf-8", newline="") as stream:
        rows = {row["split"]: row for row in csv.DictReader(stream)}
    for part, is_learnt in (("train", True), ("test", False)):
        copy = tmp_path / f"{part}.png"
        copy.write_bytes((finished / "data" / rows[part]["path"]).read_bytes())
        words = ["inspect", str(finished), "--photos", str(copy), "--neighbours", "0"]
        capsys.readouterr()
        assert main([*words, "--out", str(tmp_path / "page.html")]) == 0
        assert ("beware: It is the training image" in capsys.readouterr().out) == is_learnt
        page = (tmp_path / "page.html").read_text(encoding="utf-8")
        assert ("beware" in page.partition("<main>")[0].partition("<body>")[2]) == is_learnt
