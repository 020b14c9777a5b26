from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fieldmark.backbones.encoders import Encoder, open_encoder
from fieldmark.backbones.specs import BackboneSpec
from fieldmark.core.errors import StoreError
from fieldmark.embeddings.encoder_stores import open_store, open_tap_store
from fieldmark.embeddings.extraction import extract, extract_taps

Images = Callable[[int], dict[str, Path]]
TAPS = ("pooled", "gem", "class-token-before-norm")


@pytest.fixture(scope="module")
def backbone() -> Encoder:
    small = {"crop_size": 32, "resize_size": 32}
    return open_encoder(BackboneSpec("test_vit", preprocessing=small))


def stores_in(root: Path, backbone: Encoder, *taps: str, **options: Any) -> dict[str, Any]:
    return {tap: open_tap_store(root, backbone, tap, **options) for tap in taps}


def test_several_taps_of_one_pass_lie_in_stores_of_their_own(
    backbone: Encoder, make_images: Images, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    images, asked = make_images(5), []
    plain = backbone.encode_taps

    def noted(batch: np.ndarray, taps: Any) -> Any:
        asked.append((len(batch), tuple(taps)))
        return plain(batch, taps)

    monkeypatch.setattr(backbone, "encode_taps", noted)
    stores = stores_in(tmp_path / "e", backbone, *TAPS)
    found = extract_taps(images, backbone, stores, batch_size=3)
    assert asked == [(3, TAPS), (2, TAPS)]
    assert len({store.folder for store in stores.values()}) == 3
    assert {tap: each.tap["tap"] for tap, each in found.items()} == {tap: tap for tap in TAPS}
    again = extract_taps(images, backbone, stores_in(tmp_path / "e", backbone, *TAPS))
    assert again == found
    assert len(asked) == 2
    single = extract(images, backbone, open_store(tmp_path / "e", backbone))
    assert single == found["pooled"]
    assert len(asked) == 2


def test_a_tap_that_came_later_is_computed_and_the_others_stay(
    backbone: Encoder, make_images: Images, tmp_path: Path
) -> None:
    images = make_images(4)
    first = extract_taps(images, backbone, stores_in(tmp_path / "e", backbone, "pooled"))
    both = extract_taps(images, backbone, stores_in(tmp_path / "e", backbone, "pooled", "gem"))
    assert both["pooled"] == first["pooled"]
    assert both["gem"].width == backbone.widths["gem"]


def test_half_precision_has_a_store_of_its_own_and_says_so(
    backbone: Encoder, make_images: Images, tmp_path: Path
) -> None:
    images = make_images(3)
    whole = stores_in(tmp_path / "e", backbone, "pooled")
    half = stores_in(tmp_path / "e", backbone, "pooled", dtype="float16")
    exact = extract_taps(images, backbone, whole)["pooled"]
    rounded = extract_taps(images, backbone, half)["pooled"]
    assert whole["pooled"].folder != half["pooled"].folder
    assert rounded.tap == exact.tap | {"dtype": "float16"}
    assert rounded.vectors.dtype == np.float32
    np.testing.assert_array_equal(rounded.vectors, exact.vectors.astype(np.float16))
    kept = next(half["pooled"].folder.glob("shard-*")) / "vectors.npy"
    assert np.load(kept, mmap_mode="r").dtype == np.float16
    again = stores_in(tmp_path / "e", backbone, "pooled", dtype="float16")
    assert extract_taps(images, backbone, again)["pooled"] == rounded


def test_what_a_store_cannot_hold_is_refused(backbone: Encoder, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="Unknown type of stored values 'float8'"):
        open_tap_store(tmp_path, backbone, "pooled", dtype="float8")  # type: ignore[arg-type]
    half = open_tap_store(tmp_path, backbone, "pooled", dtype="float16")
    with half.writing(), pytest.raises(StoreError, match=r"up to 65,504; the largest is 70,000"):
        half.append(["0" * 64], np.full((1, 2), 7e4, dtype=np.float32))
    whole = open_tap_store(tmp_path, backbone, "pooled")
    with half.writing(), whole.writing():
        half.append(["0" * 64], np.ones((1, 2), dtype=np.float32))
        whole.append(["0" * 64], np.ones((1, 2), dtype=np.float32))
    shard = next(half.folder.glob("shard-*"))
    shard.rename(whole.folder / shard.name)
    with pytest.raises(StoreError, match="holds float16; the key says float32"):
        open_tap_store(tmp_path, backbone, "pooled")
