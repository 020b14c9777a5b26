from collections.abc import Callable, Mapping

import numpy as np
import pytest

from fieldmark.core.errors import StudyError
from fieldmark.embeddings.table import EmbeddingSet
from fieldmark.heads.kinds import HEAD_KINDS, fit_head, settings_of
from fieldmark.heads.linear import LinearSettings
from fieldmark.manifest.labels import LabelSpace
from fieldmark.manifest.taxonomy import Taxonomy

Clouds = Callable[..., tuple[EmbeddingSet, np.ndarray]]

QUICK: Mapping[str, Mapping[str, object]] = {
    "linear": {"epochs": 3},
    "logistic": {"inner_folds": 2},
    "ridge": {},
    "mlp": {"epochs": 3, "hidden": 8},
    "knn": {"neighbours": 3},
    "prototypes": {"scale": 10.0},
    "hierarchical": {"structure": "ranks", "epochs": 3},
}


@pytest.mark.parametrize("kind", sorted(HEAD_KINDS))
def test_every_kind_is_fitted_by_name(
    kind: str, clouds: Clouds, space: LabelSpace, tree: Taxonomy
) -> None:
    embeddings, labels = clouds()
    head = fit_head(
        kind,
        embeddings,
        labels=labels,
        label_space=space,
        settings=QUICK[kind],
        seed=0,
        taxonomy=tree,
    )
    assert head.kind == kind
    assert type(head) is HEAD_KINDS[kind].head
    assert head.predict_scores(embeddings).shape == (36, 3)
    assert head.label_space == space


@pytest.mark.parametrize("kind", sorted(HEAD_KINDS))
def test_the_seed_counts_for_seeded_kinds_alone(
    kind: str, clouds: Clouds, space: LabelSpace, tree: Taxonomy
) -> None:
    embeddings, labels = clouds()
    one, two = (
        fit_head(
            kind,
            embeddings,
            labels=labels,
            label_space=space,
            settings=QUICK[kind],
            seed=seed,
            taxonomy=tree,
        )
        for seed in (0, 1)
    )
    assert (one.digest != two.digest) is HEAD_KINDS[kind].seeded


def test_the_monitor_reaches_the_linear_head(clouds: Clouds, space: LabelSpace) -> None:
    seen: list[float] = []
    embeddings, labels = clouds()
    fit_head(
        "linear",
        embeddings,
        labels=labels,
        label_space=space,
        settings={"epochs": 2},
        seed=0,
        monitor=lambda head: seen.append(1.0) or 1.0,
    )
    assert len(seen) == 2


def test_settings_that_are_not_given_take_their_defaults() -> None:
    assert settings_of("linear", {"epochs": 7}) == LinearSettings(epochs=7)
    assert settings_of("linear", {}) == LinearSettings()


def test_an_unknown_kind_lists_the_choices() -> None:
    message = (
        r"Unknown kind of head 'linaer'; did you mean 'linear'\? .* hierarchical, knn, linear,"
    )
    with pytest.raises(StudyError, match=message):
        settings_of("linaer", {})


def test_an_unknown_setting_lists_the_choices() -> None:
    message = r"setting of the head 'knn' 'neighbors'; did you mean 'neighbours'\? .* temperature\."
    with pytest.raises(StudyError, match=message):
        settings_of("knn", {"neighbors": 3})


def test_groups_reach_the_heads_that_search(
    clouds: Clouds, space: LabelSpace, tree: Taxonomy
) -> None:
    embeddings, labels = clouds()
    for kind in sorted(HEAD_KINDS):
        head = fit_head(
            kind,
            embeddings,
            labels=labels,
            label_space=space,
            settings=QUICK[kind],
            seed=0,
            groups=["one"] * 36,
            taxonomy=tree,
        )
        if HEAD_KINDS[kind].searches:
            assert head.training.plateau is None
