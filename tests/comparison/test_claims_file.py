import numpy as np
import pytest
from pydantic import ValidationError

from fieldmark.comparison.claim_checks import check_claims
from fieldmark.comparison.claims_file import ClaimsFile, StatedClaim, check_number
from fieldmark.evaluation.estimates import Estimate


@pytest.fixture
def contenders(with_right):
    return {
        "new": [with_right("new", 400, range(380))],
        "old": [with_right("old", 400, range(300))],
        "near": [with_right("near", 400, range(379))],
        "short": [with_right("short", 200, range(150))],
    }


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        ({"at_least": 0.9}, "holds"),
        ({"at_least": 0.94}, "cannot be told"),
        ({"at_least": 0.99}, "does not hold"),
        ({"at_most": 0.99}, "holds"),
        ({"at_most": 0.95}, "cannot be told"),
        ({"at_most": 0.9}, "does not hold"),
        ({"equals": 0.952}, "holds"),
        ({"equals": 0.952, "within": 0.001}, "does not hold"),
        ({"better_than": "old"}, "holds"),
        ({"better_than": "near"}, "cannot be told"),
        ({"better_than": "short"}, "cannot be told"),
        ({"better_than": "gone"}, "cannot be told"),
    ],
)
def test_every_kind_of_claim(contenders, claim, verdict):
    (found,) = check_claims([StatedClaim(contender="new", **claim)], contenders)
    assert found.verdict == verdict
    assert found.sentence.startswith(f"{verdict}: {found.claim.in_words} (")


def test_a_worse_or_equal_one_denies_the_claim(contenders):
    claims = [
        StatedClaim(contender="old", better_than="new"),
        StatedClaim(contender="near", better_than="new"),
    ]
    found = check_claims(claims, contenders, margin=0.05)
    assert [one.verdict for one in found] == ["does not hold", "does not hold"]
    assert "equivalent to new" in found[1].sentence


def test_the_numbers_and_the_refusal_stand_beside_the_verdict(contenders):
    claims = [
        StatedClaim(contender="new", at_least=0.9),
        StatedClaim(contender="new", better_than="short"),
        StatedClaim(contender="lost", at_least=0.9),
        StatedClaim(contender="new", metric="log_los", at_least=0.9),
    ]
    sentences = [one.sentence for one in check_claims(claims, contenders)]
    assert "95.00 %, 95 % interval 92.4 to 96.7, n = 400" in sentences[0]
    assert "not on the same items" in sentences[1]
    assert "there are no predictions of lost; there are: new, old, near, short" in sentences[2]
    assert "log_los of new was not measured here" in sentences[3]


def test_the_finest_rank_is_the_leaves(contender, tree):
    labels = ["a", "b", "c"] * 20
    tables = {"new": [contender("new", labels, labels, taxonomy=tree)]}
    claims = [
        StatedClaim(contender="new", rank=rank, at_least=0.9) for rank in ("species", "genus")
    ]
    found = check_claims(claims, tables)
    assert [one.verdict for one in found] == ["holds", "holds"]


def test_a_number_without_an_interval_leaves_a_bound_open():
    estimate = Estimate(
        metric="log_loss",
        value=0.3,
        low=None,
        high=None,
        n=9,
        method="none",
        split="test",
        classes=3,
        denominator="9 items",
        contender="new",
    )
    claim = StatedClaim(contender="new", metric="log_loss", at_most=0.4)
    assert check_number(claim, [estimate]).verdict == "cannot be told"
    assert claim.in_words == "log loss of new at most 0.4"
    equal = StatedClaim(contender="new", metric="log_loss", equals=np.float64(0.301))
    assert check_number(equal, [estimate]).verdict == "holds"


def test_a_result_goes_through_json(contenders):
    (found,) = check_claims([StatedClaim(contender="new", better_than="old")], contenders)
    assert found.to_dict()["claim"] == {
        "contender": "new",
        "metric": "accuracy",
        "better_than": "old",
    }
    assert found.to_dict()["in_words"] == "new better than old on accuracy"


@pytest.mark.parametrize(
    ("claim", "message"),
    [
        ({}, "a claim states one of at_least, at_most, equals and better_than; got none"),
        ({"at_least": 0.1, "equals": 0.1}, "got at_least and equals"),
        ({"at_least": 0.1, "within": 0.1}, "'within' belongs to 'equals' alone"),
        ({"at_lest": 0.1}, "Extra inputs are not permitted"),
    ],
)
def test_a_claim_that_states_nothing_or_too_much_is_refused(claim, message):
    with pytest.raises(ValidationError, match=message):
        StatedClaim(contender="new", **claim)


def test_a_file_without_claims_is_refused():
    with pytest.raises(ValidationError, match="at least 1 item"):
        ClaimsFile(claims=())
