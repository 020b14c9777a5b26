from collections.abc import Callable

import numpy as np
import pytest

from fieldmark.core.errors import ManifestError, StudyError
from fieldmark.embeddings.table import EmbeddingSet
from fieldmark.heads.logistic import LogisticSettings, fit_logistic
from fieldmark.manifest.labels import LabelSpace

Clouds = Callable[..., tuple[EmbeddingSet, np.ndarray]]


def test_the_penalty_is_chosen_by_inner_folds_and_reported(
    clouds: Clouds, space: LabelSpace
) -> None:
    embeddings, labels = clouds(spread=1.0)
    head = fit_logistic(embeddings, labels, label_space=space)
    plateau = head.training.plateau
    assert plateau is not None
    assert head.training.inverse_penalty == plateau.chosen
    assert plateau.values == (1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1.0, 10.0)
    assert plateau.losses[0] == pytest.approx(np.log(3), abs=0.05)
    assert min(plateau.losses) < 0.9
    assert plateau.chosen in plateau.within
    assert head.training.gradient <= 1e-6
    assert (head.predict_scores(embeddings).argmax(axis=1) == labels).mean() > 0.6


def test_torn_groups_would_choose_another_penalty(clouds: Clouds, space: LabelSpace) -> None:
    embeddings, labels = clouds(6, spread=3.0)
    twice = EmbeddingSet(
        tuple(map(str, range(36))), np.repeat(embeddings.vectors, 2, axis=0), {}, {}
    )
    labels = np.repeat(labels, 2)
    torn = fit_logistic(twice, labels, label_space=space)
    whole = fit_logistic(twice, labels, label_space=space, groups=[r // 2 for r in range(36)])
    assert whole.training.inverse_penalty < torn.training.inverse_penalty


def test_a_given_penalty_is_not_searched(clouds: Clouds, space: LabelSpace) -> None:
    head = fit_logistic(*clouds(), label_space=space, settings=LogisticSettings(0.3))
    assert (head.training.plateau, head.training.inverse_penalty) == (None, 0.3)


def test_one_group_is_not_searched(clouds: Clouds, space: LabelSpace) -> None:
    head = fit_logistic(*clouds(), label_space=space, groups=["one"] * 36)
    assert (head.training.plateau, head.training.inverse_penalty) == (None, 1.0)


def test_balanced_weights_raise_the_rare_class(clouds: Clouds, space: LabelSpace) -> None:
    embeddings, labels = clouds(spread=3.0)
    kept = np.flatnonzero((labels != 2) | (np.arange(36) < 9))
    known, rare = embeddings.select([embeddings.ids[row] for row in kept]), labels[kept]
    plain, balanced = (
        fit_logistic(
            known, rare, label_space=space, settings=LogisticSettings(0.01, class_weights=kind)
        ).predict_scores(known)
        for kind in ("none", "balanced")
    )
    assert (balanced.argmax(axis=1) == 2).sum() > (plain.argmax(axis=1) == 2).sum()


def test_a_class_without_images_is_never_the_answer(clouds: Clouds) -> None:
    embeddings, labels = clouds()
    wide = LabelSpace(("ash", "elm", "oak", "yew"))
    scores = fit_logistic(embeddings, labels, label_space=wide).predict_scores(embeddings)
    assert np.isfinite(scores).all()
    assert scores.argmax(axis=1).max() == 2


def test_one_class_is_refused(embed: Callable[..., EmbeddingSet]) -> None:
    with pytest.raises(ManifestError, match="needs at least two classes; got one"):
        fit_logistic(embed([[1.0]]), np.array([0]), label_space=LabelSpace(("ash",)))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"inverse_penalty": 0}, "'inverse_penalty' must be a finite number above 0; got 0"),
        ({"inner_folds": 1}, "'inner_folds' must be a whole number of at least 2; got 1"),
        ({"class_weights": "balance"}, "balance"),
    ],
)
def test_settings_out_of_range_are_refused(given: dict[str, object], message: str) -> None:
    with pytest.raises(StudyError, match=message):
        LogisticSettings(**given)
