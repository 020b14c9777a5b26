"""Embeddings that the cells of one run share: a backbone is opened once, an image read once."""

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np

from fieldmark.backbones.encoders import Encoder, open_encoder
from fieldmark.backbones.specs import BackboneSpec
from fieldmark.core.progress import Progress
from fieldmark.embeddings.encoder_stores import open_store
from fieldmark.embeddings.extraction import extract
from fieldmark.embeddings.table import EmbeddingSet
from fieldmark.workflows.ground import Ground
from fieldmark.workflows.regions import regions_of


class SharedEmbeddings:
    """The vectors under one backbone at a time, which folds, seeds and heads have in common.

    They depend on images, contract and network alone, never on a split; what is fitted to them is
    fitted by each cell, on its own training part. Files are taken to stay as they are while a
    study runs. Another backbone takes the place of the one before.
    """

    def __init__(self) -> None:
        self._opened: tuple[BackboneSpec, Encoder] | None = None
        self._known: EmbeddingSet | None = None

    def encoder(self, backbone: BackboneSpec) -> Encoder:
        """Return the open backbone.

        Raises:
            WeightsError: its weights do not load.
        """
        if self._opened is None or self._opened[0] != backbone:
            self._known = None
            self._opened = (backbone, open_encoder(backbone))
        return self._opened[1]

    def of_parts(
        self, ground: Ground, backbone: BackboneSpec, parts: Sequence[str], progress: Progress
    ) -> dict[str, EmbeddingSet]:
        """Return the embeddings of each part of a cell's split.

        Args:
            ground: what the cell sees.
            backbone: what embeds.
            parts: names of parts.
            progress: who is told how far the work is.

        Raises:
            ImageError: an image is unreadable, and the study does not leave such images out.
            WeightsError, StoreError: as `open_encoder` and `extract`.
        """
        encoder = self.encoder(backbone)
        wanted = {part: ground.split.ids(part) for part in parts}
        known = self._extended(ground, encoder, wanted, progress)
        left_out = set(known.excluded)
        found = {}
        for part, ids in wanted.items():
            own = known.select([id_ for id_ in ids if id_ not in left_out])
            excluded = tuple(id_ for id_ in ids if id_ in left_out)
            found[part] = dataclasses.replace(own, excluded=excluded)
        return found

    def _extended(
        self,
        ground: Ground,
        encoder: Encoder,
        wanted: Mapping[str, Sequence[str]],
        progress: Progress,
    ) -> EmbeddingSet:
        """Return what is known, after what is missing of the wanted ids was looked up."""
        known = self._known
        there = set() if known is None else {*known.ids, *known.excluded}
        for ids in wanted.values():
            missing = [id_ for id_ in ids if id_ not in there]
            if missing or known is None:
                found = embeddings_of(ground, encoder, missing, progress)
                known = found if known is None else _joined(known, found)
                there.update(missing)
        self._known = known
        return known if known is not None else embeddings_of(ground, encoder, [], progress)


def embeddings_of(
    ground: Ground, encoder: Encoder, ids: Sequence[str], progress: Progress
) -> EmbeddingSet:
    """Return the embeddings of images; what was computed before is read from the study's store.

    Raises:
        ImageError: an image is unreadable, and the study does not leave such images out.
        StoreError: the store is damaged.
        StudyError: the backbone asks for masks or boxes that the study does not name.
    """
    store = open_store(ground.results / "embeddings", encoder)
    paths, regions = {}, None
    if ids:
        images = ground.manifest.select(ids)
        paths = dict(zip(images.ids, images.image_paths(), strict=True))
        regions = regions_of(images, encoder.contract)
    return extract(
        paths,
        encoder,
        store,
        regions=regions,
        policy=ground.file.study.data.unreadable,
        progress=progress,
    )


def _joined(first: EmbeddingSet, second: EmbeddingSet) -> EmbeddingSet:
    return dataclasses.replace(
        first,
        ids=(*first.ids, *second.ids),
        vectors=np.concatenate([first.vectors, second.vectors]),
        excluded=(*first.excluded, *second.excluded),
    )
