"""The hierarchical head on clouds: it learns, repeats, keeps the best epoch, and can be read."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch

from fieldmark.core.errors import StudyError, TaxonomyError
from fieldmark.embeddings.table import EmbeddingSet
from fieldmark.heads.hierarchical import HierarchicalHead, fit_hierarchical
from fieldmark.heads.hierarchical_settings import HierarchicalSettings
from fieldmark.heads.linear import LinearSettings, fit_linear
from fieldmark.heads.storage import load_head, save_head
from fieldmark.manifest.labels import LabelSpace
from fieldmark.manifest.taxonomy import Taxonomy, build_taxonomy

Clouds = Callable[..., tuple[EmbeddingSet, np.ndarray]]
QUICK: dict[str, Any] = {"epochs": 40, "learning_rate": 0.02}
EVERY = [
    HierarchicalSettings(**QUICK),
    HierarchicalSettings(**QUICK, loss="logit-adjusted"),
    HierarchicalSettings(**QUICK, loss="ancestors", class_weights="balanced"),
    HierarchicalSettings(**QUICK, loss="hxe", level_decay=0.5),
    HierarchicalSettings(**QUICK, loss="soft-labels", sharpness=4.0),
    HierarchicalSettings(**QUICK, structure="ranks", rank_weights={"family": 1, "species": 3}),
    HierarchicalSettings(**QUICK, structure="siblings", class_weights="balanced"),
    HierarchicalSettings(**QUICK, structure="fine-to-coarse", hidden=8),
]


def fitted(
    clouds: Clouds, tree: Taxonomy, settings: HierarchicalSettings, seed: int = 0
) -> HierarchicalHead:
    embeddings, labels = clouds()
    return fit_hierarchical(
        embeddings, labels, label_space=tree.leaves, taxonomy=tree, seed=seed, settings=settings
    )


@pytest.mark.parametrize("settings", EVERY, ids=lambda one: f"{one.structure}-{one.loss}")
def test_every_structure_and_loss_learns_and_is_stored(
    settings: HierarchicalSettings, clouds: Clouds, tree: Taxonomy, tmp_path: Path
) -> None:
    head = fitted(clouds, tree, settings)
    embeddings, labels = clouds()
    scores = head.predict_scores(embeddings)
    assert (scores.argmax(axis=1) == labels).mean() > 0.9
    assert head.training.loss_curve[-1] < head.training.loss_curve[0]
    save_head(head, tmp_path / "head")
    again = load_head(tmp_path / "head")
    assert np.array_equal(again.predict_scores(embeddings), scores)
    assert again.digest == head.digest
    alone = again.predict_scores(embeddings.select(embeddings.ids[5:6]))
    assert np.array_equal(alone[0], scores[5])


def test_heads_of_ranks_can_be_read_and_others_have_none(clouds: Clouds, tree: Taxonomy) -> None:
    embeddings, labels = clouds()
    for structure, has_own in (("ranks", True), ("fine-to-coarse", True), ("siblings", False)):
        settings = HierarchicalSettings(structure=structure, epochs=40)  # type: ignore[arg-type]
        head = fitted(clouds, tree, settings)
        raw = head.rank_scores_of(embeddings.vectors)
        assert (raw is not None) is has_own
        if raw is None:
            continue
        families, leaves = raw
        assert (families.shape, leaves.shape) == ((36, 2), (36, 3))
        assert (families.argmax(axis=1) == tree.ancestors("family")[labels]).mean() > 0.9
        logs = [torch.log_softmax(torch.from_numpy(part), dim=1).numpy() for part in raw]
        joint = logs[0][:, tree.ancestors("family")] + logs[1]
        np.testing.assert_allclose(head.scores_of(embeddings.vectors), joint, atol=1e-4)


def test_other_kinds_of_heads_have_no_scores_of_ranks(clouds: Clouds, space: LabelSpace) -> None:
    embeddings, labels = clouds()
    head = fit_linear(
        embeddings, labels, label_space=space, seed=0, settings=LinearSettings(epochs=1)
    )
    assert head.rank_scores_of(embeddings.vectors) is None


def test_the_same_seed_gives_the_same_head_whatever_the_global_generator(
    clouds: Clouds, tree: Taxonomy
) -> None:
    for structure in ("siblings", "fine-to-coarse"):
        settings = HierarchicalSettings(structure=structure, epochs=2)  # type: ignore[arg-type]
        digests = []
        for state, seed in ((1, 0), (2, 0), (1, 1)):
            torch.manual_seed(state)
            digests.append(fitted(clouds, tree, settings, seed).digest)
        assert digests[0] == digests[1] != digests[2]


def test_the_best_epoch_is_kept_and_patience_ends_the_training(
    clouds: Clouds, tree: Taxonomy
) -> None:
    told = iter([0.1, 0.9, 0.3, 0.2, 0.8])
    embeddings, labels = clouds()
    head = fit_hierarchical(
        embeddings,
        labels,
        label_space=tree.leaves,
        taxonomy=tree,
        seed=0,
        settings=HierarchicalSettings(structure="ranks", epochs=9, patience=2),
        monitor=lambda _: next(told),
    )
    assert head.training.best_epoch == 2
    assert head.training.monitor_curve == (0.1, 0.9, 0.3, 0.2)
    short = HierarchicalSettings(structure="ranks", epochs=9)
    assert fitted(clouds, tree, short).training.loss_curve[:4] == head.training.loss_curve


def test_unseen_leaves_get_finite_scores(clouds: Clouds, tree: Taxonomy) -> None:
    embeddings, labels = clouds()
    seen = np.flatnonzero(labels < 2)
    some = embeddings.select([embeddings.ids[row] for row in seen])
    for loss in ("cross-entropy", "logit-adjusted", "soft-labels"):
        head = fit_hierarchical(
            some,
            labels[seen],
            label_space=tree.leaves,
            taxonomy=tree,
            seed=0,
            settings=HierarchicalSettings(loss=loss, epochs=30),  # type: ignore[arg-type]
        )
        scores = head.predict_scores(some)
        assert np.isfinite(scores).all()
        assert (scores.argmax(axis=1) == labels[seen]).mean() > 0.9


def test_the_prior_helps_a_rare_class(embed: Callable[..., EmbeddingSet]) -> None:
    generator = np.random.default_rng(0)
    labels = np.repeat([0, 1], [190, 10])
    vectors = labels[:, None] * 1.0 + generator.normal(scale=0.8, size=(200, 3))
    tree = build_taxonomy(pl.DataFrame({"species": ["ash", "oak"]}), ("species",))
    recalls = []
    for loss in ("cross-entropy", "logit-adjusted"):
        head = fit_hierarchical(
            embed(vectors),
            labels,
            label_space=tree.leaves,
            taxonomy=tree,
            seed=0,
            settings=HierarchicalSettings(loss=loss, weight_decay=0.0),  # type: ignore[arg-type]
        )
        found = head.predict_scores(embed(vectors)).argmax(axis=1)
        recalls.append((found[labels == 1] == 1).mean())
    assert recalls[1] > recalls[0] + 0.2


def test_without_a_taxonomy_or_with_another_it_is_refused(
    clouds: Clouds, space: LabelSpace, tree: Taxonomy
) -> None:
    embeddings, labels = clouds()
    with pytest.raises(StudyError, match=r"needs the ranks above .* `data\.ranks`, or take"):
        fit_hierarchical(embeddings, labels, label_space=space, taxonomy=None, seed=0)
    other = LabelSpace(("oak", "elm", "ash"))
    with pytest.raises(TaxonomyError, match="their order differs"):
        fit_hierarchical(embeddings, labels, label_space=other, taxonomy=tree, seed=0)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"hidden": 8}, "`hidden` has no effect with the structure 'leaves'"),
        ({"structure": "fine-to-coarse", "hidden": 0}, "'hidden' must be a whole number"),
        ({"loss": "logit-adjusted", "class_weights": "balanced"}, "correct twice"),
        ({"class_weights": "inverse"}, "'inverse'"),
        ({"structure": "ranks", "loss": "hxe"}, "needs the structure 'leaves'"),
        ({"epochs": 0}, "'epochs' must be"),
        ({"patience": 0}, "'patience' must be"),
        ({"learning_rate": 0}, "'learning_rate' must be"),
    ],
)
def test_settings_that_are_none_are_refused(given: dict[str, object], words: str) -> None:
    with pytest.raises(StudyError, match=words):
        HierarchicalSettings(**given)  # type: ignore[arg-type]
