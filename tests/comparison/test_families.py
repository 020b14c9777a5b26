import numpy as np
import pytest

from fieldmark.comparison.families import compare_many, compare_pairs, holm, holm_levels
from fieldmark.comparison.rules import ComparisonRules
from fieldmark.comparison.selection import Choice, SelectionLedger
from fieldmark.comparison.verdict import compare
from fieldmark.core.errors import NotComparableError


def test_no_comparison_has_no_p_value():
    assert holm([]) == ()
    assert holm_levels([]) == ()


def test_ties_and_large_p_values_stay_below_one():
    assert holm([0.4, 0.4, 0.9]) == (1.0, 1.0, 1.0)


def test_missing_comparisons_count():
    assert holm([0.01, 0.02], planned=5) == (0.05, 0.08)
    assert holm_levels([0.011, 0.02], planned=5) == pytest.approx((0.99, 0.99))
    assert holm_levels([0.009, 0.02], planned=5) == pytest.approx((0.99, 0.9875))
    with pytest.raises(NotComparableError, match="at most the 1 comparisons that were planned"):
        holm([0.1, 0.2], planned=1)


@pytest.mark.parametrize("seed", range(30))
def test_levels_and_adjusted_p_values_say_the_same(seed):
    p_values = np.random.default_rng(seed).beta(0.2, 3, size=6).tolist()
    levels, adjusted = holm_levels(p_values), holm(p_values)
    for p_value, level, corrected in zip(p_values, levels, adjusted, strict=True):
        assert (p_value < 1 - level) == (corrected < 0.05)


@pytest.fixture
def field(with_right):
    return [
        with_right(f"c{place}", 200, range(right)) for place, right in enumerate((160, 146, 190))
    ]


def test_every_challenger_is_corrected_for_the_others(field, with_right):
    reference = with_right("old", 200, range(140))
    found = compare_many(reference, field)
    alone = [compare(one, reference) for one in field]
    assert [one.p_value for one in found] == [one.p_value for one in alone]
    assert [one.p_adjusted for one in found] == list(holm([one.p_value for one in alone]))
    assert [one.verdict for one in alone] == ["better", "better", "better"]
    assert [one.verdict for one in found] == ["better", "better", "better"]
    assert {one.adjustment for one in found} == {"Holm over 3 challengers"}
    assert "Holm over 3 challengers p = " in found[1].sentence()
    assert found[2].level == pytest.approx(1 - 0.05 / 3)


def test_what_alone_is_better_may_not_be_among_many(with_right):
    reference = with_right("old", 200, range(140))
    field = [with_right(f"c{place}", 200, range(146)) for place in range(4)]
    assert compare(field[0], reference).verdict == "better"
    found = compare_many(reference, field)
    assert {one.verdict for one in found} == {"not distinguishable"}
    assert all(one.low < 0 < one.high for one in found)


def test_one_challenger_needs_no_correction(field, with_right):
    reference = with_right("old", 200, range(140))
    assert compare_many(reference, field[:1]) == (compare(field[0], reference),)


def test_draws_are_enough_for_the_smallest_level(field, with_right):
    reference = with_right("old", 200, range(140))
    rules = ComparisonRules(resamples=200, test="swaps")
    found = compare_many(reference, field, rules=rules)
    assert min(one.p_value for one in found) < 0.05 / 3


def test_choices_on_the_items_count_too(field, with_right):
    reference = with_right("old", 200, range(140))
    ledger = SelectionLedger(
        (Choice(contender="c1", what="threshold", candidates=20, metric="accuracy", part="test"),)
    )
    found = compare_many(reference, field, selection=ledger)
    assert [one.verdict for one in found] == ["better", "not distinguishable", "better"]
    assert found[1].adjustment == "Holm over 3 challengers for a choice among 20"
    assert found[1].p_adjusted == pytest.approx(min(1, 20 * found[1].p_value))


def test_no_challenger_and_equal_names_are_refused(field):
    with pytest.raises(NotComparableError, match="at least one challenger to the reference"):
        compare_many(field[0], [])
    with pytest.raises(NotComparableError, match="'c1' came more than once"):
        compare_many(field[0], [field[1], field[1]])


def test_pairs_are_corrected_together_and_a_refusal_stands_in_its_place(field, with_right):
    first, second, third = field
    other = with_right("other", 150, range(120))
    found = compare_pairs([(first, second), (first, other), (third, first)])
    assert [one.a for one in (found[0], found[2])] == ["c0", "c2"]
    assert isinstance(found[1], NotComparableError)
    alone = [compare(first, second).p_value, compare(third, first).p_value]
    assert [one.p_adjusted for one in (found[0], found[2])] == list(holm(alone))
    assert {one.adjustment for one in (found[0], found[2])} == {"Holm over 2 comparisons"}
    assert sorted(one.level for one in (found[0], found[2])) == sorted(holm_levels(alone))


def test_no_pair_and_one_pair_need_no_correction(field):
    assert compare_pairs([]) == ()
    (alone,) = compare_pairs([(field[0], field[1])])
    assert alone == compare(field[0], field[1])
