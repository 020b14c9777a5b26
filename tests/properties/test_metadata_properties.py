"""Metadata priors: what must hold for every table of counts, every weight and every item."""

import dataclasses

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from fieldmark.decision.calibrators import Calibrator, calibrate
from fieldmark.decision.metadata_columns import MetadataColumn
from fieldmark.decision.metadata_prior import MetadataPrior, apply_metadata_prior
from fieldmark.decision.metadata_tuning import MetadataCounts
from fieldmark.manifest.labels import LabelSpace
from fieldmark.predictions.header import PredictionsHeader
from fieldmark.predictions.table import Predictions

SEEDS = st.integers(0, 2**32 - 1)


def predictions(rng: np.random.Generator, n: int, k: int, *, kind: str) -> Predictions:
    scores = rng.normal(scale=3.0, size=(n, k))
    if kind == "probabilities":
        scores = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    values = ["wood", "park", "lake", None]
    items = {
        "id": [f"{i}" for i in range(n)],
        "label": [f"s{rng.integers(k)}" for _ in range(n)],
        "habitat": [values[rng.integers(4)] for _ in range(n)],
        "month": rng.integers(1, 13, size=n),
    }
    return Predictions(
        PredictionsHeader(score_kind=kind, contender="probe", split="test"),
        pl.DataFrame(items, schema_overrides={"habitat": pl.String}),
        LabelSpace(tuple(f"s{one}" for one in range(k))),
        scores,
    )


def prior_for(
    rng: np.random.Generator, table: Predictions, weights: tuple[float, float]
) -> MetadataPrior:
    k = len(table.label_space)
    columns = (
        MetadataColumn(name="habitat", values=("park", "wood")),
        MetadataColumn(name="month", edges=(4.0, 9.0)),
    )
    by_value = tuple(rng.integers(0, 9, size=(column.size, k)) for column in columns)
    by_class = np.maximum(*(counts.sum(axis=0) for counts in by_value))
    return MetadataPrior(
        contender="probe",
        seed=None,
        fold=None,
        classes=table.label_space.classes,
        columns=columns,
        counts=MetadataCounts(by_value, by_class),
        weights=weights,
        tuned_weights=weights,
        shrinkage=float(rng.uniform(0.1, 50)),
        calibrator=Calibrator(
            kind="temperature",
            contender="probe",
            seed=None,
            fold=None,
            fitted_on="validation",
            fitted_items_digest="digest",
            n=10,
            classes=table.label_space.classes,
            parameters={"temperature": [float(rng.uniform(0.3, 3))]},
            source="",
        ),
        trained_on="all",
        training_items=int(by_class.sum()),
        lacking=int((by_class == 0).sum()),
        fitted_on="validation",
        fitted_items_digest="digest",
        n=10,
        groups=None,
        gain=0.1,
        gain_low=0.05,
        level=0.95,
    )


@given(SEEDS, st.integers(1, 30), st.integers(2, 6), st.sampled_from(["logits", "probabilities"]))
def test_no_weight_changes_nothing(seed, n, k, kind):
    rng = np.random.default_rng(seed)
    table = predictions(rng, n, k, kind=kind)
    prior = prior_for(rng, table, (0.0, 0.0))
    bare = calibrate(table, prior.calibrator).scores
    assert np.array_equal(apply_metadata_prior(prior, table).scores, bare)
    # Next to no weight is no jump either: it runs through the other branch.
    near = dataclasses.replace(prior, weights=(0.0, 1e-12))
    np.testing.assert_allclose(apply_metadata_prior(near, table).scores, bare, atol=1e-9)


@given(SEEDS, st.integers(2, 30), st.floats(0.01, 3), st.floats(0, 3))
def test_rows_are_weighed_one_by_one_in_any_order(seed, n, first, second):
    rng = np.random.default_rng(seed)
    table = predictions(rng, n, 4, kind="logits")
    prior = prior_for(rng, table, (first, second))
    whole = apply_metadata_prior(prior, table).scores
    order = rng.permutation(n)
    turned = dataclasses.replace(
        table, items=table.items[order], scores=table.scores[order], scores_digest=None
    )
    np.testing.assert_array_equal(apply_metadata_prior(prior, turned).scores, whole[order])
    one = dataclasses.replace(
        table, items=table.items[:1], scores=table.scores[:1], scores_digest=None
    )
    np.testing.assert_array_equal(apply_metadata_prior(prior, one).scores, whole[:1])
    np.testing.assert_allclose(whole.sum(axis=1), 1.0)


@given(SEEDS, st.integers(1, 5), st.integers(2, 6), st.floats(0.1, 1000))
def test_what_a_value_says_is_a_distribution(seed, values, k, shrinkage):
    rng = np.random.default_rng(seed)
    counts = rng.integers(0, 50, size=(values, k))
    table = MetadataCounts((counts,), counts.sum(axis=0))
    told = np.exp(table.log_ratios(shrinkage)[0]) * table.prior
    np.testing.assert_allclose(told.sum(axis=1), 1.0)
