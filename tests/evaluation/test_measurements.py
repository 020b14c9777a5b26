import numpy as np

from fieldmark.evaluation.averages import value_of
from fieldmark.evaluation.evaluate import judge
from fieldmark.evaluation.guesses import prior_subject
from fieldmark.evaluation.measurements import rows_of, statistics_of
from fieldmark.evaluation.resampling import units_of


def test_there_is_a_row_for_every_value(make, tree):
    rng = np.random.default_rng(0)
    table = make(rng.dirichlet(np.ones(4), 30), rng.choice(list("abcd"), 30), taxonomy=tree)
    judged, units = judge(table), units_of(None, n=30)
    prior = prior_subject(judged, taxonomy=tree, training_labels=None).seeds[0]
    for measured in (judged, prior):
        found = statistics_of(measured, units)
        rows = rows_of([measured])
        assert len(value_of(found.exact, units)) == len(value_of(found.drawn, units)) == len(rows)
        assert len({(row.metric, row.rank, row.is_noise) for row in rows}) == len(rows)


def test_selective_metrics_are_taken_at_the_leaves_and_calibration_at_every_rank(make, tree):
    judged = judge(make(np.full((2, 4), 0.25), ["a", "b"], taxonomy=tree))
    rows = rows_of([judged])
    assert [row.rank for row in rows if row.metric == "aurc"] == [None]
    ranks = [row.rank for row in rows if row.metric == "ece_equal_width" and not row.is_noise]
    assert ranks == [None, "family", "genus"]


def test_rows_say_over_how_many_classes(make):
    rows = {row.metric: row for row in rows_of([judge(make(np.full((2, 4), 0.25), ["a", "b"]))])}
    assert rows["macro_f1"].denominator == "the 2 classes among the labels"
    assert rows["macro_f1_all_classes"].denominator == "all 4 candidate classes"
    assert rows["matthews_correlation"].denominator == "all 2 items"
    assert rows["risk_at_80_coverage"].trials == 0.8
    assert rows["matthews_correlation"].trials is None


def test_similarities_have_no_selective_rows(make):
    rows = rows_of([judge(make([[1.0, 2.0]], ["a"], kind="similarities"))])
    assert not {"aurc", "ece_equal_width"} & {row.metric for row in rows}
