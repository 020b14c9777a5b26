"""Signs, seen at the end of a fine-tuning, that it went wrong."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import torch

from fieldmark.images.dataset import read_batches
from fieldmark.images.regions import Region
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
        regions: id -> mask and box, where the contract asks for them.
    """

    paths: Mapping[str, Path]
    labels: npt.NDArray[np.int64]
    regions: Mapping[str, Region] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class _Sample:
    """At most 256 images of a part, spread evenly over its order."""

    paths: list[Path]
    labels: npt.NDArray[np.int64]
    regions: list[Region] | None


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
    training = _accuracy(model, _sample_of(images))
    sample = _sample_of(beside)
    accuracy = _accuracy(model, sample)
    worries = list(overfitting_worries(training, accuracy, metric="accuracy"))
    spread = _spread(model, sample)
    guessing = float(np.bincount(sample.labels).max() / len(sample.labels))
    if spread is not None and accuracy <= guessing:
        worries += collapse_worries(spread)
    return {
        "training_accuracy": training,
        "accuracy_beside": accuracy,
        "spread": None if spread is None else asdict(spread),
        "worries": [asdict(worry) for worry in worries],
    }


def embeddings_of(
    model: TunedModel, paths: list[Path], *, regions: Sequence[Region] | None = None
) -> FloatArray:
    """Return what the classifier sees of each image, float32 (n, width)."""
    network, blocks = model.network, []
    with torch.inference_mode():
        for batch in read_batches(paths, model.contract, regions=regions):
            features = network.forward_features(torch.from_numpy(batch.pixels))
            blocks.append(network.forward_head(features, pre_logits=True).float().numpy())
    return np.concatenate(blocks)


def _sample_of(images: TrainingImages | Beside) -> _Sample:
    total = len(images.paths)
    chosen = np.unique(np.linspace(0, total - 1, min(_MOST, total)).astype(np.int64))
    ids = list(images.paths)
    names, regions = [ids[position] for position in chosen], images.regions
    return _Sample(
        [images.paths[name] for name in names],
        images.labels[chosen],
        None if regions is None else [regions[name] for name in names],
    )


def _accuracy(model: TunedModel, sample: _Sample) -> float:
    scores = model.predict_scores(sample.paths, regions=sample.regions)
    return float((scores.argmax(axis=1) == sample.labels).mean())


def _spread(model: TunedModel, sample: _Sample) -> Spread | None:
    vectors = embeddings_of(model, sample.paths, regions=sample.regions)
    alive = np.linalg.norm(vectors, axis=1) > 0
    if int(alive.sum()) < 2:
        return None
    return spread_of(vectors[alive], [str(label) for label in sample.labels[alive]])
