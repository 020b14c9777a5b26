import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import numpy as np
import pytest

from fieldmark.core.errors import ImageError, StoreError
from fieldmark.embeddings import extraction
from fieldmark.embeddings.encoder_stores import open_store
from fieldmark.embeddings.extraction import extract
from fieldmark.embeddings.store import EmbeddingStore

Images = dict[str, Path]


class Watcher:
    """A listener that remembers."""

    def __init__(self) -> None:
        self.steps: dict[str, list[int]] = {}
        self.said: list[str] = []

    def step(self, description: str, total: int) -> "Watcher":
        self.steps[description] = [total, 0]
        self._now = self.steps[description]
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None: ...

    def advance(self, count: int = 1) -> None:
        self._now[1] += count

    def say(self, message: str) -> None:
        self.said.append(message)


def test_vectors_stand_in_the_order_of_the_ids(
    make_images: Callable[[int], Images], encoder: Any, store: EmbeddingStore
) -> None:
    images = make_images(7)
    embeddings = extract(images, encoder, store, batch_size=3)
    assert embeddings.ids == tuple(images)
    assert embeddings.vectors[:, 0] == pytest.approx(np.arange(7) / 127.5 - 1, abs=1e-6)
    assert embeddings.contract == encoder.contract.to_dict() | {}
    assert embeddings.tap == encoder.tap
    assert embeddings.excluded == ()
    assert embeddings.contract_digest == encoder.contract.digest
    assert encoder.batches == [3, 3, 1]


def test_a_second_extraction_computes_nothing_and_gives_the_same(
    make_images: Callable[[int], Images], make_encoder: Any, tmp_path: Path
) -> None:
    images = make_images(5)
    first = extract(images, make_encoder(), open_store(tmp_path / "e", make_encoder()))
    again = make_encoder()
    assert extract(images, again, open_store(tmp_path / "e", again)) == first
    assert again.batches == []


def test_only_what_is_missing_is_computed(
    make_images: Callable[[int], Images], encoder: Any, store: EmbeddingStore
) -> None:
    images = make_images(6)
    some = {name: images[name] for name in ("i0004", "i0001")}
    extract(some, encoder, store)
    whole = extract(images, encoder, store)
    assert encoder.batches == [2, 4]
    assert whole.select(["i0001", "i0004"]).vectors[:, 0] == pytest.approx(
        np.array([1, 4]) / 127.5 - 1, abs=1e-6
    )


def test_ids_with_the_same_bytes_share_a_vector(
    make_images: Callable[[int], Images], encoder: Any, store: EmbeddingStore, tmp_path: Path
) -> None:
    images = make_images(2)
    copy = tmp_path / "copy.png"
    shutil.copy(images["i0001"], copy)
    embeddings = extract(images | {"copy": copy, "again": images["i0000"]}, encoder, store)
    assert encoder.batches == [2]
    assert len(store) == 2
    assert np.array_equal(embeddings.vectors[2], embeddings.vectors[1])
    assert np.array_equal(embeddings.vectors[3], embeddings.vectors[0])


def test_content_decides_not_name_or_date(
    make_images: Callable[[int], Images], encoder: Any, store: EmbeddingStore
) -> None:
    images = make_images(2)
    before = extract(images, encoder, store)
    status = images["i0000"].stat()
    images["i0000"].write_bytes(images["i0001"].read_bytes())
    os.utime(images["i0000"], ns=(status.st_atime_ns, status.st_mtime_ns))
    after = extract(images, encoder, store)
    assert np.array_equal(after.vectors[0], before.vectors[1])


def test_another_contract_or_tap_never_meets_these_vectors(
    make_images: Callable[[int], Images], make_encoder: Any, tmp_path: Path
) -> None:
    images = make_images(3)
    for encoder in (make_encoder(), make_encoder(name="other"), make_encoder(resize_size=9)):
        extract(images, encoder, open_store(tmp_path / "e", encoder))
        assert encoder.batches == [3]


def test_no_images_give_an_empty_set_of_the_right_width(
    encoder: Any, store: EmbeddingStore
) -> None:
    embeddings = extract({}, encoder, store)
    assert embeddings.vectors.shape == (0, encoder.width)
    assert not store.folder.exists()


def test_progress_counts_every_image_once(
    make_images: Callable[[int], Images], encoder: Any, store: EmbeddingStore
) -> None:
    images, watcher = make_images(5), Watcher()
    images["i0002"].write_bytes(b"no picture")
    images["i0003"].unlink()
    extract(images, encoder, store, policy="exclude", batch_size=2, progress=watcher)
    assert watcher.steps == {"Hashing images": [5, 5], "Embedding images": [4, 4]}
    assert len(watcher.said) == 1
    assert watcher.said[0].startswith("2 of 5 images left out as unreadable. The first: ")


def test_excluded_images_are_listed_in_order_and_tried_again(
    make_images: Callable[[int], Images], encoder: Any, store: EmbeddingStore
) -> None:
    images = make_images(5)
    good = images["i0001"].read_bytes()
    images["i0001"].write_bytes(good[:40])
    images["i0003"].unlink()
    embeddings = extract(images, encoder, store, policy="exclude")
    assert embeddings.ids == ("i0000", "i0002", "i0004")
    assert embeddings.excluded == ("i0001", "i0003")
    images["i0001"].write_bytes(good)
    assert extract(images, encoder, store, policy="exclude").excluded == ("i0003",)


@pytest.mark.parametrize("fault", ["missing", "broken"])
def test_an_unreadable_image_ends_the_work_by_default(
    make_images: Callable[[int], Images], encoder: Any, store: EmbeddingStore, fault: str
) -> None:
    images = make_images(3)
    images["i0001"].unlink() if fault == "missing" else images["i0001"].write_bytes(b"")
    with pytest.raises(ImageError, match=r"0001\.png"):
        extract(images, encoder, store)


def test_images_of_which_none_can_be_read_are_refused(
    make_images: Callable[[int], Images], encoder: Any, store: EmbeddingStore
) -> None:
    images = make_images(2)
    for path in images.values():
        path.write_bytes(b"no picture")
    with pytest.raises(
        ImageError, match=r"None of 2 images could be read\. The first: .*0000\.png"
    ):
        extract(images, encoder, store, policy="exclude")


def test_an_unknown_policy_lists_the_choices(encoder: Any, store: EmbeddingStore) -> None:
    with pytest.raises(ImageError, match=r"policy for unreadable images 'skip'.* exclude, fail"):
        extract({}, encoder, store, policy="skip")


def test_a_batch_size_of_zero_is_refused(
    make_images: Callable[[int], Images], encoder: Any, store: EmbeddingStore
) -> None:
    with pytest.raises(ImageError, match="batch_size"):
        extract(make_images(1), encoder, store, batch_size=0)


def test_a_store_of_another_encoder_is_refused_field_by_field(
    make_encoder: Any, store: EmbeddingStore
) -> None:
    message = r"its tap differs \(encoder against store\): backbone: other against mean\. Use"
    with pytest.raises(StoreError, match=message):
        extract({}, make_encoder(name="other"), store)
    with pytest.raises(StoreError, match=r"its contract differs .* resize_size: 9 against 8"):
        extract({}, make_encoder(resize_size=9), store)


def test_an_image_that_changes_meanwhile_is_refused_and_not_stored(
    make_images: Callable[[int], Images], encoder: Any, store: EmbeddingStore
) -> None:
    images = make_images(3)
    plain = encoder.encode

    def encode_slowly(batch: np.ndarray) -> np.ndarray:
        images["i0002"].write_bytes(images["i0001"].read_bytes() + b"later")
        return plain(batch)

    encoder.encode = encode_slowly
    with pytest.raises(ImageError, match=r"0002\.png changed while it was read"):
        extract(images, encoder, store)
    assert len(store) == 0


def test_shards_are_written_on_the_way(
    make_images: Callable[[int], Images],
    encoder: Any,
    store: EmbeddingStore,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(extraction, "SHARD_ROWS", 4)
    extract(make_images(11), encoder, store, batch_size=2)
    assert sorted(len(shard) for shard in store._shards) == [3, 4, 4]


def test_what_was_stored_before_a_failure_stays(
    make_images: Callable[[int], Images],
    make_encoder: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(extraction, "SHARD_ROWS", 4)
    images = make_images(10)
    good = images["i0009"].read_bytes()
    images["i0009"].write_bytes(b"no picture")
    encoder = make_encoder()
    with pytest.raises(ImageError, match=r"0009\.png"):
        extract(images, encoder, open_store(tmp_path / "e", encoder), batch_size=2)
    images["i0009"].write_bytes(good)
    again = make_encoder()
    extract(images, again, open_store(tmp_path / "e", again), batch_size=2)
    assert sum(again.batches) == 2
