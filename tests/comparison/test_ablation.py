import json

import pytest

from fieldmark.comparison.ablation import PlannedRow, ablation_table
from fieldmark.comparison.verdict import compare
from fieldmark.core.errors import NotComparableError

PLAN = (
    PlannedRow(name="full", cells=2),
    PlannedRow(name="no mixup", cells=2, reference="full", changed=("mixup",)),
    PlannedRow(name="small", cells=1, reference="full", changed=("backbone", "epochs")),
)


@pytest.fixture
def cells(with_right):
    return {
        "full": [with_right("full", 200, range(180), seed=seed) for seed in (0, 1)],
        "no mixup": [with_right("no mixup", 200, range(140), seed=seed) for seed in (0, 1)],
        "small": [with_right("small", 200, range(195))],
    }


def test_every_row_against_its_own_reference(cells):
    table = ablation_table(PLAN, cells)
    full, worse, better = table.rows
    assert full.difference_text() == "reference"
    assert (worse.comparison.verdict, better.comparison.verdict) == ("worse", "better")
    assert worse.comparison.b == better.comparison.b == "full"
    assert worse.comparison.adjustment == "Holm over 2 planned rows"
    alone = compare(cells["small"], cells["full"])
    assert better.comparison.p_adjusted == pytest.approx(2 * alone.p_value, rel=0.5)
    assert (table.cells, table.winner) == ((5, 5), "small")
    assert table.conclusion == "all 5 cells have run; only small is better than its reference"


def test_more_than_one_changed_factor_is_flagged(cells):
    warnings = [row.warning for row in ablation_table(PLAN, cells).rows]
    assert warnings == [
        None,
        None,
        "2 factors changed at once (backbone; epochs): no single cause",
    ]


def test_there_is_no_winner_while_cells_are_missing(cells):
    table = ablation_table(PLAN, cells | {"no mixup": cells["no mixup"][:1]})
    assert (table.cells, table.winner) == ((4, 5), None)
    assert table.conclusion == "4 of 5 cells have run: no winner while 1 are missing"
    assert table.rows[2].comparison.verdict == "better"


def test_what_has_not_run_is_a_question_mark(cells):
    table = ablation_table(PLAN, {"full": cells["full"], "small": cells["small"]})
    assert [row.difference_text()[:9] for row in table.rows[:2]] == ["reference", "?"]
    assert table.rows[1].ran == 0
    without = ablation_table(PLAN, {"small": cells["small"]})
    assert without.rows[2].difference_text() == "?"
    nothing = ablation_table(PLAN, {})
    assert nothing.cells == (0, 5)
    assert nothing.winner is None


def test_two_winners_or_two_references_are_none(cells, with_right):
    other = PlannedRow(name="large", cells=1, reference="small")
    more = cells | {"large": [with_right("large", 200, range(200))]}
    assert ablation_table((*PLAN, other), more).winner is None
    same = PlannedRow(name="large", cells=1, reference="full")
    table = ablation_table((*PLAN, same), more)
    assert table.winner is None
    assert table.conclusion == "all 6 cells have run; no single row is better than its reference"


def test_a_row_that_may_not_be_compared_says_why(cells, with_right):
    table = ablation_table(PLAN, cells | {"small": [with_right("small", 100, range(90))]})
    assert table.rows[2].comparison is None
    assert "not on the same items" in table.rows[2].refusal
    assert table.winner is None


def test_a_table_goes_through_json(cells):
    content = json.loads(json.dumps(ablation_table(PLAN, {"full": cells["full"]}).to_dict()))
    assert (content["cells_ran"], content["cells_planned"], content["winner"]) == (2, 5, None)
    assert [row["difference"] for row in content["rows"]] == ["reference", "?", "?"]


@pytest.mark.parametrize(
    ("plan", "message"),
    [
        ((*PLAN, PLAN[1]), "'no mixup' came more than once"),
        (PLAN[1:], "the reference of 'no mixup' to be a row of the ablation; 'full' is none"),
        ((PlannedRow(name="full", cells=1),), "at most the 1 planned cells of 'full'; got 2"),
    ],
)
def test_a_plan_that_is_none_is_refused(cells, plan, message):
    with pytest.raises(NotComparableError, match=message):
        ablation_table(plan, cells)
