import numpy as np
import pytest

from fieldmark.comparison.fold_tables import compare_folds, measure_folds
from fieldmark.comparison.folds import corrected_resampled_t
from fieldmark.core.errors import NotComparableError


@pytest.fixture
def crossed(contender):
    """Return a maker of one table for each run and fold of three classes."""

    def made(name, skill, *, runs=(0, 1), folds=(12, 12, 15), seed=0, **header):
        rng = np.random.default_rng(seed)
        tables = []
        for run in runs:
            start = 0
            for fold, size in enumerate(folds):
                labels = [list("abc")[row % 3] for row in range(start, start + size)]
                right = rng.random(size) < skill
                given = [label if fine else "a" for label, fine in zip(labels, right, strict=True)]
                ids = [f"i{row}" for row in range(start, start + size)]
                facts = {"seed": run, "fold": f"f{fold}"} | header
                tables.append(contender(name, labels, given, ids=ids, **facts))
                start += size
        return tables

    return made


def test_folds_and_runs_are_matched_and_tested_together(crossed):
    a, b = crossed("new", 0.95, seed=1), crossed("old", 0.4, seed=2)
    measured = measure_folds(a, b)
    found = compare_folds(a, b[::-1])
    paired = corrected_resampled_t(measured.differences)
    assert found.p_value == pytest.approx(paired.p_value)
    assert (found.verdict, found.n, found.a_seeds) == ("better", 39, 2)
    assert measured.differences.trained.tolist() == [27, 27, 24] * 2
    assert found.test == "corrected resampled t over 2 runs x 3 folds (n_test / n_train = 0.514)"
    assert found.metric == "accuracy_mean_of_folds"
    assert "on accuracy (mean of folds): " in found.sentence()
    assert found.difference == pytest.approx(found.a_value - found.b_value)


def test_a_mean_of_folds_is_not_the_pooled_metric(crossed):
    found = compare_folds(crossed("new", 0.9), crossed("old", 0.6, seed=3), metric="macro_f1")
    assert found.metric == "macro_f1_mean_of_folds"


def test_stored_training_ids_say_how_many_were_trained_on(crossed, contender):
    from fieldmark.predictions.table import Predictions

    def trained(table):
        ids = tuple(f"t{number}" for number in range(100))
        facts = (table.header, table.items, table.label_space, table.scores)
        return Predictions(*facts, training_ids=ids)

    a = [trained(table) for table in crossed("new", 0.9)]
    assert measure_folds(a, crossed("old", 0.5)).differences.trained.tolist() == [100] * 6


def test_a_contender_with_one_run_stands_beside_every_run_of_the_other(crossed):
    a, b = crossed("new", 0.9, runs=(0, 1, 2)), crossed("old", 0.5, runs=(7,), seed=4)
    for found in (compare_folds(a, b), compare_folds(b, a)):
        assert "3 runs x 3 folds" in found.test


def test_an_equal_pair_says_nothing_of_images(crossed):
    a = crossed("new", 0.7)
    found = compare_folds(a, crossed("old", 0.7))
    assert found.difference == 0
    other = compare_folds(a, crossed("old", 0.7, seed=9))
    assert other.verdict == "not distinguishable"
    assert other.sentence().endswith("n = 39.")


def test_tables_without_a_fold_twice_or_missing_are_refused(crossed, contender):
    a, b = crossed("new", 0.9), crossed("old", 0.5)
    with pytest.raises(NotComparableError, match="a table names none"):
        compare_folds([contender("new", ["a"], ["a"])], b)
    with pytest.raises(NotComparableError, match="seed 0, fold f0 came twice"):
        compare_folds([*a, a[0]], b)
    with pytest.raises(
        NotComparableError, match=r"1 are missing \(first: seed 1, fold f2 of old\)"
    ):
        compare_folds(a, b[:-1])
    with pytest.raises(NotComparableError, match="seed 0, fold f1 of new"):
        compare_folds([a[0], *a[2:]], b)


def test_folds_that_share_items_are_refused(contender):
    def both(name):
        return [
            contender(name, ["a", "b"], ["a", "b"], ids=ids, seed=0, fold=fold)
            for fold, ids in (("f0", ["x", "y"]), ("f1", ["y", "z"]))
        ]

    with pytest.raises(NotComparableError, match=r"1 item of fold f1 is in fold f0 too .*'y'"):
        compare_folds(both("new"), both("old"))


def test_one_fold_alone_says_nothing_of_training(crossed):
    a, b = (crossed(name, 0.9, runs=(0, 1), folds=(12,)) for name in ("new", "old"))
    with pytest.raises(NotComparableError, match="at least two folds of seed 0, or stored train"):
        compare_folds(a, b)
