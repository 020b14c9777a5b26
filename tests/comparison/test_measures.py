import dataclasses

import numpy as np
import pytest

from fieldmark.comparison.mcnemar import mcnemar_exact, mcnemar_interval
from fieldmark.comparison.measures import (
    COMPARABLE,
    Trial,
    answers_at,
    measure_difference,
    require_comparable,
)
from fieldmark.core.errors import NotComparableError
from fieldmark.evaluation.answers import Answers
from fieldmark.evaluation.metrics import METRICS
from fieldmark.evaluation.resampling import units_of


def answers(truth, given, classes=3):
    return Answers(
        rank=None,
        classes=tuple(f"class {number}" for number in range(classes)),
        candidates=classes,
        truth=np.asarray(truth, np.int64),
        predicted=np.asarray(given, np.int64),
    )


@pytest.fixture
def sides():
    rng = np.random.default_rng(0)
    truth = rng.integers(3, size=60)
    return [answers(truth, np.where(rng.random(60) < p, truth, 0)) for p in (0.9, 0.5, 0.6, 0.7)]


def trial(metric, groups=None, **settings):
    return Trial(metric=metric, units=units_of(groups, n=60), **settings)


def test_what_can_be_compared_is_in_the_catalogue_and_higher_is_better():
    assert all(METRICS[metric].direction == "higher" for metric in COMPARABLE)


def test_other_metrics_are_refused():
    with pytest.raises(
        NotComparableError, match="Unknown metric to compare on 'macro_f2'; did you"
    ):
        require_comparable("macro_f2")


def test_accuracy_of_single_seeds_goes_to_mcnemar(sides):
    a, b = sides[:2]
    found = measure_difference([a], [b], trial("accuracy"))
    only_a, only_b = found.discordant
    assert only_a == int((a.right & ~b.right).sum())
    assert only_b == int((~a.right & b.right).sum())
    assert found.paired.test == "exact McNemar"
    assert found.paired.p_value == mcnemar_exact(only_a, only_b)
    assert (found.paired.low, found.paired.high) == mcnemar_interval(only_a, only_b, 60)
    assert (found.a_value, found.b_value) == (a.right.mean(), b.right.mean())


def test_accuracy_in_groups_goes_to_sign_flips_and_keeps_the_counts(sides):
    groups = [f"{number // 3}" for number in range(60)]
    found = measure_difference([sides[0]], [sides[1]], trial("accuracy", groups))
    assert found.paired.test == "sign flips over 20 groups"
    assert found.discordant is not None


def test_several_seeds_are_averaged_item_by_item(sides):
    found = measure_difference(sides[:2], sides[2:], trial("accuracy"))
    assert found.a_value == pytest.approx(np.mean([side.right.mean() for side in sides[:2]]))
    assert found.paired.difference == pytest.approx(found.a_value - found.b_value)
    assert found.paired.test == "sign flips over 60 items"
    assert found.discordant is None


@pytest.mark.parametrize("metric", ["macro_f1", "balanced_accuracy"])
def test_class_averages_go_to_swaps(sides, metric):
    found = measure_difference([sides[0]], [sides[1]], trial(metric))
    assert found.paired.test == "answers swapped over 60 items"
    assert found.paired.difference == pytest.approx(found.a_value - found.b_value)
    assert found.needed_n is not None


def test_class_averages_of_unequal_numbers_of_seeds(sides):
    several = measure_difference(sides[:3], sides[3:], trial("macro_f1"))
    singles = [measure_difference([side], sides[3:], trial("macro_f1")) for side in sides[:3]]
    assert several.a_value == pytest.approx(np.mean([single.a_value for single in singles]))
    assert several.b_value == pytest.approx(singles[0].b_value)


def test_swapping_the_sides_turns_the_result_around(sides):
    for metric in ("accuracy", "macro_f1"):
        there = measure_difference([sides[0]], [sides[1]], trial(metric)).paired
        back = measure_difference([sides[1]], [sides[0]], trial(metric)).paired
        assert back.difference == pytest.approx(-there.difference)
        assert (back.low, back.high) == pytest.approx((-there.high, -there.low))
        assert back.p_value == pytest.approx(there.p_value)


def test_classes_in_another_order_are_matched_by_name(sides):
    turned = dataclasses.replace(
        sides[1],
        classes=sides[1].classes[::-1],
        truth=2 - sides[1].truth,
        predicted=2 - sides[1].predicted,
    )
    straight = measure_difference([sides[0]], [sides[1]], trial("macro_f1"))
    assert measure_difference([sides[0]], [turned], trial("macro_f1")) == straight


def test_top_5_over_few_classes_is_refused(sides):
    with pytest.raises(NotComparableError, match="top_5_accuracy is not defined over 3 classes"):
        measure_difference([sides[0]], [sides[1]], trial("top_5_accuracy"))


def test_answers_at_a_rank_are_ancestors(contender, tree):
    table = contender("new", ["a", "b"], ["b", "c"], taxonomy=tree)
    leaf, genus = answers_at(table, "genus")
    assert leaf.right.tolist() == [False, False]
    assert genus.right.tolist() == [True, False]
    assert answers_at(table, None)[1].rank is None
    assert answers_at(table, "species")[1].right.tolist() == [False, False]


def test_a_rank_without_a_taxonomy_is_refused(contender):
    with pytest.raises(
        NotComparableError, match="at rank 'genus'; the predictions of new have none"
    ):
        answers_at(contender("new", ["a"], ["a"]), "genus")


def test_an_unknown_rank_is_refused(contender, tree):
    table = contender("new", ["a"], ["a"], taxonomy=tree)
    with pytest.raises(NotComparableError, match="Unknown rank 'genera'; did you mean 'genus'"):
        answers_at(table, "genera")
