import pytest
from pydantic import ValidationError

from fieldmark.experiments.protocol import ClaimConfig, ProtocolConfig


def test_everything_has_a_default_and_nothing_is_chosen() -> None:
    protocol = ProtocolConfig()
    assert protocol.selection is None
    assert not protocol.selects_on_report
    assert (protocol.report_on, protocol.seeds, protocol.level) == ("test", (0,), 0.95)


def test_choosing_elsewhere_than_reporting_is_allowed() -> None:
    protocol = ProtocolConfig.model_validate({"selection": {"metric": "macro_f1"}})
    assert not protocol.selects_on_report


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"seeds": []}, "at least 1 item"),
        ({"seeds": [0, 1, 0]}, "protocol.seeds names 0 twice"),
        ({"seeds": [-1]}, "greater than or equal to 0"),
        ({"seeds": 3}, "valid tuple"),
        ({"seeds": [True]}, "valid integer"),
        ({"resamples": 10}, "greater than or equal to 100"),
        ({"resamples": 150}, "at least 200 at level 0.95; it is 150"),
        ({"resamples": 500, "level": 0.99}, "at least 1,000 at level 0.99; it is 500"),
        ({"level": 95}, "less than 1"),
        ({"level": 0}, "greater than 0"),
        ({"allow_selection_on_report": "yes"}, "valid boolean"),
    ],
)
def test_a_protocol_out_of_range_is_refused(content: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        ProtocolConfig.model_validate(content)


@pytest.mark.parametrize("bound", ["at_least", "at_most"])
def test_a_claim_has_one_bound(bound: str) -> None:
    claim = {"metric": "accuracy", "contender": "probe", bound: 0.9}
    assert ClaimConfig.model_validate(claim).model_dump()[bound] == 0.9


@pytest.mark.parametrize(
    ("bounds", "message"),
    [
        ({}, "a claim needs either 'at_least' or 'at_most'; neither is given"),
        ({"at_least": 0.9, "at_most": 0.95}, "both are given"),
    ],
)
def test_a_claim_with_no_or_two_bounds_is_refused(bounds: dict[str, float], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        ClaimConfig.model_validate({"metric": "accuracy", "contender": "probe"} | bounds)
