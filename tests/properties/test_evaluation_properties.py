import json

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldmark.evaluation.estimates import clopper_pearson, wilson
from fieldmark.evaluation.evaluate import evaluate_predictions
from fieldmark.evaluation.metrics import METRICS
from fieldmark.manifest.labels import LabelSpace
from fieldmark.manifest.taxonomy import build_taxonomy
from fieldmark.predictions.header import PredictionsHeader
from fieldmark.predictions.table import Predictions

SPECIES = [f"s{number}" for number in range(8)]
TREE = build_taxonomy(
    pl.DataFrame(
        {
            "family": [f"f{number // 4}" for number in range(8)],
            "genus": [f"g{number // 2}" for number in range(8)],
            "species": SPECIES,
        }
    ),
    ("family", "genus", "species"),
)


@st.composite
def tables(draw, kinds=("logits", "probabilities", "similarities")):
    """Tables of 1 to 40 items over 1 to 8 classes, with ties, groups, ranks and unknown labels."""
    n, classes = draw(st.integers(1, 40)), draw(st.integers(1, 8))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    kind = draw(st.sampled_from(kinds))
    scores = rng.integers(0, draw(st.integers(1, 6)) + 1, size=(n, classes)).astype(float)
    if kind == "probabilities":
        scores = (scores + 1) / (scores + 1).sum(axis=1, keepdims=True)
    items = {
        "id": [f"i{row}" for row in range(n)],
        "label": rng.choice(SPECIES[: draw(st.integers(1, 8))], n).tolist(),
    }
    if draw(st.booleans()):
        items["group"] = [f"{row}" for row in rng.integers(0, n, size=n)]
    return Predictions(
        PredictionsHeader(score_kind=kind, contender="probe"),
        pl.DataFrame(items),
        LabelSpace(tuple(rng.permutation(SPECIES)[:classes])),
        scores,
        taxonomy=TREE if draw(st.booleans()) else None,
    )


@settings(max_examples=60, deadline=None)
@given(tables())
def test_every_table_gives_valid_estimates_and_json(table):
    found = evaluate_predictions(table, resamples=20)
    json.dumps(found.to_dict(), allow_nan=False)
    for estimate in (*found.estimates, *found.baselines):
        assert estimate.n <= table.n
        if METRICS[estimate.metric].scale == "share":
            numbers = (estimate.value, estimate.low, estimate.high)
            assert all(number is None or 0 <= number <= 1 for number in numbers)


@settings(max_examples=40, deadline=None)
@given(tables(), st.integers(0, 2**32))
def test_values_do_not_depend_on_the_order_of_items(table, seed):
    order = np.random.default_rng(seed).permutation(table.n)
    turned = Predictions(
        table.header,
        table.items[order.tolist()],
        table.label_space,
        table.scores[order],
        taxonomy=table.taxonomy,
    )
    first, second = (evaluate_predictions(one, resamples=2) for one in (table, turned))
    for one, other in zip(first.estimates, second.estimates, strict=True):
        assert (one.metric, one.n) == (other.metric, other.n)
        assert one.value == pytest.approx(other.value)


@settings(max_examples=40, deadline=None)
@given(tables(kinds=("logits",)), st.floats(0.1, 10), st.floats(-5, 5))
def test_rank_metrics_do_not_depend_on_scale_and_shift_of_the_scores(table, scale, shift):
    moved = Predictions(table.header, table.items, table.label_space, table.scores * scale + shift)
    flat = Predictions(table.header, table.items, table.label_space, table.scores)
    first, second = (evaluate_predictions(one, resamples=2) for one in (flat, moved))
    for metric in ("accuracy", "top_5_accuracy", "macro_f1", "balanced_accuracy"):
        one, other = first.estimate(metric), second.estimate(metric)
        assert (one and one.value) == (other and other.value)


@settings(max_examples=60, deadline=None)
@given(tables(kinds=("logits", "probabilities")))
def test_the_decoded_path_is_the_leaf_and_coarse_ranks_are_never_harder(table):
    if table.taxonomy is None:
        return
    found = evaluate_predictions(table, resamples=2)
    assert found.estimate("all_ranks_right").value == found.estimate("accuracy").value
    ladder = [found.estimate("accuracy", rank).value for rank in ("family", "genus", None)]
    assert ladder == sorted(ladder, reverse=True)


@given(st.integers(0, 500), st.integers(0, 500), st.sampled_from([0.8, 0.95, 0.99]))
def test_intervals_hold_the_share_and_mirror(right, wrong, level):
    n = right + wrong
    for interval in (wilson, clopper_pearson):
        low, high = interval(right, n, level=level)
        assert 0 <= low <= high <= 1
        if n:
            assert low <= right / n <= high
        mirrored = interval(wrong, n, level=level)
        assert (1 - mirrored[1], 1 - mirrored[0]) == pytest.approx((low, high), abs=1e-9)


@given(st.integers(0, 200), st.integers(0, 200))
def test_intervals_of_higher_level_contain_those_of_lower(right, wrong):
    for interval in (wilson, clopper_pearson):
        ends = [interval(right, right + wrong, level=level) for level in (0.5, 0.9, 0.99)]
        lows, highs = zip(*ends, strict=True)
        assert sorted(lows, reverse=True) == list(lows)
        assert sorted(highs) == list(highs)
