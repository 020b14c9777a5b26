from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from fieldmark.core.errors import StoreError, StudyError
from fieldmark.embeddings.table import EmbeddingSet
from fieldmark.heads import neighbours
from fieldmark.heads.neighbours import KnnSettings, fit_knn
from fieldmark.manifest.labels import LabelSpace
from fieldmark.predictions.header import ScoreKind

Clouds = Callable[..., tuple[EmbeddingSet, np.ndarray]]


def test_it_recognises_new_vectors(clouds: Clouds, space: LabelSpace) -> None:
    head = fit_knn(*clouds(), label_space=space)
    embeddings, labels = clouds(seed=1)
    assert (head.predict_scores(embeddings).argmax(axis=1) == labels).mean() > 0.9


@pytest.mark.parametrize("temperature", [None, 0.01, 1.0, 1e6])
def test_scores_are_probabilities_that_sum_to_one(
    clouds: Clouds, space: LabelSpace, temperature: float | None
) -> None:
    settings = KnnSettings(neighbours=7, temperature=temperature)
    head = fit_knn(*clouds(), label_space=space, settings=settings)
    scores = head.predict_scores(clouds(seed=1, spread=3.0)[0])
    assert head.score_kind is ScoreKind.PROBABILITIES
    assert scores.dtype == np.float32
    assert scores.sum(axis=1) == pytest.approx(1, abs=1e-6)
    assert scores.min() >= 0


def test_the_plain_vote_counts_neighbours(embed: Any, space: LabelSpace) -> None:
    training = embed([[1, 0], [1, 0.1], [1, 0.2], [0, 1]])
    head = fit_knn(
        training,
        np.array([2, 0, 2, 1]),
        label_space=space,
        settings=KnnSettings(neighbours=3, temperature=None),
    )
    assert head.predict_scores(embed([[5, 0]], "q"))[0] == pytest.approx([1 / 3, 0, 2 / 3])


def test_the_weighted_vote_is_a_softmax_of_cosines(embed: Any, space: LabelSpace) -> None:
    training = embed([[1, 0], [1, 1], [0, 1]])
    settings = KnnSettings(neighbours=3, temperature=0.5)
    head = fit_knn(training, np.array([0, 1, 0]), label_space=space, settings=settings)
    weights = np.exp(np.array([1, np.sqrt(0.5), 0]) / 0.5)
    expected = np.array([weights[0] + weights[2], weights[1], 0]) / weights.sum()
    assert head.predict_scores(embed([[3, 0]], "q"))[0] == pytest.approx(expected, abs=1e-6)


def test_a_small_temperature_lets_the_nearest_decide_and_does_not_overflow(
    embed: Any, space: LabelSpace
) -> None:
    training = embed([[1, 0], [1, 0.1], [1, 0.2]])
    settings = KnnSettings(neighbours=3, temperature=1e-6)
    head = fit_knn(training, np.array([2, 0, 0]), label_space=space, settings=settings)
    assert head.predict_scores(embed([[1, 0]], "q")).tolist() == [[0.0, 0.0, 1.0]]


def test_equal_shares_go_to_the_first_class(embed: Any, space: LabelSpace) -> None:
    training = embed([[1, 0.1], [1, -0.1]])
    head = fit_knn(
        training,
        np.array([2, 1]),
        label_space=space,
        settings=KnnSettings(neighbours=2, temperature=None),
    )
    scores = head.predict_scores(embed([[1, 0]], "q"))
    assert scores.tolist() == [[0.0, 0.5, 0.5]]
    assert scores.argmax(axis=1).tolist() == [1]


def test_length_of_the_vectors_does_not_count(
    clouds: Clouds, embed: Any, space: LabelSpace
) -> None:
    embeddings, labels = clouds()
    head = fit_knn(embeddings, labels, label_space=space)
    longer = fit_knn(embed(embeddings.vectors * 8), labels, label_space=space)
    queries = clouds(seed=1)[0]
    assert np.array_equal(head.predict_scores(queries), longer.predict_scores(queries))


def test_scores_in_blocks_equal_one_block(
    clouds: Clouds, space: LabelSpace, monkeypatch: pytest.MonkeyPatch
) -> None:
    head = fit_knn(*clouds(), label_space=space)
    embeddings, _ = clouds(seed=1)
    whole = head.predict_scores(embeddings)
    monkeypatch.setattr(neighbours, "_ROWS", 5)
    assert np.array_equal(head.predict_scores(embeddings), whole)


def test_no_images_give_no_scores(clouds: Clouds, space: LabelSpace) -> None:
    head = fit_knn(*clouds(), label_space=space)
    assert head.predict_scores(clouds()[0].select([])).shape == (0, 3)


def test_as_many_neighbours_as_images_are_allowed_and_no_more(
    embed: Any, space: LabelSpace
) -> None:
    training, labels = embed([[1, 0], [0, 1]]), np.array([0, 1])
    fit_knn(training, labels, label_space=space, settings=KnnSettings(neighbours=2))
    message = r"got 3 neighbours and 2 training images\. Write a smaller `neighbours`"
    with pytest.raises(StudyError, match=message):
        fit_knn(training, labels, label_space=space, settings=KnnSettings(neighbours=3))


def test_a_vector_without_a_direction_is_refused(embed: Any, space: LabelSpace) -> None:
    with pytest.raises(StoreError, match="1 vector of 2 are all zeros"):
        fit_knn(
            embed([[0, 0], [0, 1]]),
            np.array([0, 1]),
            label_space=space,
            settings=KnnSettings(neighbours=1),
        )


@pytest.mark.parametrize(("name", "value"), [("neighbours", 0), ("temperature", 0.0)])
def test_settings_out_of_range_are_refused(name: str, value: Any) -> None:
    with pytest.raises(StudyError, match=f"The head setting '{name}' must be a"):
        KnnSettings(**{name: value})
