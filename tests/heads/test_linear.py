from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from fieldmark.core.errors import ManifestError
from fieldmark.embeddings.table import EmbeddingSet
from fieldmark.heads import linear_scores
from fieldmark.heads.linear import LinearHead, LinearSettings, fit_linear
from fieldmark.manifest.labels import LabelSpace
from fieldmark.predictions.header import ScoreKind

Clouds = Callable[..., tuple[EmbeddingSet, np.ndarray]]
QUICK = LinearSettings(epochs=8)


@pytest.fixture
def head(clouds: Clouds, space: LabelSpace) -> LinearHead:
    return fit_linear(*clouds(), label_space=space, seed=0, settings=QUICK)


def accuracy(head: LinearHead, embeddings: EmbeddingSet, labels: np.ndarray) -> float:
    return float((head.predict_scores(embeddings).argmax(axis=1) == labels).mean())


def test_it_learns_clouds_and_recognises_new_vectors(clouds: Clouds, space: LabelSpace) -> None:
    head = fit_linear(*clouds(), label_space=space, seed=0)
    assert accuracy(head, *clouds(seed=1)) > 0.9


def test_scores_are_logits_of_every_class(head: LinearHead, clouds: Clouds) -> None:
    scores = head.predict_scores(clouds(seed=1)[0])
    assert head.score_kind is ScoreKind.LOGITS
    assert scores.shape == (36, 3)
    assert scores.dtype == np.float32


def test_scores_equal_the_slow_formula(head: LinearHead, clouds: Clouds) -> None:
    embeddings, _ = clouds(seed=1)
    scores = head.predict_scores(embeddings)
    for vector, row in zip(embeddings.vectors, scores, strict=True):
        standard = [(v - m) / s for v, m, s in zip(vector, head.mean, head.scale, strict=True)]
        for weights, bias, score in zip(head.weights, head.bias, row, strict=True):
            assert score == pytest.approx(np.dot(weights, standard) + bias, abs=1e-5)


def test_scores_in_blocks_equal_one_block(
    head: LinearHead, clouds: Clouds, monkeypatch: pytest.MonkeyPatch
) -> None:
    embeddings, _ = clouds(seed=1)
    whole = head.predict_scores(embeddings)
    monkeypatch.setattr(linear_scores, "_ROWS", 5)
    assert np.array_equal(head.predict_scores(embeddings), whole)


def test_no_images_give_no_scores(head: LinearHead, clouds: Clouds) -> None:
    assert head.predict_scores(clouds()[0].select([])).shape == (0, 3)


def test_values_that_never_vary_do_no_harm(embed: Any, space: LabelSpace) -> None:
    embeddings = embed([[7.0, 0.0, 1e-9], [7.0, 1.0, 2e-9], [7.0, 2.0, 3e-9]])
    head = fit_linear(embeddings, np.arange(3), label_space=space, seed=0, settings=QUICK)
    assert head.scale[0] == 1.0
    assert head.scale[2] == pytest.approx(np.std([1e-9, 2e-9, 3e-9]))
    assert np.isfinite(head.predict_scores(embeddings)).all()


def test_a_class_without_images_gets_a_low_column(clouds: Clouds) -> None:
    space = LabelSpace(("ash", "elm", "oak", "yew"))
    embeddings, labels = clouds()
    head = fit_linear(embeddings, labels, label_space=space, seed=0)
    assert (head.predict_scores(embeddings).argmax(axis=1) < 3).all()


def test_one_class_alone_is_always_chosen(embed: Any) -> None:
    space = LabelSpace(("ash",))
    embeddings = embed([[1.0, 2.0], [2.0, 1.0]])
    head = fit_linear(embeddings, np.zeros(2, int), label_space=space, seed=0, settings=QUICK)
    assert head.training.loss_curve == (0.0,) * 8
    assert head.predict_scores(embeddings).shape == (2, 1)


def test_one_image_alone_can_be_learnt_from(embed: Any, space: LabelSpace) -> None:
    embeddings = embed([[1.0, 2.0]])
    head = fit_linear(embeddings, np.array([1]), label_space=space, seed=0)
    assert head.predict_scores(embeddings).argmax() == 1


def test_the_record_says_what_happened(head: LinearHead) -> None:
    record = head.training
    assert record.seed == 0
    assert record.best_epoch == len(record.loss_curve) == 8
    assert record.loss_curve[-1] < record.loss_curve[0]
    assert record.first_loss == pytest.approx(np.log(3), abs=0.05)
    assert len(record.first_batch_digest) == 64
    assert record.monitor_curve == ()


def test_the_monitor_sees_every_epoch_and_the_best_is_kept(
    clouds: Clouds, space: LabelSpace
) -> None:
    seen: list[LinearHead] = []
    said = [0.2, 0.9, 0.4, 0.9]

    def monitor(head: LinearHead) -> float:
        seen.append(head)
        return said[len(seen) - 1]

    kept = fit_linear(
        *clouds(), label_space=space, seed=0, settings=LinearSettings(epochs=4), monitor=monitor
    )
    assert [head.training.best_epoch for head in seen] == [1, 2, 3, 4]
    assert kept.training.best_epoch == 2
    assert kept.training.monitor_curve == (0.2, 0.9, 0.4, 0.9)
    assert np.array_equal(kept.weights, seen[1].weights)
    assert not np.array_equal(kept.weights, seen[3].weights)


def test_the_monitor_changes_nothing_but_the_choice(clouds: Clouds, space: LabelSpace) -> None:
    alone = fit_linear(*clouds(), label_space=space, seed=0, settings=QUICK)
    watched = fit_linear(
        *clouds(),
        label_space=space,
        seed=0,
        settings=QUICK,
        monitor=lambda head: head.training.best_epoch,
    )
    assert np.array_equal(alone.weights, watched.weights)
    assert alone.training.loss_curve == watched.training.loss_curve


def test_patience_ends_the_training(clouds: Clouds, space: LabelSpace) -> None:
    settings = LinearSettings(epochs=50, patience=2)
    head = fit_linear(
        *clouds(), label_space=space, seed=0, settings=settings, monitor=lambda _: 0.5
    )
    assert head.training.best_epoch == 1
    assert len(head.training.loss_curve) == 3


def test_arrays_and_record_are_read_only(head: LinearHead) -> None:
    for array in head.arrays().values():
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0


def test_the_digest_follows_the_content(clouds: Clouds, space: LabelSpace) -> None:
    fit = [
        fit_linear(*clouds(), label_space=space, seed=seed, settings=QUICK) for seed in (0, 0, 1)
    ]
    assert fit[0].digest == fit[1].digest != fit[2].digest


def test_labels_that_do_not_fit_are_refused(clouds: Clouds, space: LabelSpace) -> None:
    embeddings, labels = clouds()
    with pytest.raises(ManifestError, match="one whole-number label for each of the 36"):
        fit_linear(embeddings, labels[:-1], label_space=space, seed=0)
