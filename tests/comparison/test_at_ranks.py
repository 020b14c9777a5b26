import polars as pl
import pytest

from fieldmark.comparison.at_ranks import compare_at_ranks
from fieldmark.comparison.rules import ComparisonRules
from fieldmark.comparison.verdict import compare
from fieldmark.core.errors import NotComparableError
from fieldmark.manifest.taxonomy import build_taxonomy

TREE = build_taxonomy(
    pl.DataFrame({"genus": ["A", "A", "B"], "species": ["a", "b", "c"]}), ("genus", "species")
)
LABELS = list("abc" * 20)


@pytest.fixture
def made(contender):
    """Return a maker of 60 answers of which the first are right, and the others one class on."""

    def table(name: str, right: int, **fields):
        wrong = {"a": "b", "b": "c", "c": "a"}
        answers = [one if row < right else wrong[one] for row, one in enumerate(LABELS)]
        return contender(name, LABELS, answers, taxonomy=TREE, **fields)

    return table


def test_each_rank_has_the_verdict_that_compare_gives_at_it(made) -> None:
    flat, heads = made("flat", 30), made("heads", 60)
    found = compare_at_ranks(flat, [heads])
    assert [(one.a, one.b, one.rank) for one in found] == [
        ("heads", "flat", "genus"),
        ("heads", "flat", "species"),
    ]
    for one in found:
        alone = compare(heads, flat, rank=one.rank, rules=ComparisonRules(level=one.level))
        assert (one.difference, one.low, one.high) == (alone.difference, alone.low, alone.high)
        assert one.verdict == alone.verdict == "better"
        assert one.classes == {"genus": 2, "species": 3}[one.rank]


def test_holm_runs_over_all_challengers_and_ranks(made) -> None:
    found = compare_at_ranks(made("flat", 30), [made("x", 31), made("y", 60)])
    assert [one.a for one in found] == ["x", "x", "y", "y"]
    assert {one.adjustment for one in found} == {"Holm over 4 comparisons"}
    assert all(one.p_adjusted >= one.p_value for one in found)
    assert [one.verdict for one in found] == [*["not distinguishable"] * 2, *["better"] * 2]


def test_all_seeds_are_compared_together(made) -> None:
    flat = [made("flat", right, seed=seed) for seed, right in enumerate((20, 30))]
    heads = [made("heads", right, seed=seed) for seed, right in enumerate((50, 60))]
    found = compare_at_ranks(flat, [heads])
    assert {(one.a_seeds, one.b_seeds) for one in found} == {(2, 2)}
    assert found[1].difference == pytest.approx(0.5)


def test_a_contender_without_ranks_is_refused(made, contender) -> None:
    bare = contender("bare", LABELS, LABELS)
    with pytest.raises(NotComparableError, match="predictions of bare have none"):
        compare_at_ranks(bare, [made("x", 30)])
    with pytest.raises(NotComparableError, match="the predictions of bare have none"):
        compare_at_ranks(made("x", 30), [bare])
