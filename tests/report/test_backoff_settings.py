import numpy as np
import polars as pl
import pytest

from fieldmark.decision.policy import Backoff, MinimumRisk
from fieldmark.report.backoff_settings import (
    AnsweredAt,
    always_finest,
    from_decision,
    from_fixed_threshold,
)


def test_always_the_finest_rank_answers_everything_there(fungi) -> None:
    table = fungi("test", 300)
    found = always_finest(table)
    right = table.scores.argmax(axis=1) == table.label_positions
    genus, species = found.by_rank()
    assert (found.name, found.answered.value) == ("always the species", 1.0)
    assert found.error.value == pytest.approx(1 - right.mean())
    assert genus == AnsweredAt(rank="genus", answered=0, wrong=0)
    assert (species.answered, species.wrong) == (300, int((~right).sum()))
    assert found.thresholds == (None, 0.0)


def test_the_customary_threshold_counts_add_up(fungi) -> None:
    found = from_fixed_threshold(fungi("test", 300))
    by_rank = found.by_rank()
    answered, wrong = (sum(getattr(at, name) for at in by_rank) for name in ("answered", "wrong"))
    assert found.answered.value == pytest.approx(answered / 300)
    assert found.error.value == pytest.approx(wrong / answered)
    assert (found.kind, found.name) == ("fixed", "fixed 0.65, scores as they are")
    after = from_fixed_threshold(fungi("test", 300), temperature=1.5)
    assert (after.kind, after.name) == (
        "calibrated",
        "fixed 0.65, after temperature scaling (T = 1.50)",
    )


def test_one_label_is_counted_alone(fungi) -> None:
    found = from_fixed_threshold(fungi("test", 300))
    items = found.items.filter(pl.col("label") == "s3")
    own = found.by_rank("s3")
    assert sum(at.answered for at in own) == items["rank"].drop_nulls().len()
    assert found.by_rank("nobody") == tuple(
        AnsweredAt(rank=rank, answered=0, wrong=0) for rank in ("genus", "species")
    )


def test_a_decision_that_backs_off_is_a_setting(take) -> None:
    whole = from_decision(take(Backoff(error_limit=0.2)))
    assert len(set(whole.thresholds)) == 1
    each = from_decision(take(Backoff(error_limit=0.25, among="each-rank")))
    assert each.ranks == ("genus", "species")
    assert len(each.thresholds) == 2
    assert each.n == 1500
    shares = np.array([at.answered for at in each.by_rank()]) / 1500
    assert each.answered.value == pytest.approx(shares.sum())


def test_other_rules_and_infeasible_ones_are_none(take) -> None:
    assert from_decision(take(MinimumRisk(cost="tree-distance"))) is None
    infeasible = take(Backoff(error_limit=0.0001))
    assert infeasible.why_not.startswith("infeasible")
    assert from_decision(infeasible) is None
