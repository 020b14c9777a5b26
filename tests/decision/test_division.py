import numpy as np
import pytest

from fieldmark.core.errors import DecisionError, NotComparableError
from fieldmark.decision.division import halves, lots_of, require_apart
from fieldmark.predictions.subsets import subset


def test_parts_of_other_items_and_groups_pass(cherries):
    assert require_apart(cherries("a", 10, lots=3), cherries("b", 10, lots=3)) == ()
    assert require_apart(cherries("a", 10), cherries("b", 10)) == ()


def test_shared_groups_are_noted(cherries, table):
    fit = table([[0.5, 0.5]], ["a"], items={"group": ["g"]})
    report = table([[0.5, 0.5]], ["a"], items={"group": ["g"]}, part="test")
    (note,) = require_apart(fit, report)
    assert "1 group (first: 'g') stand in both parts" in note


def test_lots(cherries):
    fit = cherries("a", 40, lots=5)
    assert lots_of(fit, "group").count == 5
    assert not lots_of(fit, None).clustered
    assert not lots_of(cherries("a", 40), "group", stated=False).clustered


def test_halves_share_no_lot_and_are_the_same_again(cherries):
    fit = cherries("a", 400, lots=31)
    first, second = halves(fit, lots_of(fit, "group"))
    assert first.n + second.n == 400
    assert not set(first.groups) & set(second.groups)
    assert halves(fit, lots_of(fit, "group"))[0].ids.to_list() == first.ids.to_list()
    assert (first.header.split, second.header.split) == ("a (first half)", "a (second half)")


def test_a_subset_keeps_its_rows(cherries):
    fit = cherries("a", 10)
    kept = subset(fit, np.arange(10) % 2 == 0)
    assert kept.ids.to_list() == [f"a-{i}" for i in range(0, 10, 2)]
    assert np.array_equal(kept.scores, fit.scores[::2])


def test_refusals(cherries, table):
    with pytest.raises(DecisionError, match="10 of the 10 items to report on were used to fit"):
        require_apart(cherries("a", 10), cherries("a", 10))
    with pytest.raises(NotComparableError, match="contender: probe against other"):
        require_apart(cherries("a", 10), cherries("b", 10, contender="other"))
    with pytest.raises(NotComparableError, match="classes: 2 against 3"):
        require_apart(table([[0.5, 0.5]], ["a"]), table([[0.5, 0.5, 0.0]], ["a"], part="test"))
    with pytest.raises(DecisionError, match="Expected a column 'lot' with the lot of each item"):
        lots_of(cherries("a", 10), "lot")
    with pytest.raises(
        DecisionError, match="for every item; 1 have none \\(first: 'calibration-1'"
    ):
        lots_of(table([[0.5, 0.5]] * 2, ["a", "a"], items={"lot": ["x", None]}), "lot")
    one = table([[0.5, 0.5]] * 2, ["a", "a"], items={"lot": ["x", "x"]})
    with pytest.raises(DecisionError, match="Expected at least two lots in 'calibration'"):
        halves(one, lots_of(one, "lot"))
