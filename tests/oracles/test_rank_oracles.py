"""Ranks and resamples against scikit-learn on copied rows and a slow loop over the tree."""

import numpy as np
import polars as pl
import pytest

from fieldmark.evaluation.averages import item_averages, stacked
from fieldmark.evaluation.class_metrics import CLASS_METRICS, class_metrics
from fieldmark.evaluation.evaluate import judge
from fieldmark.evaluation.resampling import draw_weights, units_of
from fieldmark.manifest.labels import LabelSpace
from fieldmark.manifest.taxonomy import build_taxonomy
from fieldmark.predictions import row_kernels
from fieldmark.predictions.header import PredictionsHeader
from fieldmark.predictions.table import Predictions

ITEMS, LEAVES, DRAWS = 240, 30, 3
RANKS = ("order", "family", "genus", "species")


@pytest.fixture(scope="module")
def tree():
    leaf = np.arange(LEAVES)
    above = {"genus": leaf // 3, "family": leaf // 6, "order": leaf // 18, "species": leaf}
    return build_taxonomy(
        pl.DataFrame({rank: [f"{rank} {code:02d}" for code in above[rank]] for rank in RANKS}),
        RANKS,
    )


@pytest.fixture(scope="module")
def tables(tree):
    """Return the predictions of two models; two labels have no column."""
    rng = np.random.default_rng(0)
    names = rng.permutation(np.array(tree.leaves.classes))
    truth = rng.integers(LEAVES, size=ITEMS)
    items = pl.DataFrame({"id": [f"i{row}" for row in range(ITEMS)], "label": names[truth]})

    def table(name, strength):
        logits = rng.normal(size=(ITEMS, LEAVES))
        logits[np.arange(ITEMS), truth] += strength
        shares = np.exp(2 * logits[:, :-2])
        return Predictions(
            header=PredictionsHeader(score_kind="probabilities", contender=name),
            items=items,
            label_space=LabelSpace(tuple(names[:-2])),
            scores=shares / shares.sum(axis=1, keepdims=True),
            taxonomy=tree,
        )

    return table("a", 1.2), table("b", 1.0)


def of_levels(judged, units):
    """Return top-1, top-5 and then the class metrics of every level as one statistic."""
    hits = [level.place <= k for level in judged.levels for k in (1, 5)]
    means = item_averages([(hit, None) for hit in hits], units)
    return stacked([means, class_metrics(judged.levels, units)])


@pytest.mark.parametrize("clustered", [False, True])
@pytest.mark.filterwarnings("ignore:y_pred contains classes not in y_true:UserWarning")
def test_paired_resamples_at_every_rank_against_scikit_learn(tables, clustered):
    from sklearn.metrics import accuracy_score, balanced_accuracy_score, f1_score

    groups = [f"{row // 3}" for row in range(ITEMS)] if clustered else None
    units = units_of(groups, n=ITEMS)
    weights = next(draw_weights(units, DRAWS, np.random.default_rng(1)))
    for table in tables:
        judged = judge(table)
        found = of_levels(judged, units)(weights)
        means, classes = found[: 2 * len(judged.levels)], found[2 * len(judged.levels) :]
        by_metric = classes.reshape(len(judged.levels), len(CLASS_METRICS), DRAWS)
        for place, level in enumerate(judged.levels):
            for draw in range(DRAWS):
                rows = np.repeat(np.arange(ITEMS), weights[units.codes, draw].astype(int))
                truth, given = level.truth[rows], level.predicted[rows]
                over = {"labels": np.unique(truth), "average": "macro", "zero_division": 0}
                found_here = dict(zip(CLASS_METRICS, by_metric[place, :, draw], strict=True))
                assert {
                    "balanced_accuracy": balanced_accuracy_score(truth, given),
                    "macro_f1": f1_score(truth, given, **over),
                } == pytest.approx(
                    {name: found_here[name] for name in ("balanced_accuracy", "macro_f1")}, abs=1e-9
                )
                top_5 = np.mean(level.place[rows] <= 5)
                expected = [np.mean(level.place[rows] <= 1), top_5]
                assert means[2 * place : 2 * place + 2, draw] == pytest.approx(expected, abs=1e-9)
                if level.rank is None:
                    assert accuracy_score(truth, given) == pytest.approx(means[0, draw], abs=1e-9)


@pytest.mark.parametrize("compiled", [False, True])
def test_sums_and_places_against_a_slow_loop(tables, tree, monkeypatch, compiled):
    if compiled:
        pytest.importorskip("numba")
    monkeypatch.setattr(row_kernels, "COMPILED_FROM", 0 if compiled else 1 << 60)
    table = tables[0]
    judged = judge(table)
    for depth, level in enumerate(judged.levels[1:]):
        for row in range(0, ITEMS, 7):
            sums: dict[str, float] = {}
            for name, score in zip(table.label_space.classes, table.scores[row], strict=True):
                above = tree.path_of(name)[depth]
                sums[above] = sums.get(above, 0.0) + float(score)
            label = tree.path_of(table.labels[row])[depth]
            answer = tree.path_of(table.label_space.classes[table.scores[row].argmax()])[depth]
            ordered = sorted(sums, key=lambda name: (-sums[name], name))
            assert level.confidence[row] == pytest.approx(sums[answer], abs=1e-12)
            assert np.exp(level.log_probability[row]) == pytest.approx(sums[label], abs=1e-12)
            assert level.place[row] == ordered.index(label) + 1
            assert level.classes[level.predicted[row]] == answer


def test_brier_scores_and_log_losses_against_scikit_learn(tables):
    from sklearn.metrics import log_loss

    table = tables[0]
    known = table.label_positions < len(table.label_space)
    truth, scores = table.label_positions[known], table.scores[known]
    found = {metric.metric: metric for metric in judge(table).item_metrics if metric.rank is None}
    expected = log_loss(truth, scores, labels=np.arange(scores.shape[1]))
    assert found["log_loss"].values[known].mean() == pytest.approx(expected, abs=1e-9)
    ones = np.eye(scores.shape[1])[truth]
    assert found["brier_score"].values[known] == pytest.approx(
        np.square(scores - ones).sum(axis=1), abs=1e-12
    )
