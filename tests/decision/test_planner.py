import json

import pytest

from fieldmark.core.errors import DecisionError
from fieldmark.decision.planner import plan_recall


def test_too_many_misses():
    plan = plan_recall(0.99, 0.95, 566, misses=42)
    assert not plan.feasible
    assert plan.sentence().startswith(
        "infeasible: at most 1 miss among 566 positives; you have 42; for a recall of 0.99 at 95 %"
        " confidence 4,861 more positives are needed"
    )
    assert plan.recall_bound == pytest.approx(0.9051, abs=1e-4)


def test_few_enough_misses():
    plan = plan_recall(0.99, 0.95, 566, misses=1)
    assert plan.feasible
    assert (plan.max_misses, plan.needed_positives, plan.more_positives) == (1, 473, 0)
    assert plan.recall_bound >= 0.99
    assert "feasible: a recall of 0.99 at 95 % confidence allows at most 1 miss" in plan.sentence()


@pytest.mark.parametrize(
    ("positives", "feasible", "max_misses", "more"),
    [(0, False, None, 299), (298, False, None, 1), (299, True, 0, 0), (773, True, 3, 0)],
)
def test_what_is_possible_before_a_threshold_is_set(positives, feasible, max_misses, more):
    plan = plan_recall(0.99, 0.95, positives)
    assert (plan.feasible, plan.max_misses, plan.more_positives) == (feasible, max_misses, more)
    assert plan.needed_positives == 299
    assert plan.needed_by_misses == (299, 473, 628, 773)


def test_too_few_positives_with_misses():
    sentence = plan_recall(0.99, 0.95, 200, misses=3).sentence()
    assert "among 200 positives no threshold keeps" in sentence
    assert "and you have 3 misses; 573 more positives are needed (773 in all)" in sentence


def test_the_document_is_json():
    content = json.loads(json.dumps(plan_recall(0.99, 0.95, 566, misses=42).to_dict()))
    assert content["needed_by_misses"] == {"0": 299, "1": 473, "2": 628, "3": 773}
    assert content["feasible"] is False
    assert content["max_misses"] == 1
    assert content["violation"] == pytest.approx(0.022736, abs=5e-7)


def test_refusals():
    with pytest.raises(DecisionError, match="target between 0 and 1"):
        plan_recall(1.0, 0.95, 10)
    with pytest.raises(DecisionError, match="as many misses as positives"):
        plan_recall(0.9, 0.95, 10, misses=11)
