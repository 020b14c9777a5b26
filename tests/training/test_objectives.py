"""Losses over a tree as training takes them: smoothed, weighted and mixed, one image at a time."""

import math
from collections import Counter

import numpy as np
import pytest
import torch

from fieldmark.manifest.taxonomy import Taxonomy
from fieldmark.training.data import TrainingImages
from fieldmark.training.hierarchy import HierarchySettings
from fieldmark.training.losses import ClassLoss, LossSettings
from fieldmark.training.mixing import MixingSettings, mix_batch
from fieldmark.training.objectives import guessing_loss, objective_of
from fieldmark.training.settings import TrainingSettings

LABELS = np.array([0, 0, 0, 0, 1, 1, 2, 3, 3, 4])
EVERY = [
    HierarchySettings(),
    HierarchySettings(loss="ancestors"),
    HierarchySettings(loss="hxe", level_decay=0.4),
    HierarchySettings(loss="soft-labels", sharpness=2.0),
    HierarchySettings(loss="logit-adjusted", prior_strength=0.7),
    HierarchySettings(structure="ranks", rank_weights="leaf-heavy"),
    HierarchySettings(structure="siblings"),
    HierarchySettings(structure="fine-to-coarse"),
]
LOSSES = [
    LossSettings(),
    LossSettings(label_smoothing=0.2),
    LossSettings(class_weights="balanced"),
    LossSettings(class_weights="effective-number", label_smoothing=0.1),
]
TOGETHER = [
    (tree, loss)
    for tree in EVERY
    for loss in LOSSES
    if not (tree.loss == "logit-adjusted" and loss.class_weights != "none")
    and not (tree.loss == "soft-labels" and loss.label_smoothing)
]


@pytest.fixture
def images(hues: Taxonomy) -> TrainingImages:
    """Return images that nobody opens, of classes with 4, 2, 1, 2 and 1 of them."""
    paths = {f"i{number}": number for number in range(len(LABELS))}
    return TrainingImages(paths, LABELS, hues.leaves, taxonomy=hues)  # type: ignore[arg-type]


def log_softmax(row: list[float]) -> list[float]:
    """Return the logarithm of the softmax, by its definition."""
    total = math.log(sum(math.exp(value) for value in row))
    return [value - total for value in row]


def of_a_leaf(
    tree: HierarchySettings, taxonomy: Taxonomy, row: list[float], leaf: int, counts: list[int]
) -> float:
    """Return the loss of one image whose label is one leaf, written out."""
    path = taxonomy.paths[leaf].tolist()
    if tree.structure in ("ranks", "fine-to-coarse"):
        shares = [1 / 7, 2 / 7, 4 / 7] if tree.rank_weights == "leaf-heavy" else [1 / 3] * 3
        heads = [row[0:2], row[2:5], row[5:10]]
        return -sum(
            share * log_softmax(head)[node]
            for share, head, node in zip(shares, heads, path, strict=True)
        )
    if tree.structure == "siblings":
        heads, total = [row[0:2], row[2:5], row[5:10]], 0.0
        for rank, (head, node) in enumerate(zip(heads, path, strict=True)):
            family = sorted({p[rank] for p in taxonomy.paths.tolist() if p[:rank] == path[:rank]})
            total -= log_softmax([head[one] for one in family])[family.index(node)]
        return total
    if tree.loss == "logit-adjusted":
        prior = [0.7 * math.log(count / sum(counts)) for count in counts]
        return -log_softmax([a + b for a, b in zip(row, prior, strict=True)])[leaf]
    own = [math.exp(value) for value in log_softmax(row)]
    names = taxonomy.paths.tolist()
    nodes = [sum(p for p, other in zip(own, names, strict=True) if other[r] == path[r])
             for r in range(3)]  # fmt: skip
    if tree.loss == "ancestors":
        return -sum(math.log(node) for node in nodes) / 3
    if tree.loss == "hxe":
        edges = [math.exp(-0.4 * depth) for depth in range(3)]
        above = [1.0, *nodes[:2]]
        return -sum(
            edge / sum(edges) * math.log(node / parent)
            for edge, node, parent in zip(edges, nodes, above, strict=True)
        )
    if tree.loss == "soft-labels":
        far = [sum(a != b for a, b in zip(path, other, strict=True)) / 3 for other in names]
        near = [math.exp(-2 * distance) for distance in far]
        return -sum(n / sum(near) * math.log(p) for n, p in zip(near, own, strict=True))
    return -math.log(own[leaf])


def slow(
    settings: TrainingSettings, images: TrainingImages, outputs: torch.Tensor, shares: torch.Tensor
) -> float:
    """Return the loss of a batch as sums over images and leaves."""
    tree, taxonomy, loss = settings.hierarchy, images.taxonomy, settings.loss
    assert tree is not None
    assert taxonomy is not None
    counts = [Counter(LABELS.tolist())[leaf] for leaf in range(5)]
    weights = [1.0] * 5
    if loss.class_weights == "balanced":
        weights = [1 / count for count in counts]
    elif loss.class_weights == "effective-number":
        weights = [(1 - 0.999) / (1 - 0.999**count) for count in counts]
    numerator = denominator = 0.0
    for row, mixed in zip(outputs.tolist(), shares.tolist(), strict=True):
        for leaf, share in enumerate(mixed):
            smoothed = share * (1 - loss.label_smoothing) + loss.label_smoothing / 5
            value = of_a_leaf(tree, taxonomy, row, leaf, counts)
            numerator += smoothed * weights[leaf] * value
            denominator += smoothed * weights[leaf]
    return numerator / denominator


@pytest.mark.parametrize(("tree", "loss"), TOGETHER, ids=str)
def test_positions_and_mixed_labels_equal_the_slow_formula(
    images: TrainingImages, tree: HierarchySettings, loss: LossSettings
) -> None:
    settings = TrainingSettings(hierarchy=tree, loss=loss)
    objective, rng = objective_of(settings, images), np.random.default_rng(0)
    width = 5 if tree.structure == "leaves" else 10
    outputs = torch.from_numpy(rng.normal(size=(6, width)).astype(np.float32))
    target = torch.from_numpy(rng.integers(5, size=6))
    one_hot = torch.nn.functional.one_hot(target, 5).float()
    expected = slow(settings, images, outputs, one_hot)
    assert float(objective(outputs, target)) == pytest.approx(expected, rel=1e-5)
    for mixing in (MixingSettings(mixup=1.0), MixingSettings(cutmix=1.0)):
        _, shares = mix_batch(torch.zeros(6, 3, 8, 8), target, mixing, classes=5, rng=rng)
        assert 0 < float(shares[0, target[0]]) < 1
        expected = slow(settings, images, outputs, shares)
        assert float(objective(outputs, shares)) == pytest.approx(expected, rel=1e-5)


def test_without_a_hierarchy_it_is_the_loss_over_the_classes(images: TrainingImages) -> None:
    assert isinstance(objective_of(TrainingSettings(), images), ClassLoss)
    assert guessing_loss(TrainingSettings(), images) is None


def test_guessing_has_the_loss_of_equal_answers(images: TrainingImages) -> None:
    def guessed(**tree: object) -> float | None:
        return guessing_loss(TrainingSettings(hierarchy=HierarchySettings(**tree)), images)

    assert guessed() == pytest.approx(math.log(5))
    of_ranks = (math.log(2) + math.log(3) + math.log(5)) / 3
    assert guessed(structure="ranks") == pytest.approx(of_ranks)
    assert guessed(loss="logit-adjusted") is None
    for structure in ("siblings", "fine-to-coarse"):
        assert guessed(structure=structure) is not None


def test_a_leaf_without_images_is_weighed_as_if_it_had_one(images: TrainingImages) -> None:
    few = TrainingImages(
        {name: images.paths[name] for name in images.ids[:9]},
        LABELS[:9],
        images.label_space,
        taxonomy=images.taxonomy,
    )
    weighted = LossSettings(class_weights="balanced")
    settings = TrainingSettings(hierarchy=HierarchySettings(structure="ranks"), loss=weighted)
    width = sum(len(names) for names in images.taxonomy.nodes)
    weighed = objective_of(settings, few)
    same = objective_of(settings, images)
    for leaf in range(5):
        outputs, target = torch.zeros(1, width), torch.tensor([leaf])
        assert float(weighed(outputs, target)) == pytest.approx(float(same(outputs, target)))
