from itertools import pairwise

import numpy as np
import polars as pl
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from fieldmark.evaluation.backoff_curve import backoff_curve
from fieldmark.evaluation.candidate_sets import expected_top_k
from fieldmark.evaluation.error_table import error_table
from fieldmark.evaluation.evaluate import judge
from fieldmark.evaluation.tree_distance import lca_heights, shared_information
from fieldmark.manifest.labels import LabelSpace
from fieldmark.manifest.taxonomy import build_taxonomy
from fieldmark.predictions.header import PredictionsHeader
from fieldmark.predictions.table import Predictions

SPECIES = [f"s{number}" for number in range(9)]
TREE = build_taxonomy(
    pl.DataFrame(
        {
            "family": [f"f{number // 5}" for number in range(9)],
            "genus": ["g0", "g0", "g1", "g1", "g1", "g2", "g2", "g3", ""],
            "species": SPECIES,
        }
    ),
    ("family", "genus", "species"),
)


@st.composite
def tables(draw, kinds=("logits", "probabilities")):
    """Tables of 1 to 30 items over 1 to 9 leaves of a tree with a gap; some labels are unknown."""
    n, classes = draw(st.integers(1, 30)), draw(st.integers(1, 9))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    scores = rng.integers(0, draw(st.integers(1, 6)) + 1, size=(n, classes)).astype(float)
    kind = draw(st.sampled_from(kinds))
    if kind == "probabilities":
        scores = (scores + 1) / (scores + 1).sum(axis=1, keepdims=True)
    items = pl.DataFrame(
        {"id": [f"i{row}" for row in range(n)], "label": rng.choice(SPECIES, n).tolist()}
    )
    header = PredictionsHeader(score_kind=kind, contender="probe")
    space = LabelSpace(tuple(rng.permutation(SPECIES)[:classes]))
    return Predictions(header, items, space, scores, taxonomy=TREE)


def means(table) -> dict[str, float]:
    return {
        one.metric: float(np.mean(one.values if one.counted is None else one.values[one.counted]))
        for one in judge(table).item_metrics
        if one.rank is None and one.n
    }


@settings(max_examples=60, deadline=None)
@given(tables(kinds=("logits", "probabilities", "similarities")))
def test_tree_metrics_keep_their_order(table):
    found = means(table)
    accuracy, ranks = found["accuracy"], len(TREE.ranks)
    assert accuracy - 1e-12 <= found["hierarchical_f1"] <= 1
    assert accuracy - 1e-12 <= found["hierarchical_information"] <= 1
    assert abs(found["hierarchical_f1"] - (1 - found["mean_lca_height"] / ranks)) < 1e-9
    if accuracy < 1:
        assert 1 <= found["mistake_severity"] <= ranks
        severe = found["mistake_severity"] * (1 - accuracy)
        assert abs(severe - found["mean_lca_height"]) < 1e-9
    else:
        assert "mistake_severity" not in found


@settings(max_examples=40, deadline=None)
@given(tables(), st.randoms(use_true_random=False))
def test_the_order_of_items_changes_nothing(table, random):
    rows = list(range(table.n))
    random.shuffle(rows)
    shuffled = Predictions(
        table.header, table.items[rows], table.label_space, table.scores[rows], TREE
    )
    one, other = means(table), means(shuffled)
    assert one.keys() == other.keys()
    assert all(abs(one[metric] - other[metric]) < 1e-9 for metric in one)
    listed = error_table(shuffled).sort("id")
    assert listed.equals(error_table(table).sort("id"))


@given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), max_size=20))
def test_heights_are_a_distance_on_a_tree(pairs):
    first, second = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    heights = lca_heights(TREE, first, second)
    assert (heights == lca_heights(TREE, second, first)).all()
    assert ((heights == 0) == (first == second)).all()
    third = np.roll(second, 1)
    longest = np.maximum(heights, lca_heights(TREE, second, third))
    assert (lca_heights(TREE, first, third) <= longest).all()
    assert ((shared_information(TREE, first, second) == 1) == (first == second)).all()


@settings(max_examples=60, deadline=None)
@given(tables())
def test_a_higher_threshold_only_moves_answers_up(table):
    points = backoff_curve(table, points=12).points
    for low, high in pairwise(points):
        assert high.coverage <= low.coverage
        assert high.mean_depth <= low.mean_depth
        assert high.recall <= low.recall + 1e-12
        wrong = [point.answered - round(point.accuracy * point.answered) for point in (low, high)]
        assert wrong[1] <= wrong[0]


@given(st.integers(1, 60), st.data())
def test_expected_accuracy_falls_with_candidates_and_rises_with_k(candidates, data):
    smaller = data.draw(st.integers(1, candidates))
    k = data.draw(st.integers(1, 6))
    place = np.arange(1, candidates + 1)
    found = expected_top_k(place, candidates=candidates, smaller=smaller, k=k)
    assert ((found >= 0) & (found <= 1)).all()
    assert (np.diff(found) <= 1e-12).all()
    more = expected_top_k(place, candidates=candidates, smaller=smaller, k=k + 1)
    assert (more >= found - 1e-12).all()
    assume(smaller > 1)
    fewer = expected_top_k(place, candidates=candidates, smaller=smaller - 1, k=k)
    assert (fewer >= found - 1e-12).all()
