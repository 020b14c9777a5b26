import pytest
from pydantic import ValidationError

from fieldmark.experiments.contenders import FineTunedContender
from fieldmark.experiments.observing import (
    MetadataPriorConfig,
    PriorShiftConfig,
    YearsConfig,
    prior_correction,
)
from fieldmark.experiments.protocol import ProtocolConfig


def test_a_protocol_may_state_all_three() -> None:
    protocol = ProtocolConfig.model_validate(
        {
            "observations": {"by": "observation"},
            "metadata_prior": {
                "columns": ["habitat", "month", "latitude"],
                "bins": {"latitude": 8},
                "years": {"column": "year", "before": 2021},
            },
            "prior_shift": {"by": "macro_f1"},
        }
    )
    assert protocol.observations is not None
    assert protocol.observations.rule == "arithmetic"
    assert protocol.metadata_prior is not None
    assert protocol.metadata_prior.on == "validation"
    assert protocol.metadata_prior.is_fitted


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"columns": []}, "at least 1 item"),
        ({"columns": ["m", "m"]}, "metadata_prior.columns names 'm' twice"),
        ({"columns": ["m"], "bins": {"lat": 8}}, "metadata_prior.bins names 'lat', which is not"),
        ({"columns": ["m"], "accept": ["x"]}, "metadata_prior.accept names 'x', which is not"),
        ({"columns": ["m"], "bins": {"m": 1}}, "greater than or equal to 2"),
    ],
)
def test_a_metadata_prior_out_of_range_is_refused(content, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        MetadataPriorConfig.model_validate(content)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"column": "year"}, "years needs 'since' or 'before'; neither is given"),
        ({"column": "year", "since": 2021, "before": 2021}, "from 2021 to before 2021, which is"),
        ({"column": "year", "before": 2021.5}, "valid integer"),
    ],
)
def test_years_out_of_range_are_refused(content, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        YearsConfig.model_validate(content)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({}, "either 'tau' or 'by'; neither is given"),
        ({"tau": 1.0, "by": "macro_f1"}, "both are given"),
        ({"tau": -1.0}, "greater than or equal to 0"),
        ({"by": "accuracy"}, "'macro_f1' or 'balanced_accuracy'"),
    ],
)
def test_a_prior_shift_out_of_range_is_refused(content, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        PriorShiftConfig.model_validate(content)


@pytest.mark.parametrize("part", ["test", "TEST"])
@pytest.mark.parametrize("key", ["metadata_prior", "prior_shift"])
def test_fitting_on_the_reported_part_is_refused(key: str, part: str) -> None:
    content = {"metadata_prior": {"columns": ["m"]}, "prior_shift": {"by": "macro_f1"}}[key]
    with pytest.raises(ValidationError, match=f"protocol.{key} is fitted on '{part}', which is"):
        ProtocolConfig.model_validate({key: content | {"on": part}})


def test_a_given_tau_is_fitted_on_nothing() -> None:
    protocol = ProtocolConfig.model_validate({"prior_shift": {"tau": 1.0, "on": "test"}})
    assert protocol.prior_shift is not None
    assert not protocol.prior_shift.is_fitted


def test_both_are_fitted_on_one_part() -> None:
    content = {
        "metadata_prior": {"columns": ["m"]},
        "prior_shift": {"by": "macro_f1", "on": "calibration"},
    }
    with pytest.raises(ValidationError, match="on 'validation' and prior_shift on 'calibration'"):
        ProtocolConfig.model_validate(content)


@pytest.mark.parametrize(
    ("training", "words"),
    [
        ({}, None),
        ({"loss": {"kind": "logit-adjusted"}}, "a logit-adjusted loss"),
        ({"loss": {"class_weights": "effective-number"}}, "class weights"),
        ({"balance": 0.5}, "balanced batches"),
    ],
)
def test_what_frees_scores_of_the_prior_is_found_in_any_section(training, words) -> None:
    contender = FineTunedContender.model_validate(
        {"backbone": {"name": "resnet18", "weights": "random"}, "training": training}
    )
    assert prior_correction(contender) == words
