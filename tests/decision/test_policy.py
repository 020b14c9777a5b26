import pytest
from pydantic import ValidationError

from fieldmark.core.errors import DecisionError
from fieldmark.decision.policy import (
    POLICIES,
    Backoff,
    CostMatrixRule,
    MinimumRisk,
    NeymanPearson,
    RiskControl,
    policy_class,
)
from fieldmark.decision.policy_section import PoisonSection


def test_one_class_may_be_written_as_text():
    assert NeymanPearson(positive="pit", target_recall=0.99).positive == ("pit",)


def test_every_policy_knows_its_name_and_describes_every_key():
    for name, kind in POLICIES.items():
        assert kind.model_fields["rule"].default == name
        for key, field in kind.model_fields.items():
            assert key == "rule" or field.description, (name, key)
    assert Backoff(error_limit=0.1).name == "backoff"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"positive": "pit", "taget_recall": 0.9}, "unknown key 'taget_recall'; did you mean"),
        ({"positive": "pit"}, "the rule neyman-pearson needs the key 'target_recall'"),
        ({"positive": [], "target_recall": 0.9}, "at least 1 item"),
        ({"positive": "pit", "target_recall": 1.0}, "less than 1"),
        ({"positive": "pit", "target_recall": "0.9"}, "valid number"),
        ({"positive": "pit", "target_recall": 0.9, "lot_share": 0.0}, "greater than 0"),
        ({"positive": "pit", "target_recall": 0.9, "costs": {"miss": 1}}, "needs the key 'false_"),
        ({"positive": "pit", "target_recall": 0.9, "calibrator": "platt"}, "temperature"),
    ],
)
def test_wrong_settings(content, message):
    with pytest.raises(ValidationError, match=message):
        NeymanPearson.model_validate(content)


def test_settings_that_go_together():
    with pytest.raises(ValidationError, match="missed-positive goes with the key 'positive'"):
        RiskControl(risk_limit=0.1, loss="missed-positive")
    with pytest.raises(ValidationError, match="missed-positive goes with the key 'positive'"):
        RiskControl(risk_limit=0.1, loss="wrong-answer", positive="pit")
    with pytest.raises(ValidationError, match="cost: poison goes with the section 'poison'"):
        MinimumRisk(cost="poison")
    with pytest.raises(ValidationError, match="at least 1 item"):
        CostMatrixRule(costs={})


def test_back_off_has_a_promise_or_a_fixed_threshold() -> None:
    assert Backoff(threshold=0.65).error_limit is None
    with pytest.raises(ValidationError, match=r"either 'error_limit' .* neither is given"):
        Backoff()
    with pytest.raises(ValidationError, match=r"either 'error_limit' .* both are given"):
        Backoff(error_limit=0.1, threshold=0.65)
    with pytest.raises(ValidationError, match="'confidence' belongs to a promise"):
        Backoff(threshold=0.65, confidence=0.9)
    with pytest.raises(ValidationError, match="'among' belongs to a promise"):
        Backoff(threshold=0.65, among="each-rank")
    again = Backoff.model_validate(Backoff(threshold=0.65).model_dump(mode="json"))
    assert again == Backoff(threshold=0.65)


def test_poison_is_named_by_classes_or_by_a_column() -> None:
    assert PoisonSection(column="poisonous", values=1, cost=100).values == ("1",)
    assert PoisonSection(column="poisonous", values=["yes", 2], cost=100).values == ("yes", "2")
    with pytest.raises(ValidationError, match=r"'classes' .* or 'column' .* neither is given"):
        PoisonSection(cost=100)
    with pytest.raises(ValidationError, match="both are given"):
        PoisonSection(classes="a", column="poisonous", cost=100)
    with pytest.raises(ValidationError, match="at least 1 item"):
        PoisonSection(column="poisonous", values=[], cost=100)


def test_the_rule_decides_which_policy():
    assert policy_class({"rule": "backoff"}) is Backoff
    for content in (None, [], {"rul": "chow"}):
        with pytest.raises(DecisionError, match=r"p\.yaml needs the key 'rule', one of: neyman"):
            policy_class(content, name="p.yaml")
    with pytest.raises(DecisionError, match="Unknown rule 'neyman'; did you mean"):
        policy_class({"rule": "neyman"})
    with pytest.raises(DecisionError, match="Unknown rule '3'"):
        policy_class({"rule": 3})
