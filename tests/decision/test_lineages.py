import numpy as np
import pytest

from fieldmark.core.errors import DecisionError
from fieldmark.decision.lineages import answered_rank, answered_wrongly, lineages
from fieldmark.evaluation.resampling import units_of


def alone(predictions):
    return units_of(None, n=predictions.n)


def test_a_chain_is_the_best_leaf_with_its_ancestors(table, tree):
    shares = np.full((1, 12), 0.05)
    shares[0, :3] = [0.3, 0.15, 0.05]
    names = tuple(f"s{i:02}" for i in range(12))
    one = table(shares / shares.sum(), ["s01"], classes=names, taxonomy=tree)
    found = lineages(one, lots=alone(one))
    assert found.ranks == ("family", "genus", "species")
    assert found.nodes.tolist() == [["F0", "G0", "s00"]]
    assert found.probability[0] == pytest.approx(np.array([0.65, 0.5, 0.3]) / shares.sum())
    assert found.right.tolist() == [[True, True, False]]


def test_chains_never_rise_and_right_never_returns(fungi):
    many = fungi("c", 400)
    found = lineages(many, lots=alone(many))
    assert (np.diff(found.probability, axis=1) <= 0).all()
    assert (np.diff(found.right.astype(int), axis=1) <= 0).all()


def test_some_ranks_may_be_left_out(fungi):
    many = fungi("c", 30)
    found = lineages(many, lots=alone(many), ranks=("species", "family"))
    assert found.ranks == ("family", "species")


def test_the_finest_rank_that_reaches_its_threshold():
    chains = np.array([[0.9, 0.6, 0.3], [0.5, 0.4, 0.2], [1.0, 1.0, 1.0]])
    found = answered_rank(chains, np.array([0.6, 0.6, 0.6]))
    assert found.tolist() == [1, -1, 2]
    assert answered_rank(chains, np.array([0.6, np.inf, 0.3])).tolist() == [2, -1, 2]
    right = np.array([[True, False, False], [False] * 3, [True] * 3])
    assert answered_wrongly(right, found).tolist() == [True, False, False]


def test_one_item_of_each_lot(fungi):
    many = fungi("c", 100)
    lots = units_of([f"{i // 10}" for i in range(100)], n=100)
    rows = lineages(many, lots=lots).one_of_each_lot()
    assert sorted(lots.codes[rows].tolist()) == list(range(10))
    assert lineages(many, lots=alone(many)).one_of_each_lot().tolist() == list(range(100))


def test_refusals(table, tree, fungi):
    without = table([[0.5, 0.5]], ["a"])
    with pytest.raises(DecisionError, match="Expected a taxonomy to back off"):
        lineages(without, lots=alone(without))
    names = tuple(f"s{i:02}" for i in range(12))
    similar = table(np.eye(12)[:1], ["s00"], classes=names, kind="similarities", taxonomy=tree)
    with pytest.raises(DecisionError, match="Expected probabilities or logits to back off"):
        lineages(similar, lots=alone(similar))
    many = fungi("c", 5)
    with pytest.raises(DecisionError, match="Unknown rank 'genera'; did you mean 'genus'"):
        lineages(many, lots=alone(many), ranks=("genera",))
