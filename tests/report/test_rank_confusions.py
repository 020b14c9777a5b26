import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldmark.evaluation.answers import Answers
from fieldmark.evaluation.confusion_counts import confusion_counts
from fieldmark.manifest.taxonomy import build_taxonomy
from fieldmark.report.rank_confusions import Family, rank_confusions

TREE = build_taxonomy(
    pl.DataFrame(
        {
            "order": ["O", "O", "O", "P", "P"],
            "genus": ["B", "B", "A", "D", "C"],
            "species": ["b1", "b2", "a1", "d1", "c1"],
        }
    ),
    ("order", "genus", "species"),
)
CLASSES = ("d1", "a1", "b2", "c1", "b1")


def counted(truth, predicted, classes=CLASSES):
    answers = Answers(
        rank=None,
        classes=classes,
        candidates=len(classes),
        truth=np.array(truth),
        predicted=np.array(predicted),
    )
    return confusion_counts(answers)


items = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=60)


@given(items)
def test_every_rank_equals_a_slow_count(pairs) -> None:
    truth, predicted = zip(*pairs, strict=True)
    found = rank_confusions(counted(truth, predicted), TREE)
    assert [at.rank for at in found] == ["order", "genus", "species"]
    for depth, at in enumerate(found):
        paths = [
            (TREE.path_of(CLASSES[t]), TREE.path_of(CLASSES[p]))
            for t, p in zip(truth, predicted, strict=True)
        ]
        slow: dict[tuple[str, str], int] = {}
        for one, two in paths:
            slow[one[depth], two[depth]] = slow.get((one[depth], two[depth]), 0) + 1
        cells = zip(at.truth.tolist(), at.predicted.tolist(), at.count.tolist(), strict=True)
        assert {(at.names[t], at.names[p]): n for t, p, n in cells} == slow
        assert at.images == len(pairs)
        assert at.right == sum(one[depth] == two[depth] for one, two in paths)
        near = sum(one[depth] != two[depth] and one[:depth] == two[:depth] for one, two in paths)
        assert at.within == (near if depth else 0)
        assert at.labelled.sum() == len(pairs)


def test_relatives_stand_together_under_their_parents() -> None:
    order, genus, species = rank_confusions(counted(range(5), range(5)), TREE)
    assert order.names == ("O", "P")
    assert genus.names == ("A", "B", "C", "D")
    assert [genus.parents[one] for one in genus.parent] == ["O", "O", "P", "P"]
    assert species.names == ("a1", "b1", "b2", "c1", "d1")
    assert (species.parent_rank, species.block_rank) == ("genus", "genus")
    assert species.blocks == (("A", 1), ("B", 2), ("C", 1), ("D", 1))
    assert (order.parent_rank, order.block_rank, order.blocks) == ("", "", ())


def test_names_that_do_not_occur_take_no_room() -> None:
    found = rank_confusions(counted([1], [4]), TREE)
    assert [at.names for at in found] == [("O",), ("A", "B"), ("a1", "b1")]


def test_the_parents_with_the_most_mix_ups_come_first() -> None:
    truth, predicted = [4, 4, 2, 0, 1, 3], [2, 2, 4, 3, 1, 3]
    order, genus, species = rank_confusions(counted(truth, predicted), TREE)
    assert species.most_mixed(5) == (Family("B", 2, 3, 3),)
    assert genus.most_mixed(5) == (Family("P", 2, 2, 1),)
    assert order.most_mixed(5) == ()


def test_without_a_taxonomy_there_is_one_rank() -> None:
    (found,) = rank_confusions(counted([0, 1], [1, 1], ("oak", "elm")), None)
    assert (found.rank, found.names, found.within) == ("class", ("elm", "oak"), 0)
    assert (found.truth.tolist(), found.predicted.tolist()) == ([0, 1], [0, 0])


def test_too_many_parents_are_parted_by_a_coarser_rank(monkeypatch) -> None:
    monkeypatch.setattr("fieldmark.report.rank_confusions._MOST_BLOCKS", 3)
    species = rank_confusions(counted(range(5), range(5)), TREE)[-1]
    assert (species.parent_rank, species.block_rank) == ("genus", "order")
    assert species.blocks == (("O", 3), ("P", 2))


@pytest.mark.parametrize("most", [0, 1])
def test_so_many_families_at_most(most: int) -> None:
    genus = rank_confusions(counted([4, 0], [2, 3]), TREE)[-2]
    assert len(genus.most_mixed(most)) == most
