import pytest

from fieldmark.core.errors import FieldmarkError
from fieldmark.report.decided import Decided


def test_there_is_a_decision_or_a_reason() -> None:
    assert Decided(name="careful", contender="probe", why_not="too few").found is None
    with pytest.raises(FieldmarkError, match="what the decision 'careful' did for 'probe', or why"):
        Decided(name="careful", contender="probe")
