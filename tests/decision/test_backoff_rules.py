"""The rules of backing off, where no rank can keep the promise."""

import pytest

from fieldmark.core.errors import DecisionError
from fieldmark.decision.decide import decide
from fieldmark.decision.policy import Backoff


def test_a_promise_for_each_rank_says_what_each_of_them_takes(fungi) -> None:
    policy = Backoff(error_limit=0.001, among="each-rank")
    fit, report = fungi("validation", 60, 1), fungi("test", 60, 2)
    wanted = (
        r"^infeasible: .* least [\d,]+ items \([\d,]+ for each rank\) must be answered, .* 60\."
    )
    with pytest.raises(DecisionError, match=wanted):
        decide(fit, report, policy)
