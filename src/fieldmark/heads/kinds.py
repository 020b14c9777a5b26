"""The kinds of heads that a study may name, and how each is fitted."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeAlias

from fieldmark.core.checks import unknown_choice
from fieldmark.core.errors import StudyError
from fieldmark.embeddings.table import EmbeddingSet
from fieldmark.heads.head import Head
from fieldmark.heads.hierarchical import HierarchicalHead, fit_hierarchical
from fieldmark.heads.hierarchical_settings import HierarchicalSettings
from fieldmark.heads.linear import LinearHead, LinearSettings, Monitor, fit_linear
from fieldmark.heads.logistic import LogisticHead, LogisticSettings, fit_logistic
from fieldmark.heads.mlp import MlpHead, MlpSettings, fit_mlp
from fieldmark.heads.neighbours import KnnHead, KnnSettings, fit_knn
from fieldmark.heads.origin import PositionArray
from fieldmark.heads.prototypes import PrototypeHead, PrototypeSettings, fit_prototypes
from fieldmark.heads.ridge import RidgeHead, RidgeSettings, fit_ridge
from fieldmark.manifest.labels import LabelSpace
from fieldmark.manifest.taxonomy import Taxonomy

Settings: TypeAlias = (
    LinearSettings
    | LogisticSettings
    | RidgeSettings
    | MlpSettings
    | KnnSettings
    | PrototypeSettings
    | HierarchicalSettings
)


@dataclasses.dataclass(frozen=True, slots=True)
class HeadKind:
    """One kind of head.

    Attributes:
        head: the record.
        settings: its settings.
        fit: the function that fits it.
        seeded: whether it is trained from a seed and can be monitored; otherwise every seed gives
            the same head.
        searches: whether it may choose a setting on parts of the training images, and so must know
            which of them belong together.
        climbs: whether it learns the ranks above the classes, and so must know the taxonomy.
    """

    head: type[Head]
    settings: type[Settings]
    fit: Callable[..., Head]
    seeded: bool
    searches: bool = False
    climbs: bool = False


HEAD_KINDS: Final[Mapping[str, HeadKind]] = {
    "linear": HeadKind(LinearHead, LinearSettings, fit_linear, seeded=True),
    "logistic": HeadKind(LogisticHead, LogisticSettings, fit_logistic, seeded=False, searches=True),
    "ridge": HeadKind(RidgeHead, RidgeSettings, fit_ridge, seeded=False, searches=True),
    "mlp": HeadKind(MlpHead, MlpSettings, fit_mlp, seeded=True),
    "knn": HeadKind(KnnHead, KnnSettings, fit_knn, seeded=False),
    "prototypes": HeadKind(PrototypeHead, PrototypeSettings, fit_prototypes, seeded=False),
    "hierarchical": HeadKind(
        HierarchicalHead, HierarchicalSettings, fit_hierarchical, seeded=True, climbs=True
    ),
}


def head_kind(name: str) -> HeadKind:
    """Return the kind of that name.

    Raises:
        StudyError: there is no such kind; lists those there are.

    Example:
        >>> head_kind("knn").seeded
        False
    """
    if name not in HEAD_KINDS:
        raise StudyError(unknown_choice("kind of head", name, HEAD_KINDS.keys()))
    return HEAD_KINDS[name]


def settings_of(kind: str, given: Mapping[str, object]) -> Settings:
    """Return the settings of a kind of head, defaults where nothing is given.

    Args:
        kind: name of the kind.
        given: settings by name, as a study file holds them.

    Raises:
        StudyError: the kind or a setting is unknown, or a value is out of range.

    Example:
        >>> settings_of("knn", {"neighbours": 3})
        KnnSettings(neighbours=3, temperature=0.05)
    """
    entry = head_kind(kind)
    known = [field.name for field in dataclasses.fields(entry.settings)]
    for name in given:
        if name not in known:
            raise StudyError(unknown_choice(f"setting of the head '{kind}'", name, known))
    build: Callable[..., Settings] = entry.settings
    return build(**given)


def fit_head(
    kind: str,
    embeddings: EmbeddingSet,
    *,
    labels: PositionArray,
    label_space: LabelSpace,
    settings: Mapping[str, object],
    seed: int,
    monitor: Monitor | None = None,
    groups: Sequence[object] | None = None,
    taxonomy: Taxonomy | None = None,
) -> Head:
    """Return a head of the kind that a study names.

    Args:
        kind: a name in `HEAD_KINDS`, such as "linear".
        embeddings: the training images.
        labels: integer array (n_images,), positions in the label space, row by row.
        label_space: the classes.
        settings: by name; what is absent takes its default.
        seed: of a head that is trained from one; others do not depend on it.
        monitor: of a head that is trained in epochs; others are not monitored.
        groups: what belongs together, one for each image; counts where a head chooses a setting on
            parts of the training images. None lets each image stand alone.
        taxonomy: the ranks above the classes; counts where a head learns them.

    Raises:
        StudyError: the kind or a setting is unknown or out of range, training diverged, or the
            head needs a taxonomy and there is none.
        ManifestError: labels do not fit the embeddings or the label space.
        StoreError: a vector is all zeros where its direction is needed.

    Example:
        >>> import numpy as np
        >>> embeddings = EmbeddingSet(("a",), np.ones((1, 2), dtype=np.float32), {}, {})
        >>> labels, trees = np.array([0]), LabelSpace(("ash",))
        >>> fit_head(
        ...     "prototypes", embeddings, labels=labels, label_space=trees, settings={}, seed=0
        ... ).kind
        'prototypes'
    """
    entry = head_kind(kind)
    chosen = settings_of(kind, settings)
    tree = {"taxonomy": taxonomy} if entry.climbs else {}
    if entry.seeded:
        return entry.fit(
            embeddings,
            labels,
            label_space=label_space,
            settings=chosen,
            seed=seed,
            monitor=monitor,
            **tree,
        )
    grouping = {"groups": groups} if entry.searches else {}
    return entry.fit(embeddings, labels, label_space=label_space, settings=chosen, **grouping)
