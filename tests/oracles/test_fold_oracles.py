"""Folds of whole groups are as even as those of scikit-learn."""

import warnings

import numpy as np
import pytest
from sklearn.model_selection import StratifiedGroupKFold

from fieldmark.manifest.fold_dealing import deal_groups

CLASSES = 4
SHARES = [0.5, 0.3, 0.15, 0.05]


def unevenness(folds: list[np.ndarray], labels: np.ndarray) -> float:
    """Return by how much the share of a class in a fold is off at most."""
    return max(
        abs(float(np.mean(labels[rows] == code) - np.mean(labels == code)))
        for rows in folds
        for code in range(CLASSES)
    )


@pytest.mark.parametrize("by_group", [True, False])
def test_classes_are_shared_out_as_evenly(by_group: bool) -> None:
    ours, theirs = [], []
    for seed in range(20):
        generator = np.random.default_rng(seed)
        groups = generator.integers(60, size=600)
        size = 60 if by_group else 600
        labels = generator.choice(CLASSES, p=SHARES, size=size)
        labels = labels[groups] if by_group else labels
        dealt = deal_groups(
            [str(one) for one in groups], [str(one) for one in labels], folds=5, seed=seed
        )
        fold_of = np.array([dealt[str(one)] for one in groups])
        own = [np.flatnonzero(fold_of == fold) for fold in range(5)]
        assert all(len(rows) for rows in own)
        oracle = StratifiedGroupKFold(5, shuffle=True, random_state=seed)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            other = [rows for _, rows in oracle.split(groups, labels, groups)]
        ours.append(unevenness(own, labels))
        theirs.append(unevenness(other, labels))
    assert np.mean(ours) <= np.mean(theirs) + 0.005
    assert max(ours) <= max(theirs) + 0.01
