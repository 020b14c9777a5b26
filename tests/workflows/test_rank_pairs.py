import numpy as np
import polars as pl

from fieldmark.comparison.rules import ComparisonRules
from fieldmark.core.progress import SilentProgress
from fieldmark.manifest.labels import LabelSpace
from fieldmark.manifest.taxonomy import build_taxonomy
from fieldmark.predictions.header import PredictionsHeader
from fieldmark.predictions.table import Predictions
from fieldmark.workflows.rank_pairs import rank_comparisons

TREE = build_taxonomy(
    pl.DataFrame({"genus": ["A", "A", "B"], "species": ["a", "b", "c"]}), ("genus", "species")
)


def table(name: str, right: int, *, first: int = 0, taxonomy=TREE) -> tuple[Predictions, ...]:
    label = np.arange(60) % 3
    answer = np.where(np.arange(60) < right, label, (label + 1) % 3)
    items = {"id": [f"{row + first}" for row in range(60)], "label": list("abc" * 20)}
    header = PredictionsHeader(score_kind="logits", contender=name, split="test")
    return (
        Predictions(
            header, pl.DataFrame(items), LabelSpace(tuple("abc")), 9.0 * np.eye(3)[answer], taxonomy
        ),
    )


def compared(*tables, reference: str | None = "flat"):
    predictions = {one[0].header.contender: one for one in tables}
    rules = ComparisonRules(resamples=200)
    return rank_comparisons(
        predictions, reference=reference, rules=rules, progress=SilentProgress()
    )


def test_each_contender_is_compared_with_the_reference_at_each_rank() -> None:
    found = compared(table("flat", 30), table("x", 60), table("y", 31))
    assert [(one.a, one.b, one.rank) for one in found] == [
        (name, "flat", rank) for name in "xy" for rank in ("genus", "species")
    ]
    assert {one.adjustment for one in found} == {"Holm over 4 comparisons"}


def test_without_a_reference_two_are_compared_and_more_are_not() -> None:
    pair = table("flat", 30), table("x", 60)
    assert {(one.a, one.b) for one in compared(*pair, reference=None)} == {("flat", "x")}
    assert compared(*pair, table("y", 31), reference=None) == ()


def test_who_may_not_stand_beside_the_reference_is_left_out() -> None:
    found = compared(table("flat", 30), table("x", 60), table("far", 31, first=500))
    assert {one.a for one in found} == {"x"}


def test_contenders_without_ranks_have_no_verdict() -> None:
    assert compared(table("flat", 30), table("x", 60, taxonomy=None)) == ()
    assert compared(table("flat", 30, taxonomy=None), table("x", 60)) == ()
