"""Networks that are fine-tuned over a tree of classes: what is learnt, judged, kept and stored."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import torch

from fieldmark.backbones.specs import BackboneSpec
from fieldmark.core.errors import StoreError, StudyError, TaxonomyError
from fieldmark.heads.fine_to_coarse import FineToCoarse
from fieldmark.manifest.taxonomy import Taxonomy
from fieldmark.predictions.header import PredictionsHeader
from fieldmark.predictions.rank_heads import joint, rank_heads_of
from fieldmark.training.data import TrainingImages
from fieldmark.training.fit import fine_tune
from fieldmark.training.health import Beside, health_of
from fieldmark.training.hierarchy import HierarchySettings
from fieldmark.training.lora import LoraSettings
from fieldmark.training.losses import LossSettings
from fieldmark.training.mixing import MixingSettings
from fieldmark.training.networks import give_classifier, open_network
from fieldmark.training.prediction import TunedModel
from fieldmark.training.settings import TrainingSettings, WarmStart
from fieldmark.training.tree_outputs import outputs_of
from fieldmark.training.tuned_storage import load_tuned, save_tuned
from fieldmark.training.watching import Judge

RANKS = HierarchySettings(structure="ranks")
BLOCKS = HierarchySettings(structure="fine-to-coarse", hidden=8, rank_weights="leaf-heavy")
EVERY = [
    HierarchySettings(loss="ancestors"),
    HierarchySettings(loss="hxe"),
    HierarchySettings(loss="soft-labels"),
    HierarchySettings(loss="logit-adjusted"),
    RANKS,
    HierarchySettings(structure="siblings"),
    BLOCKS,
]
QUICK = TrainingSettings(epochs=2, batch_size=5, learning_rate=5e-3, clip=None)
VIT = BackboneSpec(
    "test_vit",
    options={"img_size": 32},
    preprocessing={"resize_size": 32, "crop_size": 32},
)


def with_tree(tree: HierarchySettings, **settings: object) -> TrainingSettings:
    return dataclasses.replace(QUICK, hierarchy=tree, **settings)


def share_right(images: TrainingImages) -> Judge:
    """Return a judge that refuses whatever are not scores of the leaves."""

    def measure(scores: np.ndarray) -> float:
        assert scores.shape == (len(images.labels), len(images.label_space))
        return float((scores.argmax(axis=1) == images.labels).mean())

    return Judge("validation", images.paths, measure)


def tuned(
    spec: BackboneSpec, images: TrainingImages, folder: Path, settings: TrainingSettings
) -> TunedModel:
    judge = share_right(images)
    return fine_tune(spec, images, settings=settings, seed=0, folder=folder, monitor=judge)


@pytest.mark.parametrize("tree", EVERY, ids=lambda tree: f"{tree.structure} {tree.loss}")
def test_every_structure_learns_shades_and_is_stored_as_it_was(
    small_net, shaded, tmp_path: Path, tree: HierarchySettings
) -> None:
    images = shaded()
    model = tuned(small_net, images, tmp_path / "work", with_tree(tree, epochs=6))
    files, curve = list(images.paths.values()), model.record["monitor_curve"]
    assert max(curve) >= 0.6, "guessing has 0.2"
    assert model.record["worries"] == ()
    scores = model.predict_scores(files)
    assert (scores.dtype, scores.shape) == (np.float32, (20, 5))
    assert (scores.argmax(axis=1) == images.labels).mean() == max(curve)
    health = health_of(model, images, Beside(images.paths, images.labels))
    assert health["training_accuracy"] == max(curve)

    save_tuned(model, tmp_path / "model")
    again = load_tuned(tmp_path / "model")
    assert again.digest == model.digest
    assert np.array_equal(again.predict_scores(files), scores)
    outputs = model.predict_outputs(files)
    assert np.array_equal(again.predict_outputs(files), outputs)
    assert np.array_equal(model.class_scores(outputs), scores)
    assert model.score(np.zeros((0, 3, 32, 32), dtype=np.float32)).shape == (0, 5)
    assert json.loads((tmp_path / "model" / "tuned.json").read_text())["outputs"]["structure"] == (
        tree.structure
    )


@pytest.mark.parametrize("tree", [RANKS, BLOCKS], ids=lambda tree: tree.structure)
def test_scores_of_own_heads_are_whole_paths(
    small_net, shaded, hues: Taxonomy, tmp_path: Path, tree: HierarchySettings
) -> None:
    images = shaded()
    model = tuned(small_net, images, tmp_path, with_tree(tree, epochs=1))
    outputs = model.predict_outputs(list(images.paths.values()))
    scores = model.rank_scores(outputs)
    assert {rank: table.shape[1] for rank, table in scores.items()} == {
        "family": 2,
        "hue": 3,
        "shade": 5,
    }
    assert np.array_equal(np.concatenate(list(scores.values()), axis=1), outputs)
    labels = [images.label_space.classes[label] for label in images.labels]
    raw = rank_heads_of(
        PredictionsHeader(score_kind="logits", contender="tuned"),
        items=pl.DataFrame({"id": images.ids, "label": labels}),
        taxonomy=hues,
        scores=scores,
    )
    assert np.allclose(joint(raw).scores, model.class_scores(outputs), atol=1e-5)


def test_leaves_and_siblings_have_no_heads_of_their_own(small_net, shaded) -> None:
    images = shaded(5)
    for structure, width in (("leaves", 5), ("siblings", 10)):
        settings = with_tree(HierarchySettings(structure=structure))
        outputs = outputs_of(settings, images)
        assert outputs is not None
        assert outputs.width == width
        assert outputs.rank_scores(np.zeros((2, width), dtype=np.float32)) is None
    opened = open_network(small_net, classes=5, seed=0, settings=QUICK)
    plain = TunedModel(
        small_net, opened.contract, images.label_space, images.ids, opened.module, {}
    )
    assert plain.rank_scores(np.zeros((2, 5), dtype=np.float32)) is None


@pytest.mark.parametrize(
    "settings",
    [
        with_tree(BLOCKS, lora=LoraSettings(rank=2), ema=0.5),
        with_tree(BLOCKS, scope="frozen", weight_decay=1.0, ema=0.5),
        with_tree(BLOCKS, scope="last-stages:1", layer_decay=0.8),
    ],
    ids=["lora", "frozen", "last-stages"],
)
def test_blocks_stand_in_the_classifiers_place(
    shaded, tmp_path: Path, settings: TrainingSettings
) -> None:
    images = shaded(10)
    before = open_network(
        VIT, classes=5, seed=0, settings=settings, outputs=outputs_of(settings, images)
    ).module.state_dict()
    model = tuned(VIT, images, tmp_path, settings)
    after = model.network.state_dict()
    assert isinstance(model.network.head, FineToCoarse)
    moved = {
        name for name in after if name in before and not torch.equal(before[name], after[name])
    }
    blocks = {f"head.{name}" for name in ("hidden_weights", "hidden_bias", "weights", "bias")}
    assert blocks <= moved
    if settings.scope == "frozen":
        assert moved == blocks
    elif settings.lora is not None:
        assert "lora" not in "".join(after)
        assert "blocks.0.attn.qkv.weight" in after
        assert "patch_embed.proj.weight" not in moved
    else:
        assert "patch_embed.proj.weight" not in moved
        assert len(moved) > len(blocks)
    weights = after["head.weights"]
    assert not weights[:, 0:8][2:].any(), "finer heads read no coarser block"
    right = model.predict_scores(list(images.paths.values())).argmax(axis=1) == images.labels
    assert right.mean() == max(model.record["monitor_curve"])


def test_a_share_of_the_weights_before_is_judged_by_the_leaves(
    small_net, shaded, tmp_path: Path
) -> None:
    images = shaded(10)
    settings = with_tree(BLOCKS, wise_ft=(0.5, 1.0), epochs=1)
    model = tuned(small_net, images, tmp_path, settings)
    right = model.predict_scores(list(images.paths.values())).argmax(axis=1) == images.labels
    assert model.record["share"] in (0.5, 1.0)
    assert right.mean() >= max(model.record["monitor_curve"])


@pytest.mark.parametrize("tree", [RANKS, BLOCKS, EVERY[1]], ids=lambda tree: tree.structure)
def test_mixed_pictures_smoothed_labels_and_bfloat16_go_together(
    small_net, shaded, tmp_path: Path, tree: HierarchySettings
) -> None:
    settings = with_tree(
        tree,
        precision="bf16-mixed",
        mixing=MixingSettings(mixup=0.4, cutmix=0.4),
        loss=LossSettings(label_smoothing=0.1, class_weights="balanced"),
    )
    model = tuned(small_net, shaded(10), tmp_path, settings)
    assert np.isfinite(model.record["loss_curve"]).all()


def test_a_warm_start_from_a_flat_training_leaves_its_classifier_behind(
    small_net, shaded, tmp_path: Path
) -> None:
    images = shaded(10)
    flat = tuned(small_net, images, tmp_path / "flat", QUICK).network.state_dict()
    kept = {f"net.{name}": value for name, value in flat.items() if not name.startswith("fc.")}
    torch.save(kept, tmp_path / "flat.pt")
    settings = with_tree(RANKS, warm_start=WarmStart(str(tmp_path / "flat.pt"), "net."))
    opened = open_network(
        small_net, classes=5, seed=0, settings=settings, outputs=outputs_of(settings, images)
    )
    state = opened.module.state_dict()
    assert torch.equal(state["conv1.0.weight"], flat["conv1.0.weight"])
    assert state["fc.weight"].shape[0] == 10


def test_another_tree_of_the_same_classes_is_another_training(
    small_net, shaded, tmp_path: Path
) -> None:
    images = shaded(10)
    tuned(small_net, images, tmp_path, with_tree(RANKS, epochs=1))
    assert images.taxonomy is not None
    renamed = Taxonomy(("kind", "hue", "shade"), images.taxonomy.nodes, images.taxonomy.paths)
    other = dataclasses.replace(images, taxonomy=renamed)
    with pytest.raises(StoreError, match="another training: its 'tree' differ"):
        tuned(small_net, other, tmp_path, with_tree(RANKS, epochs=1))


def test_a_hierarchy_without_ranks_or_for_other_classes_is_refused(shaded, coloured) -> None:
    settings = with_tree(RANKS)
    with pytest.raises(StudyError, match=r"the 3 classes of the training images have none. Name"):
        outputs_of(settings, coloured(3))
    images = shaded(5)
    other = dataclasses.replace(coloured(3, folder="others"), taxonomy=images.taxonomy)
    with pytest.raises(TaxonomyError, match=r"Expected the 5 leaves of the taxonomy as classes"):
        outputs_of(settings, other)


def test_networks_with_other_classifiers_take_no_blocks(shaded) -> None:
    import timm

    outputs = outputs_of(with_tree(BLOCKS), shaded(5))
    network = timm.create_model("dpn48b", num_classes=2)
    with pytest.raises(StudyError, match=r"one linear classifier in DPN, .* \(Conv2d\). Take the"):
        give_classifier(network, 5, outputs)


def test_a_tree_on_disk_that_is_damaged_is_refused(small_net, shaded, tmp_path: Path) -> None:
    model = tuned(small_net, shaded(5), tmp_path / "work", with_tree(RANKS, epochs=1))
    save_tuned(model, tmp_path / "model")
    header = tmp_path / "model" / "tuned.json"
    written = json.loads(header.read_text())
    for outputs in ({}, {**written["outputs"], "structure": "leaves"}):
        header.write_text(json.dumps(written | {"outputs": outputs}))
        with pytest.raises(StoreError, match="does not hold a fine-tuned network"):
            load_tuned(tmp_path / "model")
