"""Classification, calibration, selective and metadata numbers against independent ones."""

import itertools

import numpy as np
import polars as pl
import pytest

from fieldmark.evaluation.answers import leaf_answers
from fieldmark.evaluation.calibration_error import expected_calibration_error
from fieldmark.evaluation.confusion_counts import confusion_counts
from fieldmark.evaluation.evaluate import evaluate_predictions
from fieldmark.evaluation.majorities import majorities
from fieldmark.evaluation.nearest_location import nearest_rows
from fieldmark.evaluation.per_class import per_class
from fieldmark.evaluation.selective import augrc, aurc, risk_coverage
from fieldmark.manifest.labels import LabelSpace
from fieldmark.predictions.header import PredictionsHeader
from fieldmark.predictions.summary import summarise
from fieldmark.predictions.table import Predictions


@pytest.fixture(params=[(400, 9, 0), (40, 25, 1), (7, 6, 2)], ids=["dense", "sparse", "tiny"])
def case(request):
    """Return a table, its labels as codes and its probabilities; some classes have no label."""
    n, classes, seed = request.param
    rng = np.random.default_rng(seed)
    truth = rng.choice(classes, n, p=rng.dirichlet(np.full(classes, 0.5)))
    logits = rng.normal(size=(n, classes))
    logits[np.arange(n), truth] += 1.0
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    names = tuple(f"class {code:02d}" for code in range(classes))
    items = {"id": [f"i{row}" for row in range(n)], "label": [names[code] for code in truth]}
    table = Predictions(
        PredictionsHeader(score_kind="logits", contender="probe"),
        pl.DataFrame(items),
        LabelSpace(names),
        logits,
    )
    return table, truth, probabilities


@pytest.mark.filterwarnings("ignore:y_pred contains classes not in y_true:UserWarning")
def test_metrics_against_scikit_learn(case):
    from sklearn import metrics

    table, truth, probabilities = case
    given, every = probabilities.argmax(axis=1), np.arange(probabilities.shape[1])
    right, confidence = given == truth, probabilities.max(axis=1)
    scores = {"f1": metrics.f1_score, "precision": metrics.precision_score}
    scores["recall"] = metrics.recall_score
    expected = {
        "matthews_correlation": metrics.matthews_corrcoef(truth, given),
        "brier_score": metrics.brier_score_loss(truth, probabilities, labels=every),
        "top_3_accuracy": metrics.top_k_accuracy_score(truth, probabilities, k=3, labels=every),
        "confidence_auroc": metrics.roc_auc_score(right, confidence),
    }
    for name, score in scores.items():
        over = {"labels": every, "zero_division": 0}
        expected[f"macro_{name}_all_classes"] = score(truth, given, average="macro", **over)
        expected[f"weighted_{name}"] = score(truth, given, average="weighted", **over)
    found = evaluate_predictions(table, resamples=5)
    values = {metric: found.estimate(metric).value for metric in expected}
    assert values == pytest.approx(expected, abs=1e-12)


def test_confusion_counts_against_scikit_learn(case):
    from sklearn.metrics import confusion_matrix

    table, truth, probabilities = case
    every = np.arange(probabilities.shape[1])
    found = confusion_counts(leaf_answers(table, summarise(table)))
    assert np.array_equal(
        found.dense(), confusion_matrix(truth, probabilities.argmax(axis=1), labels=every)
    )


@pytest.mark.filterwarnings("ignore:y_pred contains classes not in y_true:UserWarning")
def test_every_class_against_scikit_learn(case):
    from sklearn.metrics import precision_recall_fscore_support

    table, truth, probabilities = case
    every = np.arange(probabilities.shape[1])
    expected = precision_recall_fscore_support(
        truth, probabilities.argmax(axis=1), labels=every, zero_division=0
    )
    found = per_class(table)
    for place, part in enumerate(("precision", "recall", "f1")):
        values = [getattr(one, part).value or 0.0 for one in found]
        assert values == pytest.approx(expected[place].tolist())
    assert [one.n for one in found] == expected[3].tolist()


@pytest.mark.parametrize("bins", [1, 10, 15])
def test_the_calibration_error_against_torchmetrics(case, bins):
    import torch
    from torchmetrics.functional.classification import multiclass_calibration_error

    _, truth, probabilities = case
    expected = multiclass_calibration_error(
        torch.tensor(probabilities), torch.tensor(truth), probabilities.shape[1], n_bins=bins
    )
    given = probabilities.argmax(axis=1)
    found = expected_calibration_error(probabilities.max(axis=1), given == truth, bins=bins)
    assert found == pytest.approx(float(expected), abs=1e-6)


def test_the_calibration_error_of_equal_mass_against_a_slow_loop(case):
    _, truth, probabilities = case
    confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == truth
    order = np.argsort(confidence)
    n, total = len(order), 0.0
    for start, stop in itertools.pairwise(np.ceil(np.arange(16) * n / 15).astype(int)):
        part = order[start:stop]
        total += abs(confidence[part].sum() - right[part].sum())
    found = expected_calibration_error(confidence, right, equal_mass=True)
    assert found == pytest.approx(total / n)


def slow_curve(confidence, wrong):
    """Return coverage, risk and generalised risk at every distinct threshold, by counting."""
    points = []
    for threshold in sorted(set(confidence), reverse=True):
        given = [bool(w) for c, w in zip(confidence, wrong, strict=True) if c >= threshold]
        points.append((len(given) / len(wrong), sum(given) / len(given), sum(given) / len(wrong)))
    return points


@pytest.mark.parametrize("levels", [1, 4, 1000])
def test_selective_areas_against_a_slow_loop_and_the_identity(levels):
    from sklearn.metrics import auc, roc_auc_score

    rng = np.random.default_rng(levels)
    confidence = rng.integers(levels, size=150) / levels
    wrong = rng.random(150) > 0.3 + 0.5 * confidence
    coverage, risk, generalised = (
        np.array(part) for part in zip(*slow_curve(confidence, wrong), strict=True)
    )
    curve = risk_coverage(confidence, wrong)
    first = np.concatenate([[0.0], coverage])
    assert aurc(curve) == pytest.approx(auc(first, np.concatenate([risk[:1], risk])))
    assert augrc(curve) == pytest.approx(auc(first, np.concatenate([[0.0], generalised])))
    accuracy = 1 - wrong.mean()
    area = roc_auc_score(~wrong, confidence)
    assert augrc(curve) == pytest.approx(
        (1 - area) * accuracy * (1 - accuracy) + (1 - accuracy) ** 2 / 2, abs=1e-12
    )


def test_the_area_is_the_mean_risk_up_to_half_an_item():
    rng = np.random.default_rng(0)
    wrong = rng.random(500) < 0.3
    confidence = rng.permutation(500) / 500
    running = np.cumsum(wrong[np.argsort(-confidence)]) / np.arange(1, 501)
    difference = aurc(risk_coverage(confidence, wrong)) - running.mean()
    assert difference == pytest.approx((running[0] - running[-1]) / 1000)


def test_majorities_against_a_slow_loop():
    rng = np.random.default_rng(0)
    labels, value = rng.integers(-1, 4, size=200), rng.integers(6, size=200)
    own = rng.integers(40, size=200)
    expected = []
    for row in range(200):
        others = labels[(value == value[row]) & (own != own[row]) & (labels >= 0)]
        others = others if len(others) else labels[(own != own[row]) & (labels >= 0)]
        expected.append(np.bincount(others).argmax())
    assert majorities(labels, value, value, own, 4).tolist() == expected


def test_the_nearest_place_against_the_great_circle():
    from sklearn.metrics.pairwise import haversine_distances

    rng = np.random.default_rng(0)
    places = np.stack([rng.uniform(-90, 90, 150), rng.uniform(-180, 180, 150)], axis=1)
    own = rng.integers(20, size=150)
    distances = haversine_distances(np.radians(places))
    distances[own[:, None] == own] = np.inf
    found = nearest_rows(places, places, (own, own))
    assert found.tolist() == distances.argmin(axis=1).tolist()
