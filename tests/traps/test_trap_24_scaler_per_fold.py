"""The scaler was fitted on all folds."""

import numpy as np
import pytest

from fieldmark.embeddings.table import EmbeddingSet
from fieldmark.heads.linear import LinearHead, LinearSettings, fit_linear
from fieldmark.manifest.labels import LabelSpace

SPACE = LabelSpace(("a", "b"))
RANDOM = np.random.default_rng(0)
VECTORS = RANDOM.normal(size=(40, 5)).astype(np.float32)
VECTORS[30:] += 100
LABELS = np.arange(40) % 2
WHOLE = EmbeddingSet(tuple(f"i{row}" for row in range(40)), VECTORS, {}, {})


def fit(rows: range, embeddings: EmbeddingSet = WHOLE) -> LinearHead:
    fold = embeddings.select([embeddings.ids[row] for row in rows])
    labels = LABELS[list(rows)]
    return fit_linear(fold, labels, label_space=SPACE, seed=0, settings=LinearSettings(epochs=3))


def test_trap_24_mean_and_scale_are_those_of_the_training_fold() -> None:
    head = fit(range(30))
    assert head.mean == pytest.approx(VECTORS[:30].mean(axis=0), abs=1e-6)
    assert head.scale == pytest.approx(VECTORS[:30].std(axis=0), abs=1e-6)
    assert np.abs(head.mean - VECTORS.mean(axis=0)).min() > 10


def test_trap_24_each_fold_has_a_scaler_of_its_own() -> None:
    assert not np.allclose(fit(range(10, 40)).mean, fit(range(30)).mean)


def test_trap_24_what_is_held_out_changes_nothing_of_the_head() -> None:
    changed = VECTORS.copy()
    changed[30:] *= -3
    other = EmbeddingSet(WHOLE.ids, changed, {}, {})
    assert fit(range(30)).digest == fit(range(30), other).digest


def test_trap_24_predicting_does_not_refit_the_scaler() -> None:
    head = fit(range(30))
    before = head.digest
    shifted = EmbeddingSet(WHOLE.ids, VECTORS + 1000, {}, {})
    assert not np.allclose(head.predict_scores(shifted), head.predict_scores(WHOLE))
    assert head.digest == before
