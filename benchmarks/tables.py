"""Tables of predictions that the benchmarks share: a tree of six ranks and answers that lean to it.

The names of the classes say nothing of the tree, so that the columns of a genus lie far apart: the
worst order for summing up the ranks.
"""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from fieldmark.manifest.labels import LabelSpace
from fieldmark.manifest.taxonomy import Taxonomy, build_taxonomy
from fieldmark.predictions.header import PredictionsHeader
from fieldmark.predictions.store import PredictionsWriter

RANKS = ("phylum", "class", "order", "family", "genus", "species")
NODES = (5, 20, 60, 190, 700, 2829)
_ROWS = 2000

IntArray = npt.NDArray[np.int64]


def drawn_tree(species: int, *, seed: int = 0) -> Taxonomy:
    """Return a tree of six ranks; for 2,829 species its ranks are as large as those of fungi."""
    rng = np.random.default_rng(seed)
    sizes = [max(1, count * species // NODES[-1]) for count in NODES]
    codes = [np.arange(species)]
    for upper, lower in zip(sizes[-2::-1], sizes[:0:-1], strict=True):
        several = (upper * rng.random(lower - upper) ** 2).astype(np.int64)
        codes.insert(0, np.concatenate([np.arange(upper), several])[codes[0]])
    codes[-1] = rng.permutation(species)
    names = {
        rank: [f"{rank} {code:04d}" for code in of_rank]
        for rank, of_rank in zip(RANKS, codes, strict=True)
    }
    return build_taxonomy(pl.DataFrame(names), RANKS)


def drawn_labels(items: int, species: int, *, seed: int = 0) -> IntArray:
    """Return the leaf of each item, int64 (items,): few species are frequent, many are rare."""
    rng = np.random.default_rng(seed)
    share = rng.permutation(np.arange(1, species + 1) ** -0.9)
    return rng.choice(species, size=items, p=share / share.sum())


def write_table(folder: Path, tree: Taxonomy, truth: IntArray, *, seed: int) -> Path:
    """Write float32 probabilities, right for about six items in seven, mostly near otherwise."""
    names, genus = tree.leaves.classes, tree.ancestors("genus")
    rng = np.random.default_rng(seed)
    items = {"id": [f"photo {row:06d}" for row in range(len(truth))]}
    items["label"] = [names[leaf] for leaf in truth]
    header = PredictionsHeader(score_kind="probabilities", contender=folder.name, split="test")
    writer = PredictionsWriter(
        folder, header, items=pl.DataFrame(items), label_space=LabelSpace(names), taxonomy=tree
    )
    with writer:
        for start in range(0, len(truth), _ROWS):
            part = truth[start : start + _ROWS]
            odds = 2 * rng.standard_normal((len(part), len(names)))
            odds += 3.0 * (genus == genus[part][:, None])
            odds[np.arange(len(part)), part] += 6.5
            shares = np.exp(odds - odds.max(axis=1, keepdims=True))
            writer.write((shares / shares.sum(axis=1, keepdims=True)).astype(np.float32))
    return folder
