"""Hierarchical losses against slow formulas: one image, one node at a time, in float64."""

import math
from itertools import pairwise

import numpy as np
import pytest
import torch

from fieldmark.core.errors import StudyError
from fieldmark.heads.fine_to_coarse import FineToCoarse
from fieldmark.heads.tree_layout import TreeLayout
from fieldmark.heads.tree_losses import TreeLoss, tree_loss_of
from fieldmark.heads.tree_objective import TreeObjective
from fieldmark.heads.tree_reading import TreeReading

# Two families; one genus is alone in its family, one species alone in its genus.
PATHS = [[0, 0, 0], [1, 1, 1], [0, 2, 2], [0, 0, 3], [0, 0, 4], [1, 1, 5]]
LAYOUT = TreeLayout(("family", "genus", "species"), np.array(PATHS))
COUNTS = (40, 9, 5, 0, 2, 1)
WEIGHTS = (0.5, 1.0, 1.0, 2.0, 2.0, 3.0)
ONE_RANK = TreeLayout(("species",), np.arange(6)[:, None])
OFFSETS = (0, 2, 5)

EVERY = [
    TreeObjective(),
    TreeObjective(loss="logit-adjusted"),
    TreeObjective(loss="logit-adjusted", prior_strength=0.5),
    TreeObjective(loss="ancestors"),
    TreeObjective(loss="ancestors", rank_weights="leaf-heavy"),
    TreeObjective(loss="ancestors", rank_weights={"family": 0, "genus": 1, "species": 2}),
    TreeObjective(loss="hxe"),
    TreeObjective(loss="hxe", level_decay=0.6),
    TreeObjective(loss="soft-labels"),
    TreeObjective(loss="soft-labels", sharpness=2),
    TreeObjective(structure="ranks"),
    TreeObjective(structure="ranks", rank_weights={"family": 3, "genus": 0, "species": 1}),
    TreeObjective(structure="siblings"),
    TreeObjective(structure="fine-to-coarse", rank_weights="leaf-heavy"),
]


def softmax(values: list[float]) -> list[float]:
    """Return the softmax by its definition."""
    total = sum(math.exp(value) for value in values)
    return [math.exp(value) / total for value in values]


def rank_factors(objective: TreeObjective) -> list[float]:
    """Return the weights of the ranks, written out."""
    given = objective.rank_weights
    if given is None or given == "equal":
        return [1 / 3] * 3
    if given == "leaf-heavy":
        return [1 / 7, 2 / 7, 4 / 7]
    assert not isinstance(given, str)
    values = [given[rank] for rank in LAYOUT.ranks]
    return [value / sum(values) for value in values]


def node_probability(row: list[float], rank: int, node: int) -> float:
    """Return the sum over the leaves below a node."""
    leaves = softmax(row)
    return sum(leaves[leaf] for leaf, path in enumerate(PATHS) if path[rank] == node)


def height(one: int, other: int) -> int:
    """Return the edges from a leaf to the lowest common ancestor."""
    shared = 0
    for first, second in zip(PATHS[one], PATHS[other], strict=True):
        if first != second:
            break
        shared += 1
    return 3 - shared


def slow_of_leaves(objective: TreeObjective, row: list[float], label: int) -> float:
    """Return the loss of one image for the structure of leaves."""
    path = PATHS[label]
    if objective.loss == "logit-adjusted":
        strength = 1.0 if objective.prior_strength is None else objective.prior_strength
        counts = [max(count, 1) for count in COUNTS]
        prior = [strength * math.log(count / sum(counts)) for count in counts]
        return -math.log(softmax([a + b for a, b in zip(row, prior, strict=True)])[label])
    if objective.loss == "ancestors":
        factors = rank_factors(objective)
        return -sum(f * math.log(node_probability(row, r, path[r])) for r, f in enumerate(factors))
    if objective.loss == "hxe":
        decay = 0.1 if objective.level_decay is None else objective.level_decay
        lambdas = [math.exp(-decay * depth) for depth in (1, 2, 3)]
        nodes = [1.0, *(node_probability(row, r, path[r]) for r in range(3))]
        conditional = [below / above for above, below in pairwise(nodes)]
        terms = zip(lambdas, conditional, strict=True)
        return -sum(own / sum(lambdas) * math.log(p) for own, p in terms)
    if objective.loss == "soft-labels":
        sharpness = 10 if objective.sharpness is None else objective.sharpness
        nearness = [math.exp(-sharpness * height(label, leaf) / 3) for leaf in range(6)]
        leaves = zip(nearness, softmax(row), strict=True)
        return -sum(near / sum(nearness) * math.log(p) for near, p in leaves)
    return -math.log(softmax(row)[label])


def slow(objective: TreeObjective, row: list[float], label: int) -> float:
    """Return the loss of one image."""
    path = PATHS[label]
    if objective.structure == "leaves":
        return slow_of_leaves(objective, row, label)
    if objective.structure == "siblings":
        return -math.log(path_probability(row, label))
    parts = row[0:2], row[2:5], row[5:11]
    factors = rank_factors(objective)
    chosen = zip(factors, parts, path, strict=True)
    return -sum(factor * math.log(softmax(part)[node]) for factor, part, node in chosen)


def path_probability(row: list[float], leaf: int) -> float:
    """Return the product of each node's probability among its siblings."""
    found = 1.0
    for rank, node in enumerate(PATHS[leaf]):
        family = sorted({p[rank] for p in PATHS if p[:rank] == PATHS[leaf][:rank]})
        values = [row[OFFSETS[rank] + one] for one in family]
        found *= softmax(values)[family.index(node)]
    return found


def batch(loss: TreeLoss, n: int = 9) -> tuple[torch.Tensor, torch.Tensor]:
    """Return outputs and positions."""
    rng = np.random.default_rng(0)
    outputs = rng.normal(scale=2, size=(n, loss.reading.width)).astype(np.float32)
    return torch.from_numpy(outputs), torch.from_numpy(rng.integers(6, size=n))


def weights_for(objective: TreeObjective) -> tuple[float, ...] | None:
    """Return weights of leaves where they are allowed."""
    return None if objective.loss == "logit-adjusted" else WEIGHTS


@pytest.mark.parametrize("objective", EVERY, ids=str)
def test_every_loss_equals_the_slow_formula(objective: TreeObjective) -> None:
    weights = weights_for(objective)
    loss = tree_loss_of(objective, LAYOUT, COUNTS, leaf_weights=weights)
    outputs, target = batch(loss)
    each = [slow(objective, *one) for one in zip(outputs.tolist(), target.tolist(), strict=True)]
    of_images = [1.0 if weights is None else weights[label] for label in target.tolist()]
    expected = np.average(each, weights=of_images)
    assert float(loss(outputs, target)) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("objective", EVERY, ids=str)
def test_shares_are_the_weighted_mean_of_their_leaves(objective: TreeObjective) -> None:
    weights = weights_for(objective)
    loss = tree_loss_of(objective, LAYOUT, COUNTS, leaf_weights=weights)
    outputs, target = batch(loss)
    one_hot = torch.nn.functional.one_hot(target, 6).float()
    torch.testing.assert_close(loss(outputs, one_hot), loss(outputs, target))
    shares = torch.softmax(torch.randn(9, 6, generator=torch.Generator().manual_seed(0)), dim=1)
    total = kept = 0.0
    for row, mixed in zip(outputs.tolist(), shares.tolist(), strict=True):
        for label, share in enumerate(mixed):
            weight = share * (1.0 if weights is None else weights[label])
            total, kept = total + weight * slow(objective, row, label), kept + weight
    assert float(loss(outputs, shares)) == pytest.approx(total / kept, rel=1e-5)


@pytest.mark.parametrize("objective", EVERY, ids=str)
def test_gradients_stay_finite_at_extreme_outputs(objective: TreeObjective) -> None:
    loss = tree_loss_of(objective, LAYOUT, COUNTS)
    outputs, target = batch(loss)
    for scale in (0.0, 1e4, -1e30):
        extreme = (outputs * scale).requires_grad_()
        found = loss(extreme, target)
        found.backward()
        assert bool(torch.isfinite(found))
        assert extreme.grad is not None
        assert bool(torch.isfinite(extreme.grad).all())


@pytest.mark.parametrize("objective", EVERY, ids=str)
def test_the_best_outputs_are_those_of_the_label(objective: TreeObjective) -> None:
    loss = tree_loss_of(objective, LAYOUT, (1,) * 6)
    outputs = torch.zeros(1, loss.reading.width, requires_grad=True)
    optimiser = torch.optim.Adam([outputs], lr=0.1)
    for _ in range(60):
        optimiser.zero_grad()
        loss(outputs, torch.tensor([3])).backward()
        optimiser.step()
    assert int(loss.reading.leaf_logits(outputs.detach()).argmax()) == 3


def test_without_level_decay_hxe_is_a_third_of_the_cross_entropy() -> None:
    plain = tree_loss_of(TreeObjective(), LAYOUT, COUNTS)
    outputs, target = batch(plain)
    even = tree_loss_of(TreeObjective(loss="hxe", level_decay=0), LAYOUT, COUNTS)
    torch.testing.assert_close(even(outputs, target) * 3, plain(outputs, target))


def test_sharp_soft_labels_are_the_cross_entropy() -> None:
    plain = tree_loss_of(TreeObjective(), LAYOUT, COUNTS)
    outputs, target = batch(plain)
    sharp = tree_loss_of(TreeObjective(loss="soft-labels", sharpness=500), LAYOUT, COUNTS)
    torch.testing.assert_close(sharp(outputs, target), plain(outputs, target))


@pytest.mark.parametrize("structure", ["leaves", "ranks", "siblings", "fine-to-coarse"])
def test_on_one_rank_every_structure_is_the_plain_softmax(structure: str) -> None:
    objective = TreeObjective(structure=structure)  # type: ignore[arg-type]
    loss = tree_loss_of(objective, ONE_RANK, COUNTS)
    outputs, target = batch(loss)
    torch.testing.assert_close(
        loss(outputs, target), torch.nn.functional.cross_entropy(outputs, target)
    )
    logits = loss.reading.leaf_logits(outputs)
    torch.testing.assert_close(torch.softmax(logits, dim=1), torch.softmax(outputs, dim=1))


def test_leaf_probabilities_of_siblings_sum_to_one() -> None:
    reading = TreeReading("siblings", LAYOUT)
    outputs = 30 * torch.randn(20, 11, generator=torch.Generator().manual_seed(1))
    probabilities = reading.leaf_logits(outputs).exp()
    torch.testing.assert_close(probabilities.sum(dim=1), torch.ones(20))
    for row, found in zip(outputs[:3].tolist(), probabilities.tolist(), strict=False):
        assert found == pytest.approx([path_probability(row, leaf) for leaf in range(6)], rel=1e-4)


def test_a_node_without_siblings_costs_nothing() -> None:
    loss = tree_loss_of(TreeObjective(structure="siblings"), LAYOUT, COUNTS)
    outputs = torch.zeros(1, 11, requires_grad=True)
    loss(outputs, torch.tensor([2])).backward()
    assert outputs.grad is not None
    alone = OFFSETS[2] + 2
    assert float(outputs.grad[0, alone]) == 0
    moved = outputs.detach().clone()
    moved[0, alone] = -50.0
    assert float(loss(moved, torch.tensor([2]))) == pytest.approx(2 * math.log(2), rel=1e-6)


def test_leaf_logits_of_ranks_are_the_product_along_each_path() -> None:
    reading = TreeReading("ranks", LAYOUT)
    outputs = torch.randn(5, 11, generator=torch.Generator().manual_seed(2))
    for row, found in zip(outputs.tolist(), reading.leaf_logits(outputs).tolist(), strict=True):
        parts = [softmax(part) for part in (row[0:2], row[2:5], row[5:11])]
        for leaf, path in enumerate(PATHS):
            each = zip(parts, path, strict=True)
            assert found[leaf] == pytest.approx(sum(math.log(p[v]) for p, v in each), rel=1e-4)
    heads = reading.rank_logits(outputs)
    assert heads is not None
    assert torch.equal(torch.cat(heads, dim=1), outputs)


@pytest.mark.parametrize("structure", ["leaves", "siblings"])
def test_structures_without_heads_of_their_own_have_no_rank_logits(structure: str) -> None:
    reading = TreeReading(structure, LAYOUT)  # type: ignore[arg-type]
    assert reading.rank_logits(torch.zeros(1, reading.width)) is None


def test_coarse_losses_leave_the_finer_blocks_alone() -> None:
    network = FineToCoarse(LAYOUT, width=4, hidden=3, generator=torch.Generator().manual_seed(0))
    inputs = torch.randn(8, 4, generator=torch.Generator().manual_seed(1))
    for rank, name in enumerate(LAYOUT.ranks):
        weights = {one: float(one == name) for one in LAYOUT.ranks}
        objective = TreeObjective(structure="fine-to-coarse", rank_weights=weights)
        network.zero_grad()
        tree_loss_of(objective, LAYOUT, COUNTS)(network(inputs), torch.arange(8) % 6).backward()
        moved = network.hidden_weights.grad.abs().reshape(3, -1).sum(dim=1) > 0  # type: ignore
        assert moved.tolist() == [block == rank for block in range(3)]
        read = network.weights.grad.abs().reshape(11, 3, 3).sum(dim=(0, 2)) > 0  # type: ignore
        assert read.tolist() == [block >= rank for block in range(3)]


def test_coarse_heads_do_read_the_finer_blocks() -> None:
    network = FineToCoarse(LAYOUT, width=4, hidden=3, generator=torch.Generator().manual_seed(0))
    inputs = torch.randn(2, 4, generator=torch.Generator().manual_seed(1))
    before = network(inputs).detach()
    with torch.no_grad():
        network.hidden_weights[-3:] += 1.0
    changed = (network(inputs) != before).any(dim=0)
    assert bool(changed[:2].any())
    before = network(inputs).detach()
    with torch.no_grad():
        network.hidden_weights[:3] += 1.0
    assert torch.equal(network(inputs)[:, 2:], before[:, 2:])


def test_the_prior_and_class_weights_together_are_refused() -> None:
    with pytest.raises(StudyError, match=r"correct twice\. Take one of the two"):
        tree_loss_of(TreeObjective(loss="logit-adjusted"), LAYOUT, COUNTS, leaf_weights=WEIGHTS)
    wrong = TreeObjective(loss="ancestors", rank_weights={"order": 1.0})
    with pytest.raises(StudyError, match="'order'"):
        tree_loss_of(wrong, LAYOUT, COUNTS)
