from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from fieldmark.core.errors import ManifestError, StudyError
from fieldmark.embeddings.table import EmbeddingSet
from fieldmark.heads.ridge import RidgeSettings, fit_ridge, leave_group_out_scores
from fieldmark.manifest.labels import LabelSpace
from fieldmark.predictions.header import ScoreKind

Clouds = Callable[..., tuple[EmbeddingSet, np.ndarray]]


def test_scores_of_groups_left_out_are_those_of_a_head_without_them(
    clouds: Clouds, space: LabelSpace
) -> None:
    embeddings, labels = clouds(8)
    groups = [f"plant {row % 5}" for row in range(24)]
    head = fit_ridge(embeddings, labels, label_space=space, settings=RidgeSettings(0.1))
    scores = leave_group_out_scores(
        embeddings, labels, label_space=space, groups=groups, strength=head.training.strength
    )
    rows = np.flatnonzero(np.arange(24) % 5 != 2)
    known = embeddings.select([embeddings.ids[row] for row in rows])
    unit = (known.vectors - known.vectors.mean(axis=0)).astype(np.float64)
    relative = head.training.strength / ((unit**2).sum() / unit.shape[1])
    without = fit_ridge(
        known, labels[rows], label_space=space, settings=RidgeSettings(float(relative))
    )
    out = np.flatnonzero(np.arange(24) % 5 == 2)
    assert without.scores_of(embeddings.vectors[out]) == pytest.approx(scores[out], abs=1e-5)


def test_the_penalty_is_chosen_on_groups_and_reported(clouds: Clouds, space: LabelSpace) -> None:
    embeddings, labels = clouds()
    head = fit_ridge(embeddings, labels, label_space=space, groups=[r // 3 for r in range(36)])
    plateau = head.training.plateau
    assert plateau is not None
    assert plateau.folds == 12
    assert head.training.penalty == plateau.chosen
    assert plateau.chosen in plateau.within
    assert head.score_kind is ScoreKind.SIMILARITIES


def test_a_scaled_embedding_gives_the_same_scores(embed: Any, clouds: Clouds, space: Any) -> None:
    embeddings, labels = clouds()
    settings = RidgeSettings(0.5)
    one = fit_ridge(embeddings, labels, label_space=space, settings=settings)
    scaled = embed(embeddings.vectors * 8)
    other = fit_ridge(scaled, labels, label_space=space, settings=settings)
    assert one.predict_scores(embeddings) == pytest.approx(other.predict_scores(scaled), abs=1e-5)


def test_one_group_is_not_left_out(clouds: Clouds, space: LabelSpace) -> None:
    head = fit_ridge(*clouds(), label_space=space, groups=["one"] * 36)
    assert (head.training.plateau, head.training.penalty) == (None, 1.0)


def test_more_values_than_images_are_fitted(clouds: Clouds, space: LabelSpace) -> None:
    embeddings, labels = clouds(4, width=40)
    head = fit_ridge(embeddings, labels, label_space=space)
    assert (head.predict_scores(embeddings).argmax(axis=1) == labels).mean() > 0.9


def test_groups_that_do_not_fit_are_refused(clouds: Clouds, space: LabelSpace) -> None:
    with pytest.raises(ManifestError, match="for each of the 36 training images; got 2"):
        fit_ridge(*clouds(), label_space=space, groups=["a", "b"])


def test_a_penalty_of_zero_is_refused() -> None:
    with pytest.raises(StudyError, match="'penalty' must be a finite number above 0; got 0"):
        RidgeSettings(penalty=0)
