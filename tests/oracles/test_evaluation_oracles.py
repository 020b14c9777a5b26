"""Every metric against scikit-learn, every interval against statsmodels, draws against copies."""

import numpy as np
import polars as pl
import pytest

from fieldmark.evaluation.answers import Answers
from fieldmark.evaluation.averages import value_of
from fieldmark.evaluation.class_metrics import class_metrics
from fieldmark.evaluation.estimates import clopper_pearson, wilson
from fieldmark.evaluation.evaluate import evaluate_predictions
from fieldmark.evaluation.resampling import bootstrap_interval, draw_weights, units_of
from fieldmark.manifest.labels import LabelSpace
from fieldmark.predictions.header import PredictionsHeader
from fieldmark.predictions.table import Predictions


def class_metrics_of(truth, given, units):
    count = int(max(truth.max(), given.max())) + 1
    names = tuple(str(code) for code in range(count))
    made = Answers(rank=None, classes=names, candidates=count, truth=truth, predicted=given)
    return class_metrics([made], units)


@pytest.fixture(params=[(300, 9, 0), (40, 25, 1), (7, 6, 2)], ids=["dense", "sparse", "tiny"])
def case(request):
    """Return names, labels as codes, and probabilities; some classes occur in no label."""
    n, classes, seed = request.param
    rng = np.random.default_rng(seed)
    prior = rng.dirichlet(np.full(classes, 0.5))
    truth = rng.choice(classes, n, p=prior)
    scores = rng.normal(size=(n, classes))
    scores[np.arange(n), truth] += 1.0
    probabilities = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    return [f"class {code:02d}" for code in range(classes)], truth, probabilities


@pytest.fixture
def evaluation(case):
    names, truth, probabilities = case
    items = pl.DataFrame(
        {"id": [f"i{row}" for row in range(len(truth))], "label": [names[code] for code in truth]}
    )
    header = PredictionsHeader(score_kind="probabilities", contender="probe")
    table = Predictions(header, items, LabelSpace(tuple(names)), probabilities)
    return evaluate_predictions(table, resamples=50)


@pytest.mark.filterwarnings("ignore:y_pred contains classes not in y_true:UserWarning")
def test_metrics_against_scikit_learn(case, evaluation):
    from sklearn import metrics

    _, truth, probabilities = case
    given, every = probabilities.argmax(axis=1), np.arange(probabilities.shape[1])
    over = {"labels": np.unique(truth), "average": "macro", "zero_division": 0}
    expected = {
        "accuracy": metrics.accuracy_score(truth, given),
        "top_5_accuracy": metrics.top_k_accuracy_score(truth, probabilities, k=5, labels=every),
        "balanced_accuracy": metrics.balanced_accuracy_score(truth, given),
        "macro_f1": metrics.f1_score(truth, given, **over),
        "macro_precision": metrics.precision_score(truth, given, **over),
        "macro_recall": metrics.recall_score(truth, given, **over),
        "log_loss": metrics.log_loss(truth, probabilities, labels=every),
    }
    found = {metric: evaluation.estimate(metric).value for metric in expected}
    assert found == pytest.approx(expected, abs=1e-12)


def test_the_majority_baseline_against_scikit_learn(case, evaluation):
    from sklearn.dummy import DummyClassifier
    from sklearn.metrics import f1_score

    _, truth, _ = case
    nothing = np.zeros((len(truth), 1))
    given = DummyClassifier(strategy="most_frequent").fit(nothing, truth).predict(nothing)
    found = {e.metric: e.value for e in evaluation.baselines if e.contender.startswith("majority")}
    assert found["accuracy"] == pytest.approx(np.mean(given == truth))
    assert found["macro_f1"] == pytest.approx(
        f1_score(truth, given, labels=np.unique(truth), average="macro", zero_division=0)
    )


@pytest.mark.parametrize("level", [0.8, 0.95, 0.99])
@pytest.mark.parametrize(("successes", "n"), [(0, 1), (1, 1), (3, 10), (1155, 1226), (500, 500)])
def test_intervals_against_statsmodels(successes, n, level):
    from statsmodels.stats.proportion import proportion_confint

    for interval, method in ((wilson, "wilson"), (clopper_pearson, "beta")):
        expected = np.nan_to_num(proportion_confint(successes, n, 1 - level, method), nan=0.0)
        expected = (0.0 if successes == 0 else expected[0], 1.0 if successes == n else expected[1])
        assert interval(successes, n, level=level) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("clustered", [False, True])
def test_weights_do_what_copying_rows_does(clustered):
    from sklearn.metrics import balanced_accuracy_score, f1_score, precision_score

    rng = np.random.default_rng(0)
    truth, given = rng.integers(5, size=(2, 60))
    groups = [f"{number // 4}" for number in range(60)] if clustered else None
    units = units_of(groups, n=60)
    weights = next(draw_weights(units, 20, rng))
    found = class_metrics_of(truth, given, units)(weights)
    for draw in range(20):
        rows = np.repeat(np.arange(60), weights[units.codes, draw].astype(int))
        copied = truth[rows], given[rows]
        over = {"labels": np.unique(truth[rows]), "average": "macro", "zero_division": 0}
        assert found[:3, draw] == pytest.approx(
            [
                balanced_accuracy_score(*copied),
                f1_score(*copied, **over),
                precision_score(*copied, **over),
            ]
        )


@pytest.mark.filterwarnings("ignore:y_pred contains classes not in y_true:UserWarning")
def test_class_averages_against_a_slow_loop():
    rng = np.random.default_rng(3)
    for _ in range(20):
        truth, given = rng.integers(rng.integers(1, 8), size=30), rng.integers(8, size=30)
        f1 = []
        for code in set(truth.tolist()):
            right = sum(t == g == code for t, g in zip(truth, given, strict=True))
            f1.append(2 * right / (sum(truth == code) + sum(given == code)))
        units = units_of(None, n=30)
        assert value_of(class_metrics_of(truth, given, units), units)[1] == pytest.approx(
            np.mean(f1)
        )


def test_the_bootstrap_interval_against_scipy():
    from scipy.stats import bootstrap

    values = np.random.default_rng(0).exponential(size=400)
    units = units_of(None, n=400)
    draws = np.concatenate(
        [
            values @ weights / 400
            for weights in draw_weights(units, 20_000, np.random.default_rng(1))
        ]
    )
    expected = bootstrap(
        (values,), np.mean, n_resamples=20_000, method="percentile", random_state=2
    ).confidence_interval
    found = bootstrap_interval(values.mean(), draws, units=400)
    assert found == pytest.approx((expected.low, expected.high), abs=0.004)
