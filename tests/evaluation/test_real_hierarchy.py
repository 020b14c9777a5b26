"""The tree of real groceries, and expected accuracy from the logits of a published network."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from fieldmark.evaluation.candidate_sets import expected_top_k
from fieldmark.evaluation.tree_distance import lca_heights
from fieldmark.manifest.taxonomy import build_taxonomy

DATA = Path(__file__).parents[3] / "shared" / "data"

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not DATA.is_dir(), reason="the real data are not beside the checkout"),
]


def test_apples_are_nearer_to_pears_than_to_potatoes() -> None:
    frame = pl.read_csv(DATA / "grocery_produce" / "manifest.csv")
    tree = build_taxonomy(frame, ("kind", "coarse", "fine"))
    apple, other_apple, pear, potato = tree.leaves.positions(
        ["Golden-Delicious", "Granny-Smith", "Anjou", "Solid-Potato"]
    )
    others = [apple, other_apple, pear, potato]
    assert lca_heights(tree, apple, others).tolist() == [0, 1, 2, 3]


def test_ten_random_candidates_are_easier_than_a_thousand() -> None:
    with np.load(DATA / "logits" / "imagenet_sample.squeezenet1_0.npz") as arrays:
        logits, label = arrays["logits"].astype(np.float64), arrays["label"]
    own = logits[np.arange(len(label)), label]
    place = 1 + np.sum(logits > own[:, None], axis=1)
    expected = expected_top_k(place, candidates=1000, smaller=10)
    rng = np.random.default_rng(0)
    drawn = np.zeros(len(label))
    for _ in range(60):
        others = rng.random(logits.shape)
        others[np.arange(len(label)), label] = -1
        nine = np.argpartition(others, -9, axis=1)[:, -9:]
        drawn += np.take_along_axis(logits, nine, axis=1).max(axis=1) <= own
    assert np.mean(place == 1) < expected.mean()
    assert drawn.mean() / 60 == pytest.approx(expected.mean(), abs=0.003)
