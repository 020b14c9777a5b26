import numpy as np
import pytest
from scipy.stats import binom

from fieldmark.core.errors import DecisionError
from fieldmark.decision.backoff import back_off, back_off_by_rank
from fieldmark.decision.backoff_needs import Demand, no_threshold
from fieldmark.decision.lineages import lineages
from fieldmark.evaluation.resampling import units_of


def test_as_many_as_it_takes_and_one_fewer_is_too_few() -> None:
    demand = Demand(limit=0.05, level=0.005, dealt=1)
    n = demand.without_error
    assert binom.cdf(0, n, 0.05) <= 0.005 < binom.cdf(0, n - 1, 0.05)
    for error in (0.01, 0.02, 0.03):
        needed = demand.at_error(error)
        assert binom.cdf(np.ceil(error * needed), needed, 0.05) <= 0.005
        fewer = np.arange(n, needed)
        assert (binom.cdf(np.ceil(error * fewer), fewer, 0.05) > 0.005).all()


def test_no_number_suffices_at_the_limit_or_close_to_it() -> None:
    demand = Demand(limit=0.05, level=0.005, dealt=1)
    assert demand.at_error(0.06) is None
    assert demand.at_error(0.0499) is None


@pytest.fixture
def evidence(fungi):
    return lineages(fungi("calibration", 60), lots=units_of(None, n=60))


def message(evidence, answered, wrong, *, dealt=1, limit=0.05) -> str:
    demand = Demand(limit=limit, level=0.005, dealt=dealt)
    counts = np.array(answered), np.array(wrong)
    return no_threshold(evidence, demand, 0.95, *counts)


def test_it_says_how_many_more_are_needed(evidence) -> None:
    said = message(evidence, [0, 30, 40], [0, 0, 4], limit=0.1)
    assert "at least 51 items must be answered, and there are 60." in said
    needed = Demand(limit=0.1, level=0.005, dealt=1).at_error(0.5 / 31)
    total = int(np.ceil(needed * 60 / 30))
    assert f"(0 wrong of 30), about {total} items in all are needed: {total - 60} more." in said


def test_ranks_need_their_share_each(evidence) -> None:
    assert "at least 312 items (104 for each rank) must" in message(evidence, [9], [0], dealt=3)


def test_it_says_when_more_do_not_help_and_when_it_cannot_tell(evidence) -> None:
    said = message(evidence, [20, 40], [3, 9])
    assert "the error is above the limit (fewest errors: 3 wrong of 20): more do not help" in said
    assert (
        "Too few are answered to tell how many it takes (fewest errors: 0 wrong of 5)"
        in message(evidence, [5], [0])
    )
    assert "Judging" not in message(evidence, [0], [0])


def test_lots_are_counted_as_lots(fungi) -> None:
    lots = units_of([f"{i // 2}" for i in range(60)], n=60)
    pairs = lineages(fungi("calibration", 60), lots=lots)
    with pytest.raises(DecisionError, match="at least 104 lots must be answered, and there are 30"):
        back_off(pairs, limit=0.05, confidence=0.95)


def test_a_withheld_rank_says_what_it_lacks(fungi) -> None:
    table = fungi("calibration", 3000)
    points = back_off_by_rank(
        lineages(table, lots=units_of(None, n=3000)), limit=0.05, confidence=0.95
    )
    (withheld, *_) = [point for point in points if point.threshold is None]
    assert "items of this rank's share could be answered at it" in withheld.promise
    assert "even without a single error it takes 125." in withheld.promise
