"""Intervals of class averages, selective areas and calibration errors cover as they say."""

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest
from scipy.special import expit

from fieldmark.evaluation.answers import Answers
from fieldmark.evaluation.averages import value_of
from fieldmark.evaluation.confidence_statistics import calibration_statistics
from fieldmark.evaluation.intervals import lowered_by_noise, resampled_interval
from fieldmark.evaluation.measuring import Judged, Resampling, Subject, measure
from fieldmark.evaluation.per_class import per_class
from fieldmark.evaluation.resampling import bootstrap_interval, resampled, units_of
from fieldmark.manifest.labels import LabelSpace
from fieldmark.predictions.header import PredictionsHeader
from fieldmark.predictions.table import Predictions

pytestmark = pytest.mark.validity

RUNS, RESAMPLES = 1000, 200
PRIOR = np.array([0.30, 0.25, 0.20, 0.15, 0.10])
NAMES = tuple("abcde")
CHECKED = (
    "accuracy", "macro_f1", "weighted_f1", "matthews_correlation", "brier_score",
    "aurc", "augrc", "risk_at_80_coverage", "confidence_auroc", "ece_equal_width",
)  # fmt: skip

Draw = Callable[[np.random.Generator, int], Answers]


def answered(truth, right, confidence, rng):
    wrong = (truth + rng.integers(1, 5, len(truth))) % 5
    rest = (1 - confidence) / 4
    of_label = np.where(right, confidence, rest)
    return Answers(
        rank=None,
        classes=NAMES,
        candidates=5,
        truth=truth,
        predicted=np.where(right, truth, wrong),
        confidence=confidence,
        log_probability=np.log(of_label),
        sum_of_squares=confidence**2 + 4 * rest**2,
    )


def photos(spread, per):
    """Return a maker of photos of plants: a plant has one label, and is hard in all its photos."""

    def drawn(rng, plants):
        truth = np.repeat(rng.choice(5, plants, p=PRIOR), per)
        ease = np.repeat(spread * rng.normal(size=plants), per)
        score = 1.2 - 0.2 * truth + ease + 0.8 * rng.normal(size=plants * per)
        confidence = np.clip(expit(1.5 * score + 1), 0.21, 1 - 1e-9)
        return answered(truth, rng.random(plants * per) < expit(score), confidence, rng)

    return drawn


def beta_confidences(power):
    """Return a maker of independent answers that are right with probability confidence^power."""

    def drawn(rng, n):
        confidence = rng.beta(4, 1.5, n) * 0.79 + 0.2
        right = rng.random(n) < confidence**power
        return answered(rng.choice(5, n, p=PRIOR), right, confidence, rng)

    return drawn


def values_of(answers, groups=None, resamples=1, seed=0):
    units = units_of(groups, n=answers.n)
    how = Resampling(units=units, split="test", resamples=resamples, seed=seed)
    return {e.metric: e for e in measure([Subject("probe", (Judged(answers),))], how)[0]}


def coverages(draw: Draw, plants, groups, metrics, *, resamples=RESAMPLES):
    truth = values_of(draw(np.random.default_rng(0), 200_000))
    hits = dict.fromkeys(metrics, 0)
    for run in range(RUNS):
        found = values_of(draw(np.random.default_rng([1, run]), plants), groups, resamples, run)
        for metric in metrics:
            hits[metric] += found[metric].low <= truth[metric].value <= found[metric].high
    return {metric: count / RUNS for metric, count in hits.items()}


def test_independent_items_are_covered():
    for metric, share in coverages(photos(0.0, 1), 400, None, CHECKED).items():
        assert 0.92 < share < 0.985, metric


def test_photos_of_plants_are_covered_by_resampling_plants():
    groups = [f"{plant}" for plant in range(60) for _ in range(6)]
    for metric, share in coverages(photos(1.5, 6), 60, groups, CHECKED).items():
        assert 0.91 < share < 0.995, metric


def test_photos_of_plants_are_not_covered_by_resampling_photos():
    metrics = ("accuracy", "macro_f1", "aurc", "augrc", "matthews_correlation")
    for metric, share in coverages(photos(1.5, 6), 60, None, metrics, resamples=100).items():
        assert share < 0.85, metric


def calibration_of(answers):
    units = units_of(None, n=answers.n)
    return calibration_statistics(answers.confidence, answers.right, units), units


def calibration_intervals(answers, rng, *, resamples=RESAMPLES):
    """Return the intervals of both errors as a table of metrics has them, without its rest."""
    statistic, units = calibration_of(answers)
    values, draws = (
        value_of(statistic, units),
        resampled(statistic, units, resamples=resamples, rng=rng),
    )
    found = []
    for place in range(2):
        plain, _ = resampled_interval(values[place], draws[place], units, level=0.95, trials=None)
        noise = draws[2 + place]
        found.append(lowered_by_noise(plain, values[place], noise, units, level=0.95))
    return found


@pytest.mark.parametrize("power", [1.0, 1.2, 2.0])
@pytest.mark.parametrize("n", [100, 1000])
def test_calibration_errors_are_covered_however_small_they_are(n, power):
    draw = beta_confidences(power)
    whole, units = calibration_of(draw(np.random.default_rng(0), 200_000))
    truth = value_of(whole, units)[:2]
    hits = np.zeros(2)
    for run in range(RUNS):
        rng = np.random.default_rng([1, run])
        for place, (low, high) in enumerate(calibration_intervals(draw(rng, n), rng)):
            hits[place] += low <= truth[place] <= high
    assert (hits / RUNS > 0.93).all(), hits


def test_calibration_errors_are_measured_with_these_intervals():
    answers = beta_confidences(1.2)(np.random.default_rng(5), 300)
    found = values_of(answers, None, 4000)
    ends = calibration_intervals(answers, np.random.default_rng(6), resamples=4000)
    for metric, expected in zip(("ece_equal_width", "ece_equal_mass"), ends, strict=True):
        assert (found[metric].low, found[metric].high) == pytest.approx(expected, abs=0.005)


def test_the_plain_bootstrap_of_the_calibration_error_misses_perfect_confidences():
    draw, hits = beta_confidences(1.0), 0
    for run in range(RUNS):
        rng = np.random.default_rng([1, run])
        statistic, units = calibration_of(draw(rng, 300))
        draws = resampled(statistic, units, resamples=RESAMPLES, rng=rng)[0]
        low, _ = bootstrap_interval(value_of(statistic, units)[0], draws, units=300)
        hits += low <= 0.005
    assert hits / RUNS < 0.2


def test_intervals_of_single_classes_cover():
    classes = 4
    confusion = np.array([[24, 3, 2, 1], [4, 14, 5, 2], [2, 2, 11, 5], [1, 6, 3, 15]]) / 100
    right, labelled, given = np.diag(confusion), confusion.sum(axis=1), confusion.sum(axis=0)
    truth = {"recall": right / labelled, "precision": right / given}
    truth["f1"] = 2 * right / (labelled + given)
    hits = dict.fromkeys(truth, 0)
    for run in range(RUNS):
        cells = np.random.default_rng([2, run]).choice(classes**2, 150, p=confusion.ravel())
        items = {"id": np.arange(150).astype(str), "label": np.array(NAMES)[cells // classes]}
        table = Predictions(
            PredictionsHeader(score_kind="probabilities", contender="probe"),
            pl.DataFrame(items),
            LabelSpace(NAMES[:classes]),
            np.eye(classes)[cells % classes],
        )
        for code, found in enumerate(per_class(table)):
            for part, values in truth.items():
                estimate = getattr(found, part)
                hits[part] += estimate.low <= values[code] <= estimate.high
    for part, count in hits.items():
        assert 0.93 < count / (RUNS * classes) < 0.975, part
