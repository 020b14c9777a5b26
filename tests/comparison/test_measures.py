import dataclasses

import numpy as np
import pytest

from fieldmark.comparison import measures, mixtures
from fieldmark.comparison.judged_tables import (
    COMPARABLE,
    answers_at,
    judged_for,
    require_comparable,
    require_comparable_in_folds,
    require_margin,
)
from fieldmark.comparison.mcnemar import mcnemar_exact, mcnemar_interval
from fieldmark.comparison.measures import Trial, measure_difference
from fieldmark.core.errors import NotComparableError
from fieldmark.evaluation.answers import Answers
from fieldmark.evaluation.calibration_error import expected_calibration_error
from fieldmark.evaluation.measuring import Judged
from fieldmark.evaluation.metrics import METRICS
from fieldmark.evaluation.resampling import units_of


def answers(truth, given, classes=3):
    return Judged(
        Answers(
            rank=None,
            classes=tuple(f"class {number}" for number in range(classes)),
            candidates=classes,
            truth=np.asarray(truth, np.int64),
            predicted=np.asarray(given, np.int64),
        )
    )


@pytest.fixture
def sides():
    rng = np.random.default_rng(0)
    truth = rng.integers(3, size=60)
    return [answers(truth, np.where(rng.random(60) < p, truth, 0)) for p in (0.9, 0.5, 0.6, 0.7)]


def trial(metric, groups=None, **settings):
    return Trial(metric=metric, units=units_of(groups, n=60), **settings)


def test_what_can_be_compared_is_in_the_catalogue_and_has_a_direction():
    assert all(METRICS[metric].direction in {"higher", "lower"} for metric in COMPARABLE)
    assert {"accuracy", "top_5_accuracy", "macro_f1", "log_loss"} <= set(COMPARABLE)


def test_other_metrics_are_refused():
    with pytest.raises(
        NotComparableError, match="Unknown metric to compare on 'macro_f2'; did you"
    ):
        require_comparable("macro_f2")


@pytest.mark.parametrize(
    ("metric", "message"),
    [
        ("mean_confidence", "Neither a higher nor a lower mean_confidence is better"),
        ("expected_accuracy", "a number of candidates. Compare on accuracy with --universe"),
        ("macro_f1_skill", "both have the same baseline, so that .* Compare on macro_f1"),
        ("class_recall", "it is of one class. Compare on macro_recall, which is over all"),
        ("rank_1", "measured on rankings, and the two tables hold the scores of classes"),
        ("rank_1_skill", "it is measured on rankings, and"),
        ("onset_mae", "it is measured on onsets, and"),
        ("cost_per_1000", "it is measured on decisions, and .* or compare on accuracy"),
    ],
)
def test_metrics_of_other_things_are_refused_with_the_reason(metric, message):
    with pytest.raises(NotComparableError, match=message):
        require_comparable(metric)


def test_every_metric_of_the_catalogue_is_comparable_or_refused_with_its_own_reason():
    for metric in set(METRICS) - set(COMPARABLE):
        with pytest.raises(NotComparableError, match=r"Contenders are not|Neither a higher"):
            require_comparable(metric)


@pytest.mark.parametrize(
    ("margin", "message"),
    [
        (2.0, r"between 0 and 1, a share; got 2: did you mean 0\.02 \(2 points\)\?$"),
        (1.0, r"a share; got 1: did you mean 0\.01 \(1 point\)\?$"),
        (150.0, r"a share; got 150\.$"),
        (np.inf, r"a share; got inf\.$"),
    ],
)
def test_a_margin_in_points_is_refused_where_the_metric_is_a_share(margin, message):
    with pytest.raises(NotComparableError, match=message):
        require_margin(margin, "accuracy")
    require_margin(margin, "log_loss")
    with pytest.raises(NotComparableError, match="Expected a rope between 0 and 1"):
        require_margin(margin, "accuracy", called="rope")
    for fine in (None, 0.02, -1.0, np.nan):
        require_margin(fine, "accuracy")


def test_accuracy_of_single_seeds_goes_to_mcnemar(sides):
    a, b = sides[:2]
    found = measure_difference([a], [b], trial("accuracy"))
    only_a, only_b = found.discordant
    assert only_a == int((a.leaf.right & ~b.leaf.right).sum())
    assert only_b == int((~a.leaf.right & b.leaf.right).sum())
    assert found.paired.test == "exact McNemar"
    assert found.paired.p_value == mcnemar_exact(only_a, only_b)
    assert (found.paired.low, found.paired.high) == mcnemar_interval(only_a, only_b, 60)
    assert (found.a_value, found.b_value) == (a.leaf.right.mean(), b.leaf.right.mean())


def test_accuracy_in_groups_goes_to_sign_flips_and_keeps_the_counts(sides):
    groups = [f"{number // 3}" for number in range(60)]
    found = measure_difference([sides[0]], [sides[1]], trial("accuracy", groups))
    assert found.paired.test == "sign flips over 20 groups"
    assert found.discordant is not None


def test_several_seeds_are_averaged_item_by_item(sides):
    found = measure_difference(sides[:2], sides[2:], trial("accuracy"))
    assert found.a_value == pytest.approx(np.mean([side.leaf.right.mean() for side in sides[:2]]))
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
    leaf = sides[1].leaf
    turned = Judged(
        dataclasses.replace(
            leaf,
            classes=leaf.classes[::-1],
            truth=2 - leaf.truth,
            predicted=2 - leaf.predicted,
        )
    )
    straight = measure_difference([sides[0]], [sides[1]], trial("macro_f1"))
    assert measure_difference([sides[0]], [turned], trial("macro_f1")) == straight


def test_top_5_over_few_classes_is_refused(sides):
    with pytest.raises(NotComparableError, match="top_5_accuracy is not defined over 3 classes"):
        measure_difference([sides[0]], [sides[1]], trial("top_5_accuracy"))


def test_answers_at_a_rank_are_ancestors(contender, tree):
    table = contender("new", ["a", "b"], ["b", "c"], taxonomy=tree)
    judged = judged_for(table, "accuracy", "genus")
    assert judged.leaf.right.tolist() == [False, False]
    assert answers_at(judged, "genus").right.tolist() == [True, False]
    assert judged_for(table, "accuracy", "species").path is None
    with pytest.raises(NotComparableError, match="Unknown rank 'genus'"):
        answers_at(judged_for(table, "accuracy", None), "genus")


def test_a_rank_without_a_taxonomy_is_refused(contender):
    with pytest.raises(
        NotComparableError, match="at rank 'genus'; the predictions of new have none"
    ):
        judged_for(contender("new", ["a"], ["a"]), "accuracy", "genus")
    with pytest.raises(NotComparableError, match="a taxonomy to compare on all_ranks_right;"):
        judged_for(contender("new", ["a"], ["a"]), "all_ranks_right", None)


def test_an_unknown_rank_is_refused(contender, tree):
    table = contender("new", ["a"], ["a"], taxonomy=tree)
    with pytest.raises(NotComparableError, match="Unknown rank 'genera'; did you mean 'genus'"):
        judged_for(table, "accuracy", "genera")


@pytest.mark.parametrize(
    ("metric", "test", "words"),
    [
        ("accuracy", "sign-flips", "sign flips over 60 items"),
        ("accuracy", "swaps", "answers swapped over 60 items"),
        ("accuracy", "paired-bootstrap", "paired bootstrap over 60 items"),
        ("macro_f1", "paired-bootstrap", "paired bootstrap over 60 items"),
    ],
)
def test_a_test_is_called_by_its_name_and_says_so(sides, metric, test, words):
    default = measure_difference([sides[0]], [sides[1]], trial(metric))
    found = measure_difference([sides[0]], [sides[1]], trial(metric, test=test))
    assert found.paired.test == words
    assert found.paired.difference == pytest.approx(default.paired.difference)
    assert (found.a_value, found.b_value) == pytest.approx((default.a_value, default.b_value))
    assert found.paired.p_value == pytest.approx(default.paired.p_value, abs=0.05)


@pytest.mark.parametrize(
    ("metric", "test", "groups", "message"),
    [
        ("macro_f1", "mcnemar", None, "does not fit macro_f1, which is no mean over items. Use"),
        ("macro_f1", "sign-flips", None, "Use 'swaps', or leave the test out"),
        ("accuracy", "mcnemar", 20, "is no share of independent items with one seed a side"),
    ],
)
def test_a_test_that_does_not_fit_is_refused(sides, metric, test, groups, message):
    names = None if groups is None else [f"{number % groups}" for number in range(60)]
    with pytest.raises(NotComparableError, match=message):
        measure_difference([sides[0]], [sides[1]], trial(metric, names, test=test))


def scored(answers, log_probability):
    leaf = dataclasses.replace(answers.leaf, log_probability=np.asarray(log_probability))
    return Judged(leaf)


def test_log_loss_is_compared_by_sign_flips_without_a_bound(sides):
    rng = np.random.default_rng(1)
    a, b = (
        scored(side, -rng.gamma(2, scale, 60))
        for side, scale in zip(sides[:2], (0.5, 2.0), strict=True)
    )
    found = measure_difference([a], [b], trial("log_loss"))
    assert found.paired.test == "sign flips over 60 items"
    assert found.paired.high < 0
    assert found.paired.low < -1
    assert found.discordant is None


def test_log_loss_over_few_groups_cannot_be_bounded(sides):
    a, b = (
        scored(side, -np.full(60, value)) for side, value in zip(sides[:2], (0.5, 2.0), strict=True)
    )
    with pytest.raises(NotComparableError, match=r"cannot be bounded at level 0\.95 from 3 groups"):
        measure_difference([a], [b], trial("log_loss", [f"{i % 3}" for i in range(60)]))


def test_log_loss_where_no_label_is_known_is_refused(sides):
    leaf = sides[0].leaf
    unknown = dataclasses.replace(
        leaf, truth=np.full(60, 3), classes=(*leaf.classes, "elm"), log_probability=np.zeros(60)
    )
    with pytest.raises(NotComparableError, match="log_loss counts no item here"):
        measure_difference([Judged(unknown)], [Judged(unknown)], trial("log_loss"))


def confident(answers, seed):
    rng = np.random.default_rng(seed)
    confidence = np.where(answers.leaf.right, rng.uniform(0.6, 1, 60), rng.uniform(0.4, 0.9, 60))
    return Judged(dataclasses.replace(answers.leaf, confidence=confidence))


@pytest.mark.parametrize("metric", ["aurc", "confidence_auroc", "matthews_correlation"])
def test_metrics_of_the_whole_table_go_to_swaps(sides, metric):
    a, b = (confident(side, seed) for seed, side in enumerate(sides[:2]))
    found = measure_difference([a], [b], trial(metric))
    assert found.paired.test == "answers swapped over 60 items"
    assert found.paired.difference == pytest.approx(found.a_value - found.b_value)
    by_groups = measure_difference([a], [b], trial(metric, [f"{i // 4}" for i in range(60)]))
    assert by_groups.a_value == pytest.approx(found.a_value)


def test_selective_metrics_need_confidences(sides):
    with pytest.raises(NotComparableError, match="aurc takes the confidence of the answers, and"):
        measure_difference([sides[0]], [sides[1]], trial("aurc"))


ERRORS = ["ece_equal_width", "ece_equal_mass"]


@pytest.mark.parametrize("metric", ERRORS)
def test_calibration_errors_go_to_a_bootstrap_that_allows_for_chance(sides, metric):
    a, b = (confident(side, seed) for seed, side in enumerate(sides[:2]))
    found = measure_difference([a], [b], trial(metric))
    assert found.paired.test == "paired bootstrap over 60 items, less the gaps of chance"
    expected = [
        expected_calibration_error(
            one.leaf.confidence, one.leaf.right, equal_mass=metric == "ece_equal_mass"
        )
        for one in (a, b)
    ]
    assert (found.a_value, found.b_value) == pytest.approx(expected)
    assert found.paired.difference == pytest.approx(found.a_value - found.b_value)
    assert measure_difference([a], [b], trial(metric, test="paired-bootstrap")) == found
    back = measure_difference([b], [a], trial(metric))
    assert (back.paired.low, back.paired.high) == pytest.approx(
        (-found.paired.high, -found.paired.low)
    )
    assert back.paired.chance == found.paired.chance > 0


def test_calibration_errors_of_several_seeds_are_averaged(sides):
    a, b, c = (confident(side, seed) for seed, side in enumerate(sides[:3]))
    several = measure_difference([a, b], [c], trial("ece_equal_width"))
    single = [measure_difference([one], [c], trial("ece_equal_width")) for one in (a, b)]
    assert several.a_value == pytest.approx(np.mean([one.a_value for one in single]))


@pytest.mark.parametrize("metric", ERRORS)
@pytest.mark.parametrize(
    ("test", "message"),
    [
        ("swaps", "which chance alone makes larger for the less sure of two calibrated"),
        ("sign-flips", "which is no mean over items. Use 'paired-bootstrap', or leave"),
        ("mcnemar", "which is no mean over items. Use 'paired-bootstrap', or leave"),
    ],
)
def test_other_tests_of_calibration_errors_are_refused(sides, metric, test, message):
    a, b = (confident(side, seed) for seed, side in enumerate(sides[:2]))
    with pytest.raises(NotComparableError, match=message):
        measure_difference([a], [b], trial(metric, test=test))


def test_calibration_errors_need_confidences(sides):
    with pytest.raises(NotComparableError, match="ece_equal_mass takes the confidence of"):
        measure_difference([sides[0]], [sides[1]], trial("ece_equal_mass"))


@pytest.mark.parametrize("metric", ERRORS)
def test_calibration_errors_are_no_metric_of_folds(metric):
    with pytest.raises(NotComparableError, match="makes it larger in every fold, the more the"):
        require_comparable_in_folds(metric)
    require_comparable_in_folds("macro_f1")


@pytest.fixture
def rivals(contender, tree):
    rng = np.random.default_rng(0)
    labels = rng.choice(list("abc"), 60).tolist()
    guesses = rng.choice(list("abc"), (2, 60)).tolist()
    kept = rng.random((2, 60)) < 0.7
    return [
        contender(
            name,
            labels,
            [own if keep else guess for own, guess, keep in zip(labels, given, mask, strict=True)],
            taxonomy=tree,
        )
        for name, given, mask in zip(("new", "old"), guesses, kept, strict=True)
    ]


@pytest.mark.parametrize("metric", ["hierarchical_f1", "mean_lca_height", "all_ranks_right"])
def test_hierarchical_metrics_are_means_over_items(rivals, metric):
    a, b = ([judged_for(side, metric, None)] for side in rivals)
    found = measure_difference(a, b, trial(metric))
    assert found.paired.test in {"sign flips over 60 items", "exact McNemar"}
    assert found.same_items


def test_the_severity_of_mistakes_is_over_other_items_for_each(rivals):
    from fieldmark.comparison.verdict import compare

    a, b = ([judged_for(side, "mistake_severity", None)] for side in rivals)
    found = measure_difference(a, b, trial("mistake_severity"))
    assert found.paired.test == "answers swapped over 60 items"
    assert not found.same_items
    assert (
        "over other items for each contender"
        in compare(*rivals, metric="mistake_severity").notes[-1]
    )
    with pytest.raises(NotComparableError, match="which counts other items for each contender"):
        measure_difference(a, b, trial("mistake_severity", test="sign-flips"))


def test_a_metric_without_anything_to_divide_by_is_refused(contender, tree, rivals):
    labels = rivals[0].labels.to_list()
    perfect = contender("perfect", labels, labels, taxonomy=tree)
    a, b = ([judged_for(side, "mistake_severity", None)] for side in (perfect, rivals[1]))
    with pytest.raises(NotComparableError, match="it has nothing to divide by"):
        measure_difference(a, b, trial("mistake_severity"))


@pytest.mark.parametrize("test", ["default", "paired-bootstrap"])
@pytest.mark.parametrize("metric", ["aurc", "augrc", "confidence_auroc"])
def test_selective_metrics_of_large_tables_are_drawn_on_fewer_points(monkeypatch, metric, test):
    rng = np.random.default_rng(0)
    truth = rng.integers(3, size=1000)
    sides = []
    for skill in (0.7, 0.66):
        judged = answers(truth, np.where(rng.random(1000) < skill, truth, (truth + 1) % 3))
        confidence = rng.beta(np.where(judged.leaf.right, 4, 2), 2)
        sides.append(Judged(dataclasses.replace(judged.leaf, confidence=confidence)))
    how = Trial(metric=metric, units=units_of(None, n=1000), test=test, resamples=400)
    found = []
    for points in (1 << 60, 250):
        monkeypatch.setattr(mixtures, "MOST_POINTS", points)
        monkeypatch.setattr(measures, "MOST_POINTS", points)
        found.append(measure_difference([sides[0]], [sides[1]], how).paired)
    exact, joined = found
    assert joined.difference == exact.difference
    assert joined.standard_error == pytest.approx(exact.standard_error, rel=0.02)
    assert joined.standard_error != exact.standard_error
    assert (joined.low, joined.high) == pytest.approx(
        (exact.low, exact.high), abs=0.1 * exact.standard_error
    )
