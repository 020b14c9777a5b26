from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from fieldmark.core.errors import StoreError, StudyError
from fieldmark.embeddings.table import EmbeddingSet
from fieldmark.heads.prototypes import PrototypeSettings, fit_prototypes
from fieldmark.manifest.labels import LabelSpace
from fieldmark.predictions.header import ScoreKind

Clouds = Callable[..., tuple[EmbeddingSet, np.ndarray]]


def test_it_recognises_new_vectors(clouds: Clouds, space: LabelSpace) -> None:
    head = fit_prototypes(*clouds(), label_space=space)
    embeddings, labels = clouds(seed=1)
    assert (head.predict_scores(embeddings).argmax(axis=1) == labels).mean() > 0.9


def test_without_a_scale_scores_are_cosines_to_the_class_means(
    clouds: Clouds, space: LabelSpace
) -> None:
    embeddings, labels = clouds()
    head = fit_prototypes(embeddings, labels, label_space=space)
    assert head.score_kind is ScoreKind.SIMILARITIES
    units = [vector / np.linalg.norm(vector) for vector in embeddings.vectors.astype(float)]
    for index in range(3):
        mean = np.mean(
            [u for u, label in zip(units, labels, strict=True) if label == index], axis=0
        )
        for row, unit in enumerate(units):
            cosine = unit @ mean / np.linalg.norm(mean)
            score = head.predict_scores(embeddings)[row, index]
            assert score == pytest.approx(cosine, abs=1e-6)


def test_with_a_scale_scores_are_probabilities_in_the_same_order(
    clouds: Clouds, space: LabelSpace
) -> None:
    bare = fit_prototypes(*clouds(), label_space=space)
    scaled = fit_prototypes(*clouds(), label_space=space, settings=PrototypeSettings(scale=30.0))
    embeddings, _ = clouds(seed=1)
    scores = scaled.predict_scores(embeddings)
    assert scaled.score_kind is ScoreKind.PROBABILITIES
    assert scores.sum(axis=1) == pytest.approx(1, abs=1e-6)
    assert np.array_equal(scores.argsort(axis=1), bare.predict_scores(embeddings).argsort(axis=1))


def test_a_large_image_counts_no_more_than_a_small_one(embed: Any) -> None:
    space = LabelSpace(("ash",))
    head = fit_prototypes(embed([[100, 0], [0, 1]]), np.zeros(2, int), label_space=space)
    assert head.prototypes[0] == pytest.approx([np.sqrt(0.5)] * 2)


@pytest.mark.parametrize("scale", [None, 10.0])
def test_a_class_without_images_is_as_unlike_as_can_be_and_never_the_answer(
    embed: Any, space: LabelSpace, scale: float | None
) -> None:
    settings = PrototypeSettings(scale=scale)
    head = fit_prototypes(embed([[1, 0]]), np.array([1]), label_space=space, settings=settings)
    scores = head.predict_scores(embed([[2, 0], [0, 1], [-3, 1e-3]]))
    assert (scores[:, 1] > scores[:, [0, 2]].max(axis=1)).all()
    if scale is None:
        assert (scores[:, [0, 2]] == -1).all()
    else:
        assert scores.sum(axis=1) == pytest.approx(1, abs=1e-6)


def test_vectors_that_cancel_out_are_refused(embed: Any) -> None:
    with pytest.raises(StoreError, match="all zeros"):
        fit_prototypes(embed([[1, 0], [-1, 0]]), np.zeros(2, int), label_space=LabelSpace(("ash",)))


def test_no_images_give_no_scores(clouds: Clouds, space: LabelSpace) -> None:
    for settings in (PrototypeSettings(), PrototypeSettings(scale=5.0)):
        head = fit_prototypes(*clouds(), label_space=space, settings=settings)
        assert head.predict_scores(clouds()[0].select([])).shape == (0, 3)


def test_a_scale_out_of_range_is_refused() -> None:
    with pytest.raises(StudyError, match="'scale' must be a finite number above 0; got 0"):
        PrototypeSettings(scale=0)
