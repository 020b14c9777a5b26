import polars as pl
import pytest

from fieldmark.core.errors import DecisionError
from fieldmark.decision.cost_rules import poison_cost_of
from fieldmark.decision.poison import with_poisonous_classes
from fieldmark.decision.policy import Backoff, MinimumRisk
from fieldmark.decision.policy_section import PoisonSection

ITEMS = pl.DataFrame({"label": ["a", "b", "c"], "deadly": ["1", "0", "1"]})


def policy(**poison) -> MinimumRisk:
    return MinimumRisk(cost="poison", poison=PoisonSection(cost=10, **poison))


def test_a_column_is_looked_up_and_stays_stated() -> None:
    found = with_poisonous_classes(policy(column="deadly"), [ITEMS]).poison
    assert (found.classes, found.column, found.values) == (("a", "c"), "deadly", ("1",))


def test_written_classes_and_other_rules_stay_as_they_are() -> None:
    written, other = policy(classes="a"), Backoff(error_limit=0.1)
    assert with_poisonous_classes(written, [ITEMS]) is written
    assert with_poisonous_classes(other, [ITEMS]) is other


def test_a_class_of_the_column_need_not_be_one_of_the_predictions() -> None:
    section = with_poisonous_classes(policy(column="deadly"), [ITEMS]).poison
    assert poison_cost_of(["a", "b"], section).poisonous == {"a", "c"}


def test_what_is_wrong_is_refused() -> None:
    with pytest.raises(DecisionError, match=r"counts poisonous classes by a column.*'dedly'"):
        with_poisonous_classes(policy(column="dedly"), [ITEMS])
    with pytest.raises(DecisionError, match="with yes in column 'deadly'"):
        with_poisonous_classes(policy(column="deadly", values="yes"), [ITEMS])
    with pytest.raises(DecisionError, match="column 'deadly' has not been looked up"):
        poison_cost_of(["a"], policy(column="deadly").poison)
    with pytest.raises(DecisionError, match="'z' is none"):
        poison_cost_of(["a"], policy(classes="z").poison)
