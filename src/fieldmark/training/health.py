"""Signs, seen at the end of a fine-tuning, that it went wrong."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import torch

from fieldmark.images.dataset import read_batches
from fieldmark.training.data import FloatArray, TrainingImages
from fieldmark.training.monitors import Spread, collapse_worries, overfitting_worries, spread_of
from fieldmark.training.prediction import TunedModel

_MOST: Final = 256


@dataclass(frozen=True, slots=True, eq=False)
class Beside:
    """Images that were not learnt from, with their labels.

    Attributes:
        paths: id -> file, all readable.
        labels: int64 array (n,), positions in the label space.
    """

    paths: Mapping[str, Path]
    labels: npt.NDArray[np.int64]


def health_of(model: TunedModel, images: TrainingImages, beside: Beside) -> dict[str, Any]:
    """Return what a look at up to 256 images of each part shows, ready for JSON.

    Embeddings are held to have collapsed only where the answers are no better than always naming
    the most frequent class: cosines of embeddings that are nowhere negative are high in any case.

    Args:
        model: the fine-tuned network.
        images: what it learnt from.
        beside: images that it did not learn from; nothing is looked at where there are none.

    Returns:
        "training_accuracy", "accuracy_beside", "spread" and "worries"; empty without images.
    """
    if not beside.paths:
        return {}
    training = _accuracy(model, images.paths, images.labels)
    paths, labels = _sample(beside.paths, beside.labels)
    accuracy = _accuracy(model, beside.paths, beside.labels)
    worries = list(overfitting_worries(training, accuracy, metric="accuracy"))
    spread = _spread(model, paths, labels)
    guessing = float(np.bincount(labels).max() / len(labels))
    if spread is not None and accuracy <= guessing:
        worries += collapse_worries(spread)
    return {
        "training_accuracy": training,
        "accuracy_beside": accuracy,
        "spread": None if spread is None else asdict(spread),
        "worries": [asdict(worry) for worry in worries],
    }


def embeddings_of(model: TunedModel, paths: list[Path]) -> FloatArray:
    """Return what the classifier sees of each image, float32 (n, width)."""
    network, blocks = model.network, []
    with torch.inference_mode():
        for batch in read_batches(paths, model.contract):
            features = network.forward_features(torch.from_numpy(batch.pixels))
            blocks.append(network.forward_head(features, pre_logits=True).float().numpy())
    return np.concatenate(blocks)


def _sample(
    paths: Mapping[str, Path], labels: npt.NDArray[np.int64]
) -> tuple[list[Path], npt.NDArray[np.int64]]:
    """Return at most 256 images, spread evenly over the given order."""
    chosen = np.unique(np.linspace(0, len(paths) - 1, min(_MOST, len(paths))).astype(np.int64))
    files = list(paths.values())
    return [files[position] for position in chosen], labels[chosen]


def _accuracy(model: TunedModel, paths: Mapping[str, Path], labels: npt.NDArray[np.int64]) -> float:
    files, truth = _sample(paths, labels)
    return float((model.predict_scores(files).argmax(axis=1) == truth).mean())


def _spread(model: TunedModel, paths: list[Path], labels: npt.NDArray[np.int64]) -> Spread | None:
    vectors = embeddings_of(model, paths)
    alive = np.linalg.norm(vectors, axis=1) > 0
    if int(alive.sum()) < 2:
        return None
    return spread_of(vectors[alive], [str(label) for label in labels[alive]])
