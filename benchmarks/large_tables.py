"""Tables of generated scores as large as a real validation set, shared by several benchmarks."""

from pathlib import Path

import numpy as np
import polars as pl

from fieldmark.manifest.labels import LabelSpace
from fieldmark.manifest.taxonomy import Taxonomy, build_taxonomy
from fieldmark.predictions.compiled_rows import COMPILED_KERNELS
from fieldmark.predictions.header import PredictionsHeader
from fieldmark.predictions.row_kernels import ladder_of
from fieldmark.predictions.store import load_predictions, save_predictions
from fieldmark.predictions.table import Predictions

ITEMS, SPECIES = 89_659, 2_829
RANKS = ("phylum", "class", "order", "family", "genus", "species")
_WIDTHS = (5, 20, 75, 300, 1_000, SPECIES)
_ROWS = 4_096


def taxonomy(species: int = SPECIES) -> Taxonomy:
    """Return a tree of six ranks, narrower the coarser."""
    node, width, columns = np.arange(species), species, {}
    for rank, narrower in zip(reversed(RANKS), reversed(_WIDTHS), strict=True):
        node = node * min(narrower, width) // width
        width = min(narrower, width)
        columns[rank] = [f"{rank} {number:04}" for number in node]
    return build_taxonomy(pl.DataFrame(columns), RANKS)


def make_table(
    folder: Path, name: str, *, strength: float, items: int = ITEMS, seed: int = 0
) -> Predictions:
    """Return a stored table of float32 probabilities of a contender, memory-mapped.

    The labels depend on the items alone; the noise on the contender.

    Args:
        folder: where it is stored, under the name.
        name: of the contender.
        strength: how far the label's score stands out; 4 is right on about two thirds.
        items: number of rows.
        seed: of the labels.
    """
    tree = taxonomy()
    classes = tree.leaves.classes
    truth = np.random.default_rng(seed).integers(len(classes), size=items)
    noise = np.random.default_rng([seed, *name.encode()])
    scores = np.lib.format.open_memmap(
        folder / f"{name}.npy", mode="w+", dtype=np.float32, shape=(items, len(classes))
    )
    for start in range(0, items, _ROWS):
        of_rows = truth[start : start + _ROWS]
        block = noise.standard_normal((len(of_rows), len(classes)), dtype=np.float32)
        block[np.arange(len(of_rows)), of_rows] += strength
        block *= 2
        block -= block.max(axis=1, keepdims=True)
        np.exp(block, out=block)
        block /= block.sum(axis=1, keepdims=True)
        scores[start : start + _ROWS] = block
    table = Predictions(
        PredictionsHeader(score_kind="probabilities", contender=name, split="validation"),
        pl.DataFrame(
            {
                "id": [f"photo {row}" for row in range(items)],
                "label": [classes[position] for position in truth],
            }
        ),
        LabelSpace(classes),
        scores,
        tree,
    )
    save_predictions(table, folder / name)
    (folder / f"{name}.npy").unlink()
    return load_predictions(folder / name)


def load_compiled() -> None:
    """Load the compiled kernels, so that only what they compute is measured."""
    shares = np.zeros((1, 2), np.float32)
    ladder = ladder_of([np.zeros(2, np.int64)], [1])
    nodes = np.zeros((2, 1, 1), np.int64)
    for block in (shares, shares.astype(np.float64)):
        COMPILED_KERNELS.places(block, *nodes[:, 0])
        COMPILED_KERNELS.sums_of_squares(block)
        COMPILED_KERNELS.standings(block, ladder, nodes[0], nodes[0, 0])
