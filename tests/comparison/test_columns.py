import dataclasses

import pytest

from fieldmark.comparison.columns import shared_column
from fieldmark.core.errors import NotComparableError
from fieldmark.evaluation.estimates import Estimate


@pytest.fixture
def column():
    one = Estimate(
        metric="accuracy",
        value=0.9,
        low=0.8,
        high=0.95,
        n=90,
        method="Wilson",
        split="test",
        classes=90,
        denominator="all 90 items",
        contender="a",
    )
    return one, dataclasses.replace(one, contender="b", value=0.85)


def test_what_means_the_same_shares_a_column(column):
    assert shared_column(column) == column
    assert shared_column([]) == ()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"metric": "balanced_accuracy"},
            "metric: accuracy against balanced_accuracy. Give each definition a column of its own",
        ),
        ({"rank": "genus"}, "rank: the leaves against genus. Give each rank a column"),
        ({"classes": 170}, "classes: 90 against 170. Restrict all to the common classes, or"),
        ({"split": "dev"}, "split: test against dev. Report all on one part"),
        ({"denominator": "80 items"}, "denominator: all 90 items against 80 items. Evaluate all"),
    ],
)
def test_what_means_something_else_is_refused(column, change, message):
    with pytest.raises(
        NotComparableError, match=r"of a and .* of b may not share a column: "
    ) as no:
        shared_column([column[0], dataclasses.replace(column[1], **change)])
    assert message in str(no.value)
