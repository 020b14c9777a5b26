import pytest

from fieldmark.manifest.fold_dealing import deal_groups

GROUPS = [f"g{place // 3}" for place in range(90)]
LABELS = ["oak" if place // 3 % 3 else "ash" for place in range(90)]


def test_each_fold_has_its_share_of_each_label() -> None:
    dealt = deal_groups(GROUPS, LABELS, folds=5, seed=0)
    for fold in range(5):
        own = [label for group, label in zip(GROUPS, LABELS, strict=True) if dealt[group] == fold]
        assert (own.count("ash"), own.count("oak")) == (6, 12)


def test_the_order_of_rows_plays_no_role_and_the_seed_does() -> None:
    first = deal_groups(GROUPS, LABELS, folds=5, seed=0)
    assert deal_groups(GROUPS[::-1], LABELS[::-1], folds=5, seed=0) == first
    assert deal_groups(GROUPS, LABELS, folds=5, seed=1) != first


@pytest.mark.parametrize("labels", [["x"] * 6, list("abcdef"), list("aabbbb")])
def test_no_fold_stays_empty(labels: list[str]) -> None:
    groups = ["whole", "whole", "whole", "p", "q", "r"]
    assert set(deal_groups(groups, labels, folds=4, seed=3).values()) == {0, 1, 2, 3}


def test_nothing_is_dealt_where_there_is_nothing() -> None:
    assert deal_groups([], [], folds=3, seed=0) == {}
