import csv
import io

import pytest

from fieldmark.decision.policy import Backoff, MinimumRisk, NeymanPearson
from fieldmark.decision.policy_section import PoisonSection
from fieldmark.report.csv_tables import CSV_TABLES
from fieldmark.report.decided import Decided
from fieldmark.report.decision_sections import (
    decision_section,
    decision_table,
    rank_table,
    why_not_table,
)

POISON = MinimumRisk(cost="poison", poison=PoisonSection(classes=("s0",), cost=100))
LACKING = Decided(name="careful", contender="knn", why_not="infeasible: too few.")


def rows_of(table) -> list[list[str]]:
    return [[cell.text for cell in row] for row in table.rows]


def test_what_was_promised_stands_beside_what_came_of_it(take) -> None:
    one = take(Backoff(error_limit=0.2, calibrator="temperature"))
    table = decision_table("careful", [one, LACKING], position=1)
    first, second = table.rows
    assert first[0].detail.startswith("calibrated by temperature (T = ")
    assert first[1].text == f"answer from {one.found.points[0].threshold:.3f}"
    assert (first[-1].text, first[-1].tone, first[-1].detail) == (
        "confirmed",
        "good",
        "at most 20 %",
    )
    assert [cell.text for cell in second[1:]] == ["none", "?", "?", "?", "infeasible"]
    assert "With 95 % confidence, at most 20 % of the items that get an answer" in table.note
    assert table.note.startswith("Fitted on “calibration”, reported on “test”.")


def test_a_cost_is_written_per_thousand_beside_that_of_the_best_class(take) -> None:
    one = take(POISON, name="wary")
    table = decision_table("wary", [one], position=1)
    titles = [column.title for column in table.columns]
    cells = dict(zip(titles, rows_of(table)[0], strict=True))
    assert cells["Realised cost per 1,000"] == (
        f"{1000 * one.found.estimate('realised_cost').value:,.1f}"
    )
    assert "Realised cost of the best class per 1,000" in titles
    assert (cells["Promise"], cells["Thresholds"]) == ("none made", "least cost")
    assert cells["Poisonous taken for harmless"].endswith(" %")


def test_what_was_asked_for_stands_below_also_where_nobody_could_give_it() -> None:
    asked = "error limit 0.01, rule backoff"
    lacking = Decided(name="strict", contender="knn", asked=asked, why_not="infeasible: too few.")
    table = decision_table("strict", [lacking], position=1)
    assert table.note == "Asked for: error limit 0.01, rule backoff."


def test_each_rank_has_its_threshold_error_and_verdict(take) -> None:
    one = take(Backoff(error_limit=0.25, among="each-rank"))
    table = rank_table(one, name="ranks")
    assert [row[0] for row in rows_of(table)] == ["species", "genus"]
    for row, point in zip(table.rows, reversed(one.found.points), strict=True):
        is_answered = point.threshold is not None
        assert row[1].text == (f"{point.threshold:.3f}" if is_answered else "never")
        assert (row[-1].text == "not answered") is not is_answered
    checks = one.found.checks
    kept = sum(check.verdict in ("confirmed", "kept") for check in checks)
    badge = decision_table("careful", [one], position=1).rows[0][-1]
    if len(checks) > 1:
        assert badge.detail == f"{kept} of {len(checks)} kept"


def test_one_promise_over_all_ranks_says_so(take) -> None:
    (species, _) = rank_table(take(Backoff(error_limit=0.2)), name="ranks").rows
    assert species[-1].text == "over all ranks"
    (species, _) = rank_table(take(Backoff(threshold=0.65)), name="ranks").rows
    assert species[-1].text == "none made"


def test_rules_without_ranks_have_no_table_of_them(take) -> None:
    alarm = take(NeymanPearson(positive=("s0",), target_recall=0.9), name="alarm")
    assert rank_table(alarm, name="ranks") is None
    assert rank_table(LACKING, name="ranks") is None
    cells = decision_table("alarm", [alarm], position=1).rows[0]
    assert cells[-1].detail == "at least 90 %"


def test_the_section_says_why_a_decision_could_not_be_taken(make, take) -> None:
    decided = (take(Backoff(error_limit=0.2)), LACKING)
    section = decision_section(make.content([], decided=decided))
    captions = [table.caption for table in section.tables]
    assert captions == [
        "Decision “careful”",
        "“careful” for probe, rank by rank",
        "Why “careful” could not be taken, and what is lacking",
    ]
    assert rows_of(section.tables[-1]) == [["knn", "infeasible: too few."]]
    assert decision_section(make.content([])).is_empty


def test_of_many_decisions_ranks_and_reasons_are_folded(make, take) -> None:
    policies = {"a": Backoff(error_limit=0.2), "b": Backoff(threshold=0.65), "c": POISON}
    decided = [take(policy, name=name) for name, policy in policies.items()]
    decided.append(Decided(name="a", contender="knn", why_not="infeasible: too few."))
    section = decision_section(make.content([], decided=tuple(decided)))
    assert [table.caption for table in section.tables] == [f"Decision “{name}”" for name in "abc"]
    assert [fold.title for fold in section.folded] == [
        "Why “a” could not be taken, and what is lacking",
        "a: each rank of each contender",
        "b: each rank of each contender",
    ]


def test_what_is_not_infeasible_but_lacks_predictions_is_not_possible() -> None:
    lacking = Decided(name="careful", contender="knn", why_not="Nothing can be fitted: ...")
    assert decision_table("careful", [lacking], position=1).rows[0][-1].text == "not possible"
    assert why_not_table([lacking], name="why").rows[0][1].text.startswith("Nothing can be")


@pytest.mark.parametrize("name", ["decisions.csv", "thresholds.csv"])
def test_every_number_is_in_the_tables_beside_the_page(make, take, name) -> None:
    one = take(Backoff(error_limit=0.2))
    content = make.content([], decided=(one, LACKING))
    rows = list(csv.DictReader(io.StringIO(CSV_TABLES[name](content))))
    if name == "thresholds.csv":
        assert float(rows[0]["threshold"]) == one.found.points[0].threshold
        return
    of = {(row["metric"], row["rank"]): row for row in rows}
    error = of["error_of_answered", ""]
    assert float(error["value"]) == one.found.estimate("error_of_answered").value
    assert (error["promised"], error["verdict"]) == ("0.2", "confirmed")
    assert rows[-1]["why_not"] == "infeasible: too few."
