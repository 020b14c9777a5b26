from collections.abc import Callable

import numpy as np
import pytest
from sklearn.utils.class_weight import compute_class_weight

from fieldmark.core.errors import StudyError
from fieldmark.embeddings.table import EmbeddingSet
from fieldmark.heads.class_weights import check_class_weights, weights_of_classes
from fieldmark.heads.linear import LinearSettings, fit_linear
from fieldmark.manifest.labels import LabelSpace

Clouds = Callable[..., tuple[EmbeddingSet, np.ndarray]]


def test_balanced_weights_are_those_of_scikit_learn() -> None:
    labels = np.array([0, 0, 0, 1, 3, 3])
    found = weights_of_classes("balanced", labels, 4)
    present = [0, 1, 3]
    expected = compute_class_weight("balanced", classes=np.array(present), y=labels)
    assert found[present] == pytest.approx(expected)
    assert found[2] == 1
    assert weights_of_classes("none", labels, 4).tolist() == [1, 1, 1, 1]


def test_unknown_weights_are_refused() -> None:
    with pytest.raises(StudyError, match="class weights"):
        check_class_weights("even")


def test_a_balanced_linear_head_answers_the_rare_class_more_often(
    clouds: Clouds, space: LabelSpace
) -> None:
    embeddings, labels = clouds(spread=3.0)
    kept = np.flatnonzero((labels != 2) | (np.arange(36) < 9))
    known, rare = embeddings.select([embeddings.ids[row] for row in kept]), labels[kept]
    plain, balanced = (
        (
            fit_linear(
                known,
                rare,
                label_space=space,
                seed=0,
                settings=LinearSettings(epochs=10, class_weights=kind),
            )
            .predict_scores(known)
            .argmax(axis=1)
            == 2
        ).sum()
        for kind in ("none", "balanced")
    )
    assert balanced > plain
