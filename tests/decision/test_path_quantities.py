import numpy as np
import polars as pl
import pytest

from fieldmark.core.errors import DecisionError
from fieldmark.decision.path_quantities import Poison, path_item_metric, ratios_of
from fieldmark.decision.paths import Paths

NODES = [[0, 0, 0], [0, 1, -1], [1, 2, 7], [-1, -1, -1], [0, 0, 1]]
LABELS = ["s00", "s04", "s11", "s01", "s06"]


def made(tree, nodes=NODES, labels=LABELS, **fields):
    items = pl.DataFrame({"id": [f"i{row}" for row in range(len(labels))], "label": labels})
    facts = {"decoder": "greedy", "contender": "probe"} | fields
    return Paths(taxonomy=tree, nodes=np.array(nodes), items=items, **facts)


def values(paths, **fields):
    return {
        (one.metric, one.rank): (float(np.sum(one.above)), float(np.sum(one.below)))
        for one in ratios_of(paths, **fields)
    }


def test_every_number_is_a_sum_over_items_divided_by_another(tree):
    found = values(made(tree))
    assert found["all_ranks_right", None] == (1, 5)
    assert found["right_at_rank", "family"] == (3, 5)
    assert found["answered", "family"] == (4, 5)
    assert found["accuracy_of_answered", "family"] == (3, 4)
    assert found["right_at_rank", "genus"] == (2, 5)
    assert found["answered", "species"] == (3, 5)
    assert found["accuracy_of_answered", "species"] == (1, 3)
    assert found["hierarchical_precision", None] == (6, 11)
    assert found["hierarchical_recall", None] == (6, 15)
    assert found["hierarchical_f1", None] == (12, 26)
    assert found["mean_lca_height", None] == (0 + 1 + 2 + 3 + 3, 5)
    assert found["mistake_severity", None] == (2 + 3, 2)
    assert found["path_contradiction_rate", None] == (0, 5)
    assert ("realised_cost", None) not in found


def test_what_poison_costs(tree):
    """Poison is taken for a family that holds some at the cost of 1, for what is harmless of 50."""
    labels = ["s01", "s01", "s06", "s06", "s00", "s01", "s06"]
    nodes = [
        [0, 0, 0],
        [0, 0, 1],
        [0, -1, -1],
        [0, 1, -1],
        [1, 2, 6],
        [-1, -1, -1],
        [1, 2, -1],
    ]
    paths = made(tree, nodes, labels)
    costs = Poison(frozenset({"s01", "s06"}), 50).of(paths)
    assert costs.tolist() == [50, 0, 1, 50, 1, 0, 0]
    found = values(paths, poison=Poison(frozenset({"s01", "s06"}), 50))
    assert found["realised_cost", None] == (102, 7)
    with pytest.raises(DecisionError, match=r"as poisonous classes; 'oak' is none\."):
        Poison(frozenset({"oak"})).of(paths)


def test_a_diagnosis_has_no_common_ancestors(tree):
    found = values(made(tree, [[0, 3, 0]], ["s00"], is_diagnosis=True))
    assert found["all_ranks_right", None] == (0, 1)
    assert found["right_at_rank", "species"] == (1, 1)
    assert found["path_contradiction_rate", None] == (1, 1)
    assert ("mean_lca_height", None) not in found
    assert ("mistake_severity", None) not in found


def test_shares_of_all_items_can_be_paired(tree):
    paths = made(tree, candidates=12)
    metric = path_item_metric(paths, "right_at_rank", "genus")
    assert metric.values.tolist() == [True, True, False, False, False]
    assert (metric.classes, metric.rank, metric.is_share_of_all) == (12, "genus", True)
    with pytest.raises(DecisionError, match="or 'right_at_rank' at one of family, genus, species"):
        path_item_metric(paths, "right_at_rank", "tribe")
