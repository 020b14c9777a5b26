"""Decisions within a study whose one contender was predicted elsewhere, on both parts."""

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from fieldmark.core.errors import ManifestError, StudyError
from fieldmark.core.progress import SilentProgress
from fieldmark.workflows.auditing import audit_study
from fieldmark.workflows.behaviour import answered
from fieldmark.workflows.deciding import decided_in, fitting_parts, settings_of
from fieldmark.workflows.evidence import gather
from fieldmark.workflows.ground import Ground
from fieldmark.workflows.reporting import report_study
from fieldmark.workflows.taxonomy import run_study

DECISIONS = """
decisions:
  careful: {rule: backoff, error_limit: 0.6, confidence: 0.6}
  strict: {rule: backoff, error_limit: 0.01}
  wary: {rule: minimum-risk, cost: poison, poison: {column: poisonous, cost: 100}}
"""
SILENT = SilentProgress()


def rows_of(folder: Path, *parts: str) -> list[tuple[str, str]]:
    with (folder / "data" / "manifest.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    return [(row["id"], row["species"]) for row in rows if row["split"] in parts]


@pytest.fixture
def deciding(judged_only: Path, write_scores: Callable[..., None]) -> Path:
    """Return the study with decisions, poisonous species, and predictions on both parts."""
    study, table = judged_only / "study.yaml", judged_only / "data" / "manifest.csv"
    text = study.read_text(encoding="utf-8")
    hazard = "  split: split\n  hazard: {column: poisonous, values: 1}\n"
    study.write_text(text.replace("  split: split\n", hazard) + DECISIONS, encoding="utf-8")
    with table.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    deadly = sorted({row["species"] for row in rows})[0]
    with table.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0])
        writer.writeheader()
        for row in rows:
            writer.writerow(row | {"poisonous": int(row["species"] == deadly)})
    both = rows_of(judged_only, "validation", "test")
    write_scores(judged_only / "incumbent.csv", both, right=len(both) - 4)
    return judged_only


def found_in(ground: Ground):
    run_study(ground)
    evidence = gather(ground, progress=SILENT)
    return answered(evidence.predictions, evidence.evaluations, evidence.headline, progress=SILENT)


def test_each_decision_is_fitted_on_one_part_and_reported_on_the_other(deciding, opened) -> None:
    ground = opened(deciding)
    found = found_in(ground)
    parts = fitting_parts(ground, found)
    assert sorted(parts["incumbent"].ids) == sorted(
        id_ for id_, _ in rows_of(deciding, "validation")
    )
    decided = {one.name: one for one in decided_in(ground, found, parts, progress=SILENT)}
    assert decided["careful"].found.fitted_on == "validation"
    assert decided["careful"].found.reported_on == "test"
    assert decided["careful"].found.items.height == len(rows_of(deciding, "test"))
    assert decided["strict"].why_not.startswith("infeasible: no threshold keeps the error")
    assert decided["wary"].found.policy["poison"]["classes"] == sorted(ground.hazards.poisonous)
    assert decided["wary"].asked == (
        "cost poison, poison (column poisonous, cost 100), rule minimum-risk"
    )
    kinds = [one.kind for one in settings_of(found, parts, tuple(decided.values()))]
    assert kinds == ["always", "fixed", "calibrated", "decision"]


def test_the_page_shows_decisions_dangers_and_the_operating_curve(deciding, opened) -> None:
    ground = opened(deciding)
    run_study(ground)
    (name,) = ground.hazards.poisonous
    page, _ = report_study(ground, critical=[name])
    text = page.read_text(encoding="utf-8")
    for section in ("back-off", "decisions", "danger", "critical-1"):
        assert f'<section id="{section}"' in text
    assert "Decision “careful”" in text
    assert f"{name} is poisonous: " in text
    assert "fixed 0.65, after temperature scaling (T = " in text


def test_without_predictions_on_that_part_nothing_is_fitted(
    deciding, opened, write_scores, test_rows
) -> None:
    write_scores(deciding / "incumbent.csv", test_rows(deciding))
    ground = opened(deciding)
    found = found_in(ground)
    assert fitting_parts(ground, found) == {}
    reasons = {one.why_not for one in decided_in(ground, found, {}, progress=SILENT)}
    (reason,) = reasons
    assert "no predictions of 'incumbent' on the part 'validation' are stored" in reason
    assert [one.kind for one in settings_of(found, {})] == ["always", "fixed"]


def test_without_selection_or_decisions_there_is_nothing_to_fit(judged_only, opened) -> None:
    study = judged_only / "study.yaml"
    text = study.read_text(encoding="utf-8")
    study.write_text(
        text.replace("  selection: {metric: macro_f1, on: validation}\n", ""), encoding="utf-8"
    )
    ground = opened(judged_only)
    found = found_in(ground)
    assert fitting_parts(ground, found) == {}
    assert decided_in(ground, found, {}, progress=SILENT) == ()


def test_hazards_that_contradict_are_found_by_the_audit(deciding, opened) -> None:
    table = deciding / "data" / "manifest.csv"
    with table.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    deadly = next(row for row in rows if row["poisonous"] == "1")
    deadly["poisonous"] = "0"
    for row in rows:
        row["poisonous"] = "" if row["species"] == rows[-1]["species"] else row["poisonous"]
    with table.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    codes = {one.code for one in audit_study(opened(deciding), read_images=False, progress=SILENT)}
    assert "hazard_unknown" in codes
    assert "hazard_contradiction" in codes or rows[-1]["species"] == deadly["species"]


@pytest.mark.parametrize(
    ("old", "new", "error", "message"),
    [
        ("hazard: {column: poisonous", "hazard: {column: poisnous", ManifestError, "did you mean"),
        ("values: 1}", "values: yes}", ManifestError, "with yes in column 'poisonous'"),
        ("{column: poisonous, cost", "{column: deadly, cost", StudyError, "decisions.wary: "),
        ("{column: poisonous, cost", "{classes: Amanita, cost", StudyError, "class 'Amanita'"),
    ],
)
def test_what_the_table_does_not_bear_out_is_refused_at_once(
    deciding, opened, rewrite, old, new, error, message
) -> None:
    rewrite(deciding / "study.yaml", (old, new))
    with pytest.raises(error, match=message):
        opened(deciding)
