from dataclasses import replace

from fieldmark.manifest.findings import Finding
from fieldmark.report.choices import SelectionFacts
from fieldmark.report.content import ContenderRow
from fieldmark.report.headline import headline_of


def test_the_verdict_comes_first(make) -> None:
    headline = headline_of(make.full())
    assert headline.verdict.startswith("probe is the best of 2 contenders")
    assert not headline.is_preliminary
    assert headline.alarms == ()
    assert [badge.text for _, badge in headline.claims] == ["met", "NOT met"]


def test_a_verdict_that_names_a_winner_is_not_shown_while_cells_are_missing(make) -> None:
    rows = [make.row("probe"), ContenderRow("knn", cells_planned=1)]
    headline = headline_of(make.content(rows, verdict=("probe is the best of all.", "By far.")))
    assert headline.is_preliminary
    assert headline.verdict.startswith("Preliminary: 1 of 2 cells")
    assert headline.details == ()


def test_no_verdict_is_said(make) -> None:
    assert headline_of(make.content([], verdict=())).verdict == "Nothing has been concluded."


def test_the_facts_count_what_was_excluded_even_when_nothing_was(make) -> None:
    facts = dict(headline_of(make.full()).facts)
    assert facts["excluded as unreadable"] == "0"
    assert facts["images"] == "12,410"
    assert facts["images in the split “test”"] == "3,061"
    assert facts["cells ran"] == "4 of 4"


def test_no_groups_and_no_plan_are_no_facts(make) -> None:
    card = replace(make.full().data, groups=None)
    facts = dict(headline_of(make.content([make.baseline()], data=card)).facts)
    assert "groups" not in facts
    assert "cells ran" not in facts


def test_what_makes_numbers_unbelievable_is_said_above_them(make) -> None:
    leak = Finding("group_in_two_parts", "error", "2 groups leak.", 2, ())
    content = make.content(
        [make.row("probe", flags=(make.dead,))],
        findings=(leak,),
        selection=SelectionFacts("accuracy", "test", "test"),
    )
    audit, selection, dead = headline_of(content).alarms
    assert "found 1 error" in audit
    assert "chosen on the split “test”, the same that is reported" in selection
    assert dead == "Signs of a dead run: probe."


def test_a_choice_on_the_reported_items_is_an_alarm_without_a_study_too(make) -> None:
    content = make.content(
        [make.row("probe")], choices=(make.choice("probe"), make.choice("stock", None))
    )
    (alarm,) = headline_of(content).alarms
    assert alarm.startswith("Something of probe was chosen on the very items that are reported:")
    assert content.stamped == content.choices[:1]


def test_results_of_other_inputs_are_said_above_the_numbers(make) -> None:
    one = headline_of(make.content([make.row("probe")], stale=("knn/seed-0",))).alarms
    assert one == (
        "1 result was made from inputs that have changed since, and was left out: 'knn/seed-0'.",
    )
    (many,) = headline_of(make.content([make.row("probe")], stale=("a", "b", "c", "d"))).alarms
    assert many.startswith("4 results were made from inputs")
    assert many.endswith("were left out: 'a', 'b', 'c' and 1 more.")
