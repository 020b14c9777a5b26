"""The scores in NumPy against the readings in torch, which the losses are tested with."""

import numpy as np
import pytest
import torch

from fieldmark.heads.tree_layout import TreeLayout
from fieldmark.heads.tree_reading import TreeReading
from fieldmark.heads.tree_scores import leaf_scores, split_by_rank

PATHS = [[0, 0, 0], [1, 1, 1], [0, 2, 2], [0, 0, 3], [0, 0, 4], [1, 1, 5]]
LAYOUT = TreeLayout(("family", "genus", "species"), np.array(PATHS))


@pytest.mark.parametrize("structure", ["leaves", "ranks", "siblings", "fine-to-coarse"])
def test_both_readings_agree(structure: str) -> None:
    reading = TreeReading(structure, LAYOUT)  # type: ignore[arg-type]
    outputs = np.random.default_rng(0).normal(scale=5, size=(7, reading.width)).astype(np.float32)
    found = leaf_scores(structure, LAYOUT, outputs)  # type: ignore[arg-type]
    expected = reading.leaf_logits(torch.from_numpy(outputs)).numpy()
    assert found.dtype == np.float64
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("structure", ["leaves", "ranks", "siblings"])
def test_no_images_give_no_scores_and_extremes_stay_finite(structure: str) -> None:
    width = 6 if structure == "leaves" else 11
    assert leaf_scores(structure, LAYOUT, np.empty((0, width))).shape == (0, 6)  # type: ignore
    extreme = np.array([[1e30, -1e30] * 6])[:, :width]
    assert np.isfinite(leaf_scores(structure, LAYOUT, extreme)).all()  # type: ignore


def test_values_are_split_by_rank() -> None:
    parts = split_by_rank(LAYOUT, np.arange(11.0)[None])
    assert [part.tolist() for part in parts] == [[[0, 1]], [[2, 3, 4]], [[5, 6, 7, 8, 9, 10]]]
