from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from fieldmark.backbones.encoders import Encoder, open_encoder
from fieldmark.backbones.specs import BackboneSpec
from fieldmark.core.errors import StoreError
from fieldmark.embeddings.encoder_stores import open_store
from fieldmark.embeddings.extraction import extract
from fieldmark.images.preprocessing import preprocess_file

Images = Callable[[int], dict[str, Path]]


@pytest.fixture(scope="module")
def backbone() -> Encoder:
    return open_encoder(BackboneSpec("test_resnet"))


def test_vectors_are_those_of_the_backbone(
    backbone: Encoder, make_images: Images, tmp_path: Path
) -> None:
    images = make_images(5)
    embeddings = extract(images, backbone, open_store(tmp_path / "e", backbone), batch_size=2)
    pixels = np.stack([preprocess_file(path, backbone.contract) for path in images.values()])
    assert embeddings.vectors == pytest.approx(backbone.encode(pixels), abs=1e-5)
    assert embeddings.width == backbone.width
    assert embeddings.tap == backbone.tap
    assert embeddings.contract_digest == backbone.contract.digest


def test_the_same_backbone_opened_again_finds_its_vectors(
    backbone: Encoder, make_images: Images, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    images = make_images(3)
    first = extract(images, backbone, open_store(tmp_path / "e", backbone))
    again = open_encoder(BackboneSpec("test_resnet"))
    monkeypatch.setattr(again, "encode", None)
    assert extract(images, again, open_store(tmp_path / "e", again)) == first


def test_other_weights_have_a_store_of_their_own(
    backbone: Encoder, make_images: Images, tmp_path: Path
) -> None:
    images, store = make_images(2), open_store(tmp_path / "e", backbone)
    other = open_encoder(BackboneSpec("test_resnet", weights_seed=1))
    with pytest.raises(StoreError, match=r"its tap differs .*weights_digest: \w+ against \w+"):
        extract(images, other, store)
    first = extract(images, backbone, store)
    second = extract(images, other, open_store(tmp_path / "e", other))
    assert not np.allclose(first.vectors, second.vectors)
