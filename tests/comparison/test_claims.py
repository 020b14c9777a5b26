import dataclasses
import json

import pytest

from fieldmark.comparison.claims import Claim, check_claim
from fieldmark.core.errors import StudyError
from fieldmark.evaluation.estimates import Estimate


@pytest.fixture
def accuracy():
    return Estimate(
        metric="accuracy",
        value=0.9421,
        low=0.928,
        high=0.954,
        n=1226,
        method="Wilson",
        split="test",
        classes=2,
        denominator="all 1,226 items",
        contender="probe",
    )


@pytest.mark.parametrize(
    ("bounds", "status", "certain", "sentence"),
    [
        ({"at_least": 0.9}, "met", True, "met: 94.21 %, 95 % interval 92.8 to 95.4"),
        (
            {"at_least": 0.94},
            "met",
            False,
            "met: 94.21 %, 95 % interval 92.8 to 95.4 (the interval reaches to the other side)",
        ),
        (
            {"at_least": 0.95},
            "NOT met",
            False,
            "NOT met: 94.21 %, 95 % interval 92.8 to 95.4 (the interval reaches to the other side)",
        ),
        ({"at_least": 0.96}, "NOT met", True, "NOT met: 94.21 %, 95 % interval 92.8 to 95.4"),
        ({"at_most": 0.96}, "met", True, "met: 94.21 %, 95 % interval 92.8 to 95.4"),
        ({"at_most": 0.9}, "NOT met", True, "NOT met: 94.21 %, 95 % interval 92.8 to 95.4"),
    ],
)
def test_the_value_decides_and_the_interval_is_said(accuracy, bounds, status, certain, sentence):
    found = check_claim(Claim(metric="accuracy", contender="probe", **bounds), [accuracy])
    assert (found.status, found.certain, found.sentence) == (status, certain, sentence)
    assert found.estimate is accuracy


def test_the_bound_itself_is_met(accuracy):
    for bounds in ({"at_least": 0.9421}, {"at_most": 0.9421}):
        claim = Claim(metric="accuracy", contender="probe", **bounds)
        assert check_claim(claim, [accuracy]).status == "met"


def test_what_was_not_measured_is_a_question_mark(accuracy):
    claim = Claim(metric="accuracy", contender="other", at_least=0.5)
    empty = dataclasses.replace(accuracy, contender="other", value=None, low=None, high=None)
    for estimates in ([], [accuracy], [empty]):
        found = check_claim(claim, estimates)
        assert found.status == "?"
        assert found.sentence == "?: accuracy of other has not been measured"
        assert not found.certain


def test_a_value_without_an_interval_is_never_certain(accuracy):
    bare = dataclasses.replace(accuracy, low=None, high=None)
    found = check_claim(Claim(metric="accuracy", contender="probe", at_least=0.5), [bare])
    assert (found.status, found.certain) == ("met", False)
    assert found.sentence == "met: 94.21 %, no interval"


def test_ranks_are_told_apart_and_the_finest_is_the_leaves(accuracy):
    genus = dataclasses.replace(accuracy, rank="genus", value=0.95)
    for rank, expected in ((None, accuracy), ("species", accuracy), ("genus", genus)):
        claim = Claim(metric="accuracy", contender="probe", at_least=0.5, rank=rank)
        assert check_claim(claim, [genus, accuracy], leaf_rank="species").estimate is expected


def test_a_claim_in_words():
    claim = Claim(metric="accuracy", contender="probe", at_least=0.9, rank="genus")
    assert claim.in_words == "accuracy of probe at rank genus at least 90.00 %"
    loss = Claim(metric="log_loss", contender="probe", at_most=0.0)
    assert loss.in_words == "log loss of probe at most 0.000"


def test_the_result_goes_through_json(accuracy):
    claim = Claim(metric="accuracy", contender="probe", at_least=0.9)
    content = json.loads(json.dumps(check_claim(claim, [accuracy]).to_dict(), allow_nan=False))
    assert content["claim"]["in_words"] == "accuracy of probe at least 90.00 %"
    assert (content["status"], content["certain"]) == ("met", True)
    assert content["estimate"]["value"] == 0.9421
    assert check_claim(claim, []).to_dict()["estimate"] is None


@pytest.mark.parametrize(
    ("bounds", "given"), [({}, "neither"), ({"at_least": 0.1, "at_most": 0.2}, "both")]
)
def test_a_claim_has_one_bound(bounds, given):
    with pytest.raises(StudyError, match=f"either at_least or at_most; got {given}"):
        Claim(metric="accuracy", contender="probe", **bounds)
