"""Results of two states of the data are never mixed: what is stale is said, left out, run again."""

from pathlib import Path

from fieldmark.core.progress import SilentProgress
from fieldmark.workflows.evidence import gather

TWO = """\
contenders:
  old: {predictions: old.csv, kind: probabilities}
  new: {predictions: new.csv, kind: probabilities}
reference: old
claims:
  - {metric: accuracy, contender: new, at_least: 0.5}
"""


def two_files(folder: Path, write_scores, test_rows) -> None:
    study = folder / "study.yaml"
    text = study.read_text(encoding="utf-8")
    ranks = "ranks: [phylum, class, order, family, genus, species]"
    assert ranks in text
    text = text.replace(ranks, "label: species")
    study.write_text(text[: text.index("contenders:")] + TWO, encoding="utf-8")
    rows = test_rows(folder)
    write_scores(folder / "old.csv", rows, right=len(rows) // 2)
    write_scores(folder / "new.csv", rows)


def test_a_file_that_changed_is_stale_left_out_and_taken_in_again(
    fresh: Path, call, opened, write_scores, test_rows
) -> None:
    two_files(fresh, write_scores, test_rows)
    assert call("run", fresh).code == 0
    assert call("report", fresh).out.startswith("new ")
    write_scores(fresh / "new.csv", test_rows(fresh), right=3)
    status = call("status", fresh).out
    assert "new/seed-free: its inputs changed since " in status
    assert "1 of 2 cells done; 1 stale;" in status
    said = call("report", fresh)
    assert said.out.startswith("Preliminary: 1 of 2 cells has no result (contender new)")
    page = (fresh / "results" / "tiny" / "report" / "index.html").read_text(encoding="utf-8")
    assert "1 result was made from inputs that have changed since, and was left out: " in page
    assert "accuracy of new at least 50.00 %: ?." in said.out
    evidence = gather(opened(fresh), progress=SilentProgress())
    assert set(evidence.predictions) == {"old"}
    assert evidence.comparisons == ()
    said = call("run", fresh)
    assert "; it is run again." in said.err
    assert said.out == (
        "All 2 cells are done: 1 ran now (1 again, because its inputs changed), "
        "1 was done before.\n"
    )
    assert "Preliminary" not in call("report", fresh).out
