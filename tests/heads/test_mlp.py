from collections.abc import Callable

import numpy as np
import pytest
import torch

from fieldmark.core.errors import StudyError
from fieldmark.embeddings.table import EmbeddingSet
from fieldmark.heads.mlp import MlpSettings, fit_mlp
from fieldmark.manifest.labels import LabelSpace

Clouds = Callable[..., tuple[EmbeddingSet, np.ndarray]]
QUICK = MlpSettings(hidden=16, epochs=30)


def test_it_learns_what_no_line_can(
    embed: Callable[..., EmbeddingSet],
) -> None:
    generator = np.random.default_rng(0)
    vectors = generator.normal(size=(200, 2))
    labels = (vectors[:, 0] * vectors[:, 1] > 0).astype(np.int64)
    head = fit_mlp(
        embed(vectors), labels, label_space=LabelSpace(("a", "b")), seed=0, settings=QUICK
    )
    assert (head.predict_scores(embed(vectors)).argmax(axis=1) == labels).mean() > 0.85


def test_the_same_seed_gives_the_same_head_whatever_the_global_generator(
    clouds: Clouds, space: LabelSpace
) -> None:
    digests = []
    for state, seed in ((1, 0), (2, 0), (1, 1)):
        torch.manual_seed(state)
        settings = MlpSettings(hidden=4, epochs=2)
        digests.append(fit_mlp(*clouds(), label_space=space, seed=seed, settings=settings).digest)
    assert digests[0] == digests[1] != digests[2]


def test_the_best_epoch_is_kept_and_patience_ends_the_training(
    clouds: Clouds, space: LabelSpace
) -> None:
    told = iter([0.1, 0.9, 0.3, 0.2, 0.8])
    settings = MlpSettings(hidden=4, epochs=9, patience=2)
    head = fit_mlp(
        *clouds(), label_space=space, seed=0, settings=settings, monitor=lambda _: next(told)
    )
    assert head.training.best_epoch == 2
    assert head.training.monitor_curve == (0.1, 0.9, 0.3, 0.2)
    short = MlpSettings(hidden=4, epochs=9)
    whole = fit_mlp(*clouds(), label_space=space, seed=0, settings=short)
    assert whole.training.loss_curve[:4] == head.training.loss_curve


def test_each_row_is_scored_as_if_alone(clouds: Clouds, space: LabelSpace) -> None:
    embeddings, labels = clouds()
    head = fit_mlp(embeddings, labels, label_space=space, seed=0, settings=QUICK)
    whole = head.predict_scores(embeddings)
    alone = head.predict_scores(embeddings.select(embeddings.ids[5:6]))
    assert alone[0] == pytest.approx(whole[5], abs=1e-6)


def test_without_dropout_and_with_balanced_classes(clouds: Clouds, space: LabelSpace) -> None:
    embeddings, labels = clouds()
    settings = MlpSettings(hidden=8, epochs=20, dropout=0.0, class_weights="balanced")
    head = fit_mlp(embeddings, labels, label_space=space, seed=0, settings=settings)
    assert head.training.loss_curve[-1] < head.training.loss_curve[0]


@pytest.mark.parametrize("dropout", [1.0, 1])
def test_leaving_all_out_is_refused(dropout: float) -> None:
    with pytest.raises(StudyError, match="'dropout' must be below 1; got 1"):
        MlpSettings(dropout=dropout)
