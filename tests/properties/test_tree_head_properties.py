"""What must hold of hierarchical outputs, whatever the tree and the numbers."""

import numpy as np
import polars as pl
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldmark.heads.tree_layout import TreeLayout, layout_of
from fieldmark.heads.tree_losses import tree_loss_of
from fieldmark.heads.tree_objective import STRUCTURES, TreeObjective, TreeStructure
from fieldmark.heads.tree_reading import TreeReading
from fieldmark.heads.tree_scores import leaf_scores, split_by_rank
from fieldmark.manifest.taxonomy import Taxonomy, build_taxonomy

RANKS = ("order", "family", "genus", "species")


@st.composite
def trees(draw: st.DrawFn) -> Taxonomy:
    """A random tree of one to four ranks."""
    ranks = RANKS[draw(st.integers(0, 3)) :]
    parents = [draw(st.lists(st.integers(0, 2), min_size=6, max_size=6)) for _ in ranks[1:]]
    rows = []
    for leaf in draw(st.lists(st.integers(0, 5), min_size=1, max_size=12)):
        path = [leaf]
        for parent in parents:
            path.append(parent[path[-1]])
        rows.append(tuple(f"n{node}" for node in reversed(path)))
    return build_taxonomy(pl.DataFrame(rows, schema=ranks, orient="row"), ranks)


def outputs_of(layout: TreeLayout, structure: TreeStructure, seed: int, scale: float) -> np.ndarray:
    """Return random outputs of three images."""
    width = layout.n_leaves if structure == "leaves" else layout.n_nodes
    return np.random.default_rng(seed).normal(scale=scale, size=(3, width)).astype(np.float32)


STRUCTURE = st.sampled_from(STRUCTURES)
SCALE = st.sampled_from([0.0, 1.0, 30.0, 1e6])


@settings(deadline=None)  # the first use of torch takes its time
@given(trees(), STRUCTURE, st.integers(0, 99), SCALE)
def test_the_best_leaf_ends_a_path_of_the_tree_and_no_path_is_better(
    tree: Taxonomy, structure: TreeStructure, seed: int, scale: float
) -> None:
    layout = layout_of(tree)
    outputs = outputs_of(layout, structure, seed, scale)
    scores = leaf_scores(structure, layout, outputs)
    assert np.isfinite(scores).all()
    paths = tree.paths[scores.argmax(axis=1)]
    every = {tuple(path) for path in tree.paths.tolist()}
    assert all(tuple(path) in every for path in paths.tolist())
    if structure in ("ranks", "fine-to-coarse"):
        logs = [
            part - part.max(axis=1, keepdims=True)
            for part in split_by_rank(layout, outputs.astype(np.float64))
        ]
        for row, path in enumerate(paths):
            best = sum(part[row, node] for part, node in zip(logs, path, strict=True))
            for other in tree.paths:
                along = sum(part[row, node] for part, node in zip(logs, other, strict=True))
                assert along <= best + 1e-6 * (1 + abs(best))


@settings(deadline=None)  # the first use of torch takes its time
@given(trees(), STRUCTURE, st.integers(0, 99), SCALE)
def test_leaf_probabilities_of_one_tree_sum_to_one_and_loss_is_their_logarithm(
    tree: Taxonomy, structure: TreeStructure, seed: int, scale: float
) -> None:
    layout = layout_of(tree)
    outputs = torch.from_numpy(outputs_of(layout, structure, seed, scale))
    reading = TreeReading(structure, layout)
    logits = reading.leaf_logits(outputs).double()
    assert torch.isfinite(logits).all()
    if structure == "siblings":
        total = logits.exp().sum(dim=1)
        torch.testing.assert_close(total, torch.ones_like(total), atol=1e-5, rtol=0)
    if structure in ("leaves", "siblings"):
        target = torch.arange(3) % layout.n_leaves
        loss = tree_loss_of(TreeObjective(structure=structure), layout, [1] * layout.n_leaves)
        expected = torch.nn.functional.cross_entropy(logits, target)
        torch.testing.assert_close(loss(outputs, target).double(), expected, rtol=1e-4, atol=1e-4)


@settings(deadline=None)  # the first use of torch takes its time
@given(trees(), st.integers(0, 99), SCALE)
def test_no_rank_of_summed_leaves_outweighs_the_one_above(
    tree: Taxonomy, seed: int, scale: float
) -> None:
    layout = layout_of(tree)
    terms = TreeReading("leaves", layout).log_terms(
        torch.from_numpy(outputs_of(layout, "leaves", seed, scale))
    )
    for rank, part in enumerate(terms):
        torch.testing.assert_close(part.exp().sum(dim=1), torch.ones(3), atol=1e-4, rtol=0)
        if rank:
            above = tree.paths[np.unique(tree.paths[:, rank], return_index=True)[1], rank - 1]
            assert bool((part <= terms[rank - 1][:, above] + 1e-4).all())
