"""Generated scores of the size and shape of FungiTastic's validation set: photos of observations.

The tree is uneven, the labels have a long tail, an observation has about two photos, and a photo's
scores lean towards the relatives of its species, so that mistakes stay in the genus more often
than chance would have it. What is generated is stored, and made anew only where it is not there.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import polars as pl

from fieldmark.manifest.labels import LabelSpace
from fieldmark.manifest.taxonomy import Taxonomy, build_taxonomy
from fieldmark.predictions.header import PredictionsHeader
from fieldmark.predictions.store import PredictionsWriter

PHOTOS = 90_000
RANKS = ("phylum", "class", "order", "family", "genus", "species")
WIDTHS = (7, 27, 93, 278, 900, 2_829)
STOCK_KNOWS, STOCK_ALONE = 2_786, 14
_ROWS, _TAIL, _POISONOUS, _SHARPNESS = 2_048, 0.8, 0.12, np.float32(2)

IntArray: TypeAlias = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Contender:
    """A model that is made up.

    Attributes:
        name: of the contender.
        own: how far the score of the true species stands out.
        relatives: how far those of its genus and of its family do, together.
        dtype: of the stored probabilities.
        stock: whether it is a foreign model that knows other classes.
    """

    name: str
    own: float
    relatives: tuple[float, float] = (0.8, 0.5)
    dtype: type[np.floating[Any]] = np.float32
    stock: bool = False


FLAT = Contender("flat", own=3.2)
HEADS = Contender("one head a rank", own=3.3, relatives=(1.0, 0.7), dtype=np.float16)
STOCK = Contender("stock", own=3.4, stock=True)


def lineages() -> IntArray:
    """Return the node of each species at each rank, (species, ranks); every node has a species."""
    generator = np.random.default_rng(6)
    columns = [np.arange(WIDTHS[-1])]
    for width, finer in zip(reversed(WIDTHS[:-1]), reversed(WIDTHS[1:]), strict=True):
        share = generator.pareto(1.5, width) + 0.2
        drawn = generator.choice(width, size=finer - width, p=share / share.sum())
        parents = np.sort(np.concatenate([np.arange(width), drawn]))
        columns.append(parents[columns[-1]])
    return np.stack(columns[::-1], axis=1)


def taxonomy() -> Taxonomy:
    """Return the tree of the species."""
    paths = lineages()
    columns = {
        rank: [f"{rank} {node:04}" for node in paths[:, depth]] for depth, rank in enumerate(RANKS)
    }
    return build_taxonomy(pl.DataFrame(columns), RANKS)


def photos(count: int = PHOTOS) -> tuple[pl.DataFrame, IntArray]:
    """Return the items, with observation, poisonous flag and month, and the species of each."""
    generator = np.random.default_rng(7)
    tail = np.arange(1, WIDTHS[-1] + 1) ** -_TAIL
    frequency = generator.permutation(tail / tail.sum())
    per_observation = generator.integers(1, 4, size=count)
    observation = np.repeat(np.arange(count), per_observation)[:count]
    species = generator.choice(WIDTHS[-1], size=observation[-1] + 1, p=frequency)[observation]
    poisonous = generator.random(WIDTHS[-1]) < _POISONOUS
    items = pl.DataFrame(
        {
            "id": [f"photo-{row:06}" for row in range(count)],
            "label": [f"species {node:04}" for node in species],
            "group": [f"observation-{number:06}" for number in observation],
            "poisonous": poisonous[species],
            "month": generator.integers(1, 13, size=observation[-1] + 1)[observation],
        }
    )
    return items, species


def make_table(folder: Path, contender: Contender, *, count: int = PHOTOS) -> Path:
    """Return the folder of the stored table of a contender, made where it is not there."""
    out = folder / f"{contender.name.replace(' ', '-')}-{count}"
    if (out / "header.json").is_file():
        return out
    items, species = photos(count)
    names, columns = classes_of(contender)
    generator, paths = np.random.default_rng([*contender.name.encode()]), lineages()
    writer = PredictionsWriter(
        out,
        PredictionsHeader(score_kind="probabilities", contender=contender.name, split="validation"),
        items=items,
        label_space=LabelSpace(names),
        dtype=contender.dtype,
        taxonomy=None if contender.stock else taxonomy(),
    )
    with writer as table:
        for start in range(0, count, _ROWS):
            logits = _logits(generator, contender, paths, species[start : start + _ROWS])
            foreign = generator.standard_normal((len(logits), len(names) - len(columns)))
            block = np.concatenate([logits[:, columns], _SHARPNESS * foreign], axis=1)
            block = np.exp(block - block.max(axis=1, keepdims=True), dtype=np.float32)
            table.write(block / block.sum(axis=1, keepdims=True))
    return out


def classes_of(contender: Contender) -> tuple[tuple[str, ...], IntArray]:
    """Return the names that a contender knows in its order, and which species the first are."""
    species = np.arange(WIDTHS[-1])
    if not contender.stock:
        return tuple(f"species {node:04}" for node in species), species
    known = np.random.default_rng(8).permutation(species)[:STOCK_KNOWS]
    names = [f"species {node:04}" for node in known]
    return (*names, *(f"foreign species {number:02}" for number in range(STOCK_ALONE))), known


def _logits(
    generator: np.random.Generator, contender: Contender, paths: IntArray, truth: IntArray
) -> npt.NDArray[np.float32]:
    """Return logits (photos, species): noise, the species itself, its genus and its family."""
    logits = generator.standard_normal((len(truth), len(paths)), dtype=np.float32)
    for depth, more in zip((-2, -3), contender.relatives, strict=True):
        node = paths[:, depth]
        logits += np.float32(more) * (node[np.newaxis] == node[truth][:, np.newaxis])
    logits[np.arange(len(truth)), truth] += contender.own
    return _SHARPNESS * logits
