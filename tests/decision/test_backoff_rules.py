"""The rules of backing off, where a policy was changed after it was checked."""

import pytest

from fieldmark.core.errors import DecisionError
from fieldmark.decision.decide import decide
from fieldmark.decision.policy import Backoff


def test_a_policy_that_lost_its_limit_is_refused(fungi) -> None:
    policy = Backoff(error_limit=0.1).model_copy(update={"error_limit": None})
    fit, report = fungi("validation", 60, 1), fungi("test", 60, 2)
    with pytest.raises(DecisionError, match=r"a limit or a threshold; got neither\. State one\."):
        decide(fit, report, policy)
