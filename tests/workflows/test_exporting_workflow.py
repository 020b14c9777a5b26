import shutil
from pathlib import Path

import numpy as np
import pytest

from fieldmark.core.errors import StoreError, StudyError
from fieldmark.export.loading import load_bundle
from fieldmark.export.verifying import verify_bundle
from fieldmark.predictions.store import load_predictions
from fieldmark.workflows.answering import answer, answer_with_bundle
from fieldmark.workflows.exporting import export_contender

TRAINING = """\
  tuned:
    backbone: {name: test_resnet, weights: nets/net.safetensors,
      preprocessing: {resize_size: 48, crop_size: 48}}
    training: {epochs: 1, batch_size: 8, norms: hold}
"""


def write_weights(file: Path) -> None:
    from safetensors.torch import save_file

    from fieldmark.backbones.networks import build_network
    from fieldmark.backbones.specs import BackboneSpec

    state = build_network(BackboneSpec("test_resnet", weights_seed=7)).state_dict()
    file.parent.mkdir(exist_ok=True)
    halved = {name: v.half() if v.is_floating_point() else v for name, v in state.items()}
    save_file(halved, file)


def test_a_bundle_answers_as_its_study(finished: Path, opened, tmp_path: Path) -> None:
    ground = opened(finished)
    images = ground.manifest.select(ground.split.ids("test")).image_paths()
    for name, seed in (("probe", 1), ("knn", None)):
        bundle = export_contender(ground, name, tmp_path / name, seed=seed)
        assert bundle.seed == seed
        answers = answer(ground, name, images, seed=seed, top=4)
        assert answer_with_bundle(load_bundle(tmp_path / name), images, top=4) == answers


TREES = """\
  blocks:
    backbone: *net
    head: {kind: hierarchical, structure: fine-to-coarse, hidden: 8, epochs: 3}
  siblings: {backbone: *net, head: {kind: hierarchical, structure: siblings, epochs: 3}}
reference: knn"""


def test_hierarchical_heads_go_into_bundles(fresh: Path, opened, rewrite, call, tmp_path) -> None:
    rewrite(fresh / "study.yaml", ("reference: knn", TREES))
    chosen = "blocks/seed-0,siblings/seed-0"
    assert call("run", fresh, "--cells", chosen).code == 0
    ground = opened(fresh)
    images = ground.manifest.select(ground.split.ids("test")).image_paths()
    for name in ("blocks", "siblings"):
        bundle = export_contender(ground, name, tmp_path / name, seed=0)
        assert bundle.head_kind == "hierarchical"
        answers = answer(ground, name, images, seed=0, top=4)
        assert answer_with_bundle(load_bundle(tmp_path / name), images, top=4) == answers
        assert "'hierarchical'" in (tmp_path / name / "MODEL_CARD.md").read_text(encoding="utf-8")


def test_weights_of_a_file_go_along(fresh: Path, opened, rewrite, call, tmp_path: Path) -> None:
    write_weights(fresh / "net.safetensors")
    rewrite(fresh / "study.yaml", ("weights: random", "weights: net.safetensors"))
    assert call("run", fresh).code == 0
    ground = opened(fresh)
    found = export_contender(ground, "probe", tmp_path / "bundle")
    assert found.backbone["weights"] == found.tap["weights"] == "net.safetensors"
    spec = next(cell for cell in ground.cells if cell.contender == "probe")
    stored = load_predictions(ground.ledger.result(spec) / "predictions" / "test")
    images = ground.manifest.select(ground.split.ids("test")).image_paths()
    kept = [Path(shutil.copy(image, tmp_path)) for image in images]
    scores, classes = np.array(stored.scores), stored.label_space.classes
    shutil.rmtree(fresh)
    answers = answer_with_bundle(load_bundle(tmp_path / "bundle"), kept, top=1)
    assert [one.candidates[0][0] for one in answers] == [classes[row.argmax()] for row in scores]
    assert verify_bundle(tmp_path / "bundle").problems == ()


def test_a_fine_tuned_contender_is_exported_too(
    ran: Path, opened, rewrite, call, tmp_path: Path
) -> None:
    write_weights(ran / "nets" / "net.safetensors")
    rewrite(
        ran / "study.yaml",
        ("reference: knn", f"{TRAINING}reference: knn"),
        ("seeds: [0, 1]", "seeds: [0]"),
    )
    assert call("run", ran).code == 0
    ground = opened(ran)
    images = ground.manifest.select(ground.split.ids("test")).image_paths()[:3]
    bundle = export_contender(ground, "tuned", tmp_path / "bundle")
    answers = answer(ground, "tuned", images)
    shutil.rmtree(ran / "results")
    assert (bundle.model, bundle.head_kind, bundle.training_count) == ("tuned", None, 36)
    model = load_bundle(tmp_path / "bundle")
    assert answer_with_bundle(model, images) == answers
    assert str(ran) not in (tmp_path / "bundle" / "tuned" / "tuned.json").read_text()
    assert "fine-tuned" in (tmp_path / "bundle" / "MODEL_CARD.md").read_text(encoding="utf-8")


def test_unreadable_images_are_left_out_when_asked(finished: Path, opened, tmp_path: Path) -> None:
    from fieldmark.core.errors import ImageError

    ground = opened(finished)
    export_contender(ground, "knn", tmp_path / "bundle")
    model = load_bundle(tmp_path / "bundle")
    image = ground.manifest.image_paths()[0]
    (tmp_path / "broken.jpg").write_bytes(b"no picture")
    images = [tmp_path / "broken.jpg", image]
    with pytest.raises(ImageError, match=r"broken.jpg"):
        answer_with_bundle(model, images)
    for found in (
        answer_with_bundle(model, images, unreadable="exclude"),
        answer(ground, "knn", images, unreadable="exclude"),
    ):
        assert [one.image for one in found] == [str(image)]
    with pytest.raises(StudyError, match="at least 1 class"):
        answer_with_bundle(model, images, top=0)


def test_other_folders_are_not_overwritten(finished: Path, opened, tmp_path: Path) -> None:
    ground = opened(finished)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    with pytest.raises(StoreError, match="there is something else, which is not overwritten"):
        export_contender(ground, "knn", tmp_path / "mine")
    assert (tmp_path / "mine" / "thesis.txt").is_file()
    with pytest.raises(StoreError, match="something else"):
        export_contender(ground, "knn", tmp_path / "mine" / "thesis.txt")
    first = export_contender(ground, "knn", tmp_path / "bundle")
    second = export_contender(ground, "probe", tmp_path / "bundle")
    assert (first.contender, second.contender) == ("knn", "probe")
    assert verify_bundle(tmp_path / "bundle").bundle == second


def test_a_result_that_was_changed_is_not_exported(ran: Path, opened, tmp_path: Path) -> None:
    ground = opened(ran)
    spec = next(cell for cell in ground.cells if cell.contender == "knn")
    file = ground.ledger.result(spec) / "head" / "gallery.npy"
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)
    with pytest.raises(StoreError, match="is not what the cell 'knn/seed-free' wrote"):
        export_contender(ground, "knn", tmp_path / "bundle")
    assert not (tmp_path / "bundle").exists()


def test_a_bundle_that_answers_otherwise_is_not_left_behind(
    finished: Path, opened, tmp_path: Path, monkeypatch
) -> None:
    from fieldmark.export import writing

    written = writing.write_vectors

    def spoilt(folder: Path, scorer: object) -> None:
        written(folder, scorer)
        np.save(folder / "scores.npy", np.load(folder / "scores.npy") + np.float32(1))

    monkeypatch.setattr(writing, "write_vectors", spoilt)
    with pytest.raises(StoreError, match="does not answer as before: 6 of 6 test vectors got"):
        export_contender(opened(finished), "knn", tmp_path / "bundle")
    assert list(tmp_path.iterdir()) == []
