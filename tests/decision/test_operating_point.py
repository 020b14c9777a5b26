import json
from dataclasses import replace

import pytest

from fieldmark.core.errors import DecisionError
from fieldmark.decision.operating_point import (
    FittedOn,
    OperatingPoint,
    operating_point_from_dict,
)

POINT = OperatingPoint(
    name="alarm from",
    rule="neyman-pearson",
    source="E11",
    acts_on="P(pit)",
    threshold=0.031,
    promise="With 95 % confidence, ...",
    limit=0.99,
    confidence=0.95,
    violation=0.0227,
    fitted_on=FittedOn(part="calibration", items_digest="d", n=1226, units=566),
)


def test_it_survives_json():
    again = operating_point_from_dict(json.loads(json.dumps(POINT.to_dict())))
    assert again == POINT
    assert again.digest == POINT.digest
    assert replace(POINT, threshold=0.03).digest != POINT.digest


def test_its_sentence_says_what_it_rests_on():
    lots = replace(POINT.fitted_on, unit="lot", units=60)
    assert "on 60 lots of 'calibration'" in replace(POINT, fitted_on=lots).sentence()
    assert "= none, by" in replace(POINT, threshold=None).sentence()
    without = replace(POINT, threshold=None, limit=None, confidence=None, violation=None)
    assert without.sentence().startswith("alarm from of P(pit), by neyman-pearson")


def test_refusals():
    with pytest.raises(DecisionError, match="Expected a confidence from 0 to 1 for 'alarm from'"):
        replace(POINT, confidence=95)
    with pytest.raises(DecisionError, match="Expected a violation from 0 to 1"):
        replace(POINT, violation=-0.1)
    with pytest.raises(DecisionError, match="not a stored operating point"):
        operating_point_from_dict({"name": "x"})
