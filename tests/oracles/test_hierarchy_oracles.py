"""Tree metrics against hiclass and slow loops, expected accuracy against SciPy and drawn sets."""

import numpy as np
import polars as pl
import pytest
from scipy.stats import hypergeom

from fieldmark.evaluation.answers import leaf_answers
from fieldmark.evaluation.backoff_curve import backoff_curve
from fieldmark.evaluation.candidate_sets import expected_top_k
from fieldmark.evaluation.evaluate import judge
from fieldmark.evaluation.tree_distance import lca_heights, shared_information
from fieldmark.manifest.labels import LabelSpace
from fieldmark.manifest.taxonomy import build_taxonomy
from fieldmark.predictions.header import PredictionsHeader
from fieldmark.predictions.summary import summarise
from fieldmark.predictions.table import Predictions

SPECIES = [f"species {number:02d}" for number in range(30)]
TREE = build_taxonomy(
    pl.DataFrame(
        {
            "order": [f"order {number // 14}" for number in range(30)],
            "family": [f"family {number // 7}" for number in range(30)],
            "genus": [f"genus {number // 3 if number < 21 else number}" for number in range(30)],
            "species": SPECIES,
        }
    ),
    ("order", "family", "genus", "species"),
    two_parents="qualify",
)


@pytest.fixture(scope="module")
def table() -> Predictions:
    rng = np.random.default_rng(3)
    names = TREE.leaves.classes
    truth = rng.integers(30, size=250)
    scores = rng.normal(size=(250, 30)) + 2.0 * np.eye(30)[truth]
    scores += np.repeat(rng.normal(size=(250, 10)), 3, axis=1)
    labels = [names[code] for code in truth]
    items = pl.DataFrame({"id": [f"i{row}" for row in range(250)], "label": labels})
    header = PredictionsHeader(score_kind="logits", contender="probe")
    return Predictions(header, items, LabelSpace(names), scores, taxonomy=TREE)


def paths(names: list[str]) -> np.ndarray:
    """Return the names of all ranks, each with its rank, as hiclass takes them."""
    rows = [zip(TREE.ranks, TREE.path_of(name), strict=True) for name in names]
    return np.array([[f"{rank}: {node}" for rank, node in row] for row in rows], dtype=object)


def test_hierarchical_precision_recall_and_f1_against_hiclass(table) -> None:
    from hiclass import metrics

    leaf = judge(table).leaf
    truth, given = (
        paths([leaf.classes[code] for code in codes]) for codes in (leaf.truth, leaf.predicted)
    )
    found = {one.metric: one.values.mean() for one in judge(table).item_metrics if not one.rank}
    assert found["hierarchical_precision"] == pytest.approx(metrics.precision(truth, given))
    assert found["hierarchical_recall"] == pytest.approx(metrics.recall(truth, given))
    assert found["hierarchical_f1"] == pytest.approx(metrics.f1(truth, given))


def test_backed_off_precision_and_recall_against_hiclass(table) -> None:
    from hiclass import metrics

    judged = judge(table)
    levels = (*judged.path.ranks, judged.leaf)
    truth, given = (
        paths([judged.leaf.classes[code] for code in codes])
        for codes in (judged.leaf.truth, judged.leaf.predicted)
    )
    for point in backoff_curve(table, points=6).points:
        answered = given.copy()
        for rank, level in enumerate(levels):
            answered[level.confidence < point.threshold - 1e-12, rank] = ""
        assert point.precision == pytest.approx(metrics.precision(truth, answered))
        assert point.recall == pytest.approx(metrics.recall(truth, answered))


def test_heights_and_information_one_pair_at_a_time() -> None:
    names = TREE.leaves.classes
    every = np.arange(30)
    heights = lca_heights(TREE, every[:, None], every)
    shares = shared_information(TREE, every[:, None], every)
    for first in every:
        for second in every:
            one, other = TREE.path_of(names[first]), TREE.path_of(names[second])
            common = [a for a, b in zip(one, other, strict=True) if a == b]
            below = sum(TREE.path_of(name)[: len(common)] == tuple(common) for name in names)
            assert heights[first, second] == 4 - len(common)
            assert shares[first, second] == pytest.approx(-np.log2(below / 30) / np.log2(30))


@pytest.mark.parametrize(("candidates", "smaller"), [(2829, 90), (2829, 2786), (170, 90), (7, 7)])
@pytest.mark.parametrize("k", [1, 3, 5])
def test_expected_accuracy_against_scipy(candidates: int, smaller: int, k: int) -> None:
    place = np.arange(1, candidates + 1)
    found = expected_top_k(place, candidates=candidates, smaller=smaller, k=k)
    expected = hypergeom.cdf(k - 1, candidates - 1, place - 1, smaller - 1)
    assert found == pytest.approx(expected, abs=1e-11)


def test_expected_accuracy_against_restricting_to_drawn_sets(table) -> None:
    """Each drawn set is asked for the items whose label it holds; every label is held as often."""
    answers = leaf_answers(table, summarise(table))
    expected = expected_top_k(answers.place, candidates=30, smaller=8)
    rng = np.random.default_rng(5)
    right, asked = np.zeros(table.n), np.zeros(table.n)
    for _ in range(1500):
        kept = np.sort(rng.choice(30, size=8, replace=False))
        rows = np.flatnonzero(np.isin(answers.truth, kept))
        best = kept[table.scores[rows][:, kept].argmax(axis=1)]
        right[rows] += best == answers.truth[rows]
        asked[rows] += 1
    error = np.sqrt(np.maximum(expected * (1 - expected), 1e-3) / asked)
    assert (np.abs(right / asked - expected) < 5 * error).all()
    assert right.sum() / asked.sum() == pytest.approx(expected.mean(), abs=0.01)
