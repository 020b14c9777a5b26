import json

import numpy as np
import polars as pl
import pytest

from fieldmark.core.errors import PredictionsError
from fieldmark.evaluation.answers import leaf_answers
from fieldmark.evaluation.slices import evaluate_slices, worst_slices
from fieldmark.predictions.summary import summarise


@pytest.fixture
def sliced(random_table):
    """Return a maker of slice tables over a column of 90 easy, 60 hard and 10 rare items."""

    def made(columns=("where",), *, level=0.95, groups=None):
        plain = random_table(n=160, classes=8, groups=groups)
        where = ["easy"] * 90 + ["hard"] * 60 + ["rare"] * 10
        items = plain.items.with_columns(pl.Series("where", where))
        scores = plain.scores.copy()
        truth = plain.label_positions
        scores[np.arange(90), truth[:90]] += 9
        scores[np.arange(90, 150), truth[90:150]] -= 2
        table = type(plain)(plain.header, items, plain.label_space, scores)
        leaf = leaf_answers(table, summarise(table))
        found = evaluate_slices(table, leaf, columns=columns, level=level, resamples=200)
        return found, leaf

    return made


def test_a_slice_is_measured_over_its_items_alone(sliced) -> None:
    found, leaf = sliced()
    easy, hard, rare = found.slices
    assert [(one.name, one.n, one.is_small) for one in (easy, hard, rare)] == [
        ("easy", 90, False),
        ("hard", 60, False),
        ("rare", 10, True),
    ]
    assert easy.estimate("accuracy").value == pytest.approx(leaf.right[:90].mean())
    assert easy.estimate("accuracy").denominator == "all 90 items"
    assert {"macro_f1", "log_loss", "balanced_accuracy"} <= {e.metric for e in hard.estimates}


def test_the_level_allows_for_every_slice_that_was_looked_at(sliced) -> None:
    found, _ = sliced(("where", "label"), level=0.9)
    assert found.looked_at == 3 + 8
    assert found.level_of_each == pytest.approx(1 - 0.1 / 11)
    assert {one.level for slice_ in found.slices for one in slice_.estimates} == {
        found.level_of_each
    }
    assert found.notes == ("where: 3 values", "label: 8 values")


def test_the_worst_comes_first_whatever_the_direction(sliced) -> None:
    found, _ = sliced()
    accuracies = [one.estimate("accuracy").value for one in worst_slices(found)]
    assert accuracies == sorted(accuracies)
    losses = [one.estimate("log_loss").value for one in worst_slices(found, "log_loss")]
    assert losses == sorted(losses, reverse=True)
    assert worst_slices(found)[0].name == "hard"


def test_groups_are_drawn_whole_in_a_slice(sliced) -> None:
    found, _ = sliced(groups=[f"g{row // 2}" for row in range(160)])
    easy, *_ = found.slices
    assert easy.groups == 45
    assert "45 groups" in easy.estimate("macro_f1").method
    assert found.slices[2].is_small
    json.dumps(found.to_dict(), allow_nan=False)
    assert found.to_dict()["slices"][2]["is_small"] is True


def test_slices_that_cannot_be_made_are_refused(sliced) -> None:
    with pytest.raises(PredictionsError, match="at least one column to slice by; got none"):
        sliced(())
    with pytest.raises(PredictionsError, match="Unknown column to slice by"):
        sliced(("habitat",))
    with pytest.raises(PredictionsError, match="Expected a level between 0 and 1"):
        sliced(level=1.0)
    found, _ = sliced()
    with pytest.raises(PredictionsError, match="all_ranks_right was not measured in any of the 3"):
        worst_slices(found, "all_ranks_right")
    with pytest.raises(PredictionsError, match="Unknown metric 'acuracy'"):
        worst_slices(found, "acuracy")
