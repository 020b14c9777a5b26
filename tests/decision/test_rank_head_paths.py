import numpy as np
import polars as pl
import pytest

from fieldmark.core.errors import DecisionError
from fieldmark.decision.rank_head_paths import joint_paths, rank_wise_heads, rank_wise_sums
from fieldmark.predictions.header import PredictionsHeader
from fieldmark.predictions.rank_heads import rank_heads_of

NAMES = tuple(f"s{i:02}" for i in range(12))


def heads(tree, family, genus, species, **fields):
    return rank_heads_of(
        PredictionsHeader(score_kind="logits", contender="three heads"),
        items=pl.DataFrame({"id": ["1"], "label": ["s06"]}),
        taxonomy=tree,
        scores={
            "family": np.array([family], dtype=float),
            "genus": np.array([genus], dtype=float),
            "species": np.array([species], dtype=float),
        },
        **fields,
    )


def test_the_joint_path_mends_what_single_heads_contradict(tree):
    species = np.zeros(12)
    species[0], species[6] = 3.0, 2.9
    found = heads(tree, [0.0, 2.0], [0.0, 0.0, 2.0, 0.0], species)
    alone = rank_wise_heads(found)
    assert alone.nodes[0].tolist() == [1, 2, 0]
    assert alone.contradictory.tolist() == [True]
    assert (alone.decoder, alone.is_diagnosis) == ("rank-wise", True)
    together = joint_paths(found)
    assert together.nodes[0].tolist() == [1, 2, 6]
    assert (together.decoder, together.is_diagnosis, together.candidates) == ("joint", False, 12)


def test_columns_may_stand_in_any_order(tree):
    species = np.zeros(12)
    species[6] = 3.0
    found = heads(tree, [2.0, 0.0], [0.0, 0.0, 2.0, 0.0], species, classes={"family": ("F1", "F0")})
    assert rank_wise_heads(found).nodes[0].tolist() == [1, 2, 6]
    assert joint_paths(found).nodes[0].tolist() == [1, 2, 6]


def test_leaves_that_no_path_reaches_are_no_answer(tree):
    species = np.zeros(12)
    species[0] = 9.0
    found = heads(tree, [2.0], [0.0] * 4, species, classes={"family": ("F1",)})
    assert joint_paths(found).candidates == 6
    assert joint_paths(found).nodes[0].tolist() == [1, 2, 6]
    none = heads(tree, [2.0], [0.0], species, classes={"family": ("F1",), "genus": ("G0",)})
    with pytest.raises(DecisionError, match="a leaf with a column in the head of every rank"):
        joint_paths(none)


def test_best_nodes_of_sums_can_contradict_each_other(table, tree):
    row = np.zeros((1, 12))
    row[0, [0, 6, 7]] = [0.40, 0.35, 0.25]
    found = rank_wise_sums(table(row, ["s00"], classes=NAMES, taxonomy=tree))
    assert found.nodes[0].tolist() == [1, 2, 0]
    assert found.contradictory.tolist() == [True]
    similar = table(row, ["s00"], classes=NAMES, kind="similarities", taxonomy=tree)
    with pytest.raises(DecisionError, match="Expected probabilities or logits to sum"):
        rank_wise_sums(similar)
