from pathlib import Path

import pytest

from fieldmark.core.errors import StudyError
from fieldmark.core.progress import SilentProgress
from fieldmark.experiments.locks import try_lock
from fieldmark.workflows.handoff import hand_off, handoff_of


def handed(ground):
    return handoff_of(ground, progress=SilentProgress())


def table(handoff, name: str):
    """The rows of a table, as text."""
    tables = {one.name: one for section in handoff.sections for one in section.tables}
    return [[cell.text for cell in row] for row in tables[name].rows] if name in tables else None


def test_a_finished_study_has_a_verdict_and_no_gaps(ran: Path, opened) -> None:
    found = handed(opened(ran))
    assert found.title == "tiny"
    assert found.state == "3 of 3 cells done."
    assert not found.is_preliminary
    assert "not distinguishable from" in found.findings[0]
    assert [section.name for section in found.sections] == ["found", "ran"]
    contenders = {row[0]: row[1:] for row in table(found, "found")}
    assert contenders["probe"][0] == "2 of 2"
    assert "%" in contenders["probe"][1]
    (probe, knn) = table(found, "ran")
    assert (probe[:2], knn[:2]) == (["probe", "2 of 2"], ["knn", "1 of 1"])
    assert probe[2].endswith(" UTC")
    assert "?" not in probe
    assert table(found, "claims")[0][1] in ("met", "NOT met")
    assert [purpose for purpose, _ in found.commands] == [
        "Write the report:",
        "Write this page anew:",
    ]


def test_missing_cells_are_question_marks_and_nobody_wins(ran: Path, opened) -> None:
    ground = opened(ran, "protocol.seeds=[0, 1, 2]")
    with try_lock(ground.ledger.lock_path(ground.cells[2])):
        found = handed(ground)
    assert found.is_preliminary
    assert found.findings[0].startswith("Preliminary: 1 of 4 cells has no result")
    assert found.state == "3 of 4 cells done, 1 running."
    (missing,) = table(found, "missing")
    assert missing[:2] == ["probe/seed-2", "running"]
    assert missing[2].startswith("run by process ")
    assert [row[1:] for row in table(found, "claims")] == [["?", "?"]]
    assert "Watch what is running:" in dict(found.commands)


def test_a_study_that_has_not_run_is_all_question_marks(fresh: Path, opened) -> None:
    found = handed(opened(fresh))
    assert [row[1:] for row in table(found, "found")] == [["0 of 2", "?"], ["0 of 1", "?"]]
    assert table(found, "ran")[0] == ["probe", "0 of 2", "?", "?", "?", "?"]
    assert table(found, "missing")[0] == ["probe/seed-0", "planned", "not run yet"]


def test_failures_come_with_their_last_lines_and_logs(
    judged_only: Path, opened, rewrite, call
) -> None:
    rewrite(judged_only / "incumbent.csv", ("0.7", "seven"))
    assert call("run", judged_only).code == 1
    ground = opened(judged_only)
    found = handed(ground)
    (failed,) = table(found, "failed")
    log = str(ground.ledger.log_path(ground.cells[0]))
    assert (failed[0], failed[2]) == ("incumbent/seed-free", log)
    assert failed[1] not in ("", "?")
    commands = dict(found.commands)
    assert commands["Read why the first failed cell failed:"] == f"less {log}"
    assert commands["See what stands in the way:"].startswith("fieldmark doctor ")
    assert commands["Run what is missing, failed or stale:"].startswith("fieldmark run ")


def test_stale_cells_say_why_and_long_lists_are_cut(ran: Path, opened) -> None:
    manifest = ran / "data" / "manifest.csv"
    manifest.write_text(manifest.read_text().rsplit("\n", 2)[0] + "\n")
    found = handed(opened(ran, f"protocol.seeds={list(range(40))}"))
    rows = table(found, "missing")
    assert rows[0][:2] == ["probe/seed-0", "stale"]
    assert rows[0][2].startswith("its inputs changed since ")
    assert len(rows) == 25
    (section,) = [one for one in found.sections if one.name == "missing"]
    assert section.remarks == ("The first 25 of 41 are shown.",)


def test_both_pages_are_written(ran: Path, opened, tmp_path: Path) -> None:
    ground = opened(ran)
    assert hand_off(ground) == ground.results / "handoff.html"
    assert (ground.results / "handoff.md").is_file()
    assert hand_off(ground, out=tmp_path / "x" / "page.md") == tmp_path / "x" / "page.md"
    assert "<html" in (tmp_path / "x" / "page.html").read_text(encoding="utf-8")
    with pytest.raises(StudyError, match=r"ends in .html or .md; got .*page.pdf. Rename it"):
        hand_off(ground, out=tmp_path / "page.pdf")
