import json
import shutil
import socket
from pathlib import Path

import numpy as np
import pytest

from fieldmark.core.errors import StoreError
from fieldmark.export.loading import load_bundle
from fieldmark.images.preprocessing import preprocess_file
from fieldmark.workflows.scoring import cell_of, open_scorer


@pytest.fixture
def pixels(finished: Path, open_study) -> np.ndarray:
    ground = open_study(finished)
    model = open_scorer(ground, *cell_of(ground, "probe", None))
    images = ground.manifest.select(ground.split.ids("test")).image_paths()
    return np.stack([preprocess_file(image, model.contract) for image in images])


@pytest.mark.parametrize("name", ["probe", "knn"])
def test_alone_in_a_batch_and_through_the_bundle_scores_are_the_same(
    exported, finished: Path, open_study, pixels: np.ndarray, name: str
) -> None:
    ground = open_study(finished)
    config, spec = cell_of(ground, name, None)
    from fieldmark.export.scorer import score_each

    model = load_bundle(exported(name))
    in_study = score_each(open_scorer(ground, config, spec), pixels)
    alone = np.concatenate([model.score(one[None]) for one in pixels])
    together = model.score(pixels)
    np.testing.assert_array_equal(alone, together)
    np.testing.assert_array_equal(alone, in_study)
    np.testing.assert_array_equal(model.score(pixels[::-1].copy()), alone[::-1])
    batched = model.scorer.score(pixels)
    np.testing.assert_allclose(batched, alone, rtol=0, atol=1e-4 * np.abs(alone).max())


def test_a_bundle_is_loaded_without_a_network_connection(
    exported, pixels: np.ndarray, monkeypatch
) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("asked the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    model = load_bundle(exported("probe"))
    assert model.score(pixels[:0]).shape == (0, 4)
    assert model.score(pixels[:1]).dtype == np.float32
    assert (model.calibrate, model.decide) == (None, None)
    assert model.answer_kind.value == "probabilities"
    assert model.answer_scores(model.score(pixels)).sum(axis=1) == pytest.approx(1)
    assert model.taxonomy is not None


def test_probabilities_stay_as_they_are(exported, pixels: np.ndarray) -> None:
    model = load_bundle(exported("knn"))
    scores = model.score(pixels)
    assert model.answer_scores(scores) is scores


def test_nothing_in_a_bundle_is_pickled(exported) -> None:
    for file in exported("knn").rglob("*"):
        if file.is_file():
            assert file.suffix in {".json", ".md", ".npy", ".png", ".safetensors"}
        if file.suffix == ".npy":
            assert np.load(file, allow_pickle=False).dtype.kind in "fi"


def test_a_bundle_may_be_moved(bundle: Path, exported, pixels: np.ndarray) -> None:
    moved = Path(shutil.move(bundle, bundle.parent / "elsewhere"))
    scores = load_bundle(moved).score(pixels[:2])
    np.testing.assert_array_equal(scores, load_bundle(exported("probe")).score(pixels[:2]))


def test_no_path_of_the_study_is_in_a_bundle(exported) -> None:
    folder = exported("probe")
    for file in folder.rglob("*.json"):
        assert str(folder.parent) not in file.read_text(encoding="utf-8"), file.name


def test_a_bundle_that_was_changed_is_not_opened(bundle: Path) -> None:
    (bundle / "head" / "bias.npy").unlink()
    with pytest.raises(StoreError, match=r"not as it was written: head/bias.npy is missing. Copy"):
        load_bundle(bundle)
    (bundle / "taxonomy.json").unlink()
    with pytest.raises(StoreError, match=r"\(1 other file differs, too\)"):
        load_bundle(bundle)


def test_a_model_of_other_classes_is_not_opened(bundle: Path) -> None:
    """A manifest that was forged with its digests still has to agree with the model."""
    from fieldmark.export.bundle import manifest_content, read_bundle

    found = read_bundle(bundle)
    forged = found.model_copy(update={"classes": found.classes[::-1]})
    (bundle / "bundle.json").write_text(json.dumps(manifest_content(forged)))
    with pytest.raises(StoreError, match="to have the classes of its manifest, in their order"):
        load_bundle(bundle)
