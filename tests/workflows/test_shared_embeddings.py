from pathlib import Path

import numpy as np
import pytest

from fieldmark.core.progress import SilentProgress
from fieldmark.workflows import shared_embeddings
from fieldmark.workflows.learning import backbone_spec
from fieldmark.workflows.shared_embeddings import SharedEmbeddings, embeddings_of

FOLDS = "data.split={kind: group_kfold, folds: 3, validation: 0}"
PARTS = ["train", "test"]


@pytest.fixture
def ground(fresh: Path, opened):
    return opened(fresh, FOLDS, "protocol.selection=null")


def test_each_image_is_read_once_for_all_folds(ground, monkeypatch: pytest.MonkeyPatch) -> None:
    backbone = backbone_spec(ground.file, ground.file.study.contenders["probe"].backbone)
    read: list[int] = []

    def counted(*arguments, **options):
        read.append(len(arguments[0]))
        return shared_embeddings_extract(*arguments, **options)

    shared_embeddings_extract = shared_embeddings.extract
    monkeypatch.setattr(shared_embeddings, "extract", counted)
    shared = SharedEmbeddings()
    for fold in ground.splits.names:
        own = ground.on(fold)
        found = shared.of_parts(own, backbone, PARTS, SilentProgress())
        for part in PARTS:
            alone = embeddings_of(own, shared.encoder(backbone), own.split.ids(part), _SILENT)
            assert found[part].ids == own.split.ids(part)
            assert np.array_equal(found[part].vectors, alone.vectors)
    by_cells = [count for place, count in enumerate(read) if place in (0, 1)]
    assert sum(by_cells) == len(ground.manifest)
    assert len(read) == 2 + 6


_SILENT = SilentProgress()


def test_unreadable_images_are_counted_in_their_own_part(fresh: Path, opened) -> None:
    ground = opened(fresh, FOLDS, "protocol.selection=null", "data.unreadable=exclude").on("1")
    spoilt = {part: ground.split.ids(part)[0] for part in PARTS}
    for id_ in spoilt.values():
        ground.manifest.image_path(id_).write_bytes(b"no picture")
    backbone = backbone_spec(ground.file, ground.file.study.contenders["probe"].backbone)
    found = SharedEmbeddings().of_parts(ground, backbone, PARTS, _SILENT)
    assert {part: one.excluded for part, one in found.items()} == {
        part: (id_,) for part, id_ in spoilt.items()
    }


def test_another_backbone_takes_the_place_of_the_one_before(ground) -> None:
    shared, own = SharedEmbeddings(), ground.on("1")
    config = ground.file.study.contenders["probe"].backbone
    first = backbone_spec(ground.file, config)
    other = backbone_spec(ground.file, config.model_copy(update={"weights_seed": 1}))
    vectors = [
        shared.of_parts(own, one, ["test"], _SILENT)["test"].vectors for one in (first, other)
    ]
    assert not np.array_equal(*vectors)
    assert np.array_equal(
        vectors[0], shared.of_parts(own, first, ["test"], _SILENT)["test"].vectors
    )
