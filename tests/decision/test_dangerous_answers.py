import numpy as np

from fieldmark.decision.dangerous_answers import DANGEROUS, UNKNOWN, WARNED, dangerous_answers
from fieldmark.decision.outcome_estimates import Reporting
from fieldmark.evaluation.estimates import clopper_pearson
from fieldmark.evaluation.resampling import units_of
from fieldmark.manifest.hazards import Hazards

KNOWN = Hazards(poisonous=frozenset({"cap", "web"}), harmless=frozenset({"cep", "ear"}))


def found(labels, answers, groups=None):
    how = Reporting(
        units=units_of(groups, n=len(labels)), split="test", classes=5, contender="probe"
    )
    return {one.metric: one for one in dangerous_answers(labels, answers, KNOWN, how)}


def test_the_denominator_is_every_image_of_poisonous_classes() -> None:
    labels = ["cap"] * 5 + ["web"] * 5 + ["cep"] * 4 + ["new"] * 3
    answers = ["cap", "web", "cep", "ear", "new"] + ["web"] * 5 + ["cep", "cap", "ear", "new"]
    numbers = found(labels, [*answers, "cep", "cap", "new"])
    assert (numbers[DANGEROUS].value, numbers[DANGEROUS].n) == (0.2, 10)
    assert numbers[UNKNOWN].value == 0.1
    assert (numbers[WARNED].value, numbers[WARNED].n) == (0.25, 4)
    assert numbers[DANGEROUS].denominator == "all 10 items of poisonous classes"


def test_independent_items_have_the_exact_interval() -> None:
    numbers = found(["cap"] * 40, ["cep"] * 3 + ["cap"] * 37)
    one = numbers[DANGEROUS]
    assert (one.low, one.high) == clopper_pearson(3, 40)
    assert one.method == "Clopper-Pearson"
    assert numbers[WARNED].value is None


def test_groups_are_resampled_whole() -> None:
    rng = np.random.default_rng(0)
    answers = np.repeat(np.where(rng.random(40) < 0.3, "cep", "cap"), 3).tolist()
    groups = [f"g{row // 3}" for row in range(120)]
    together = found(["cap"] * 120, answers, groups)[DANGEROUS]
    alone = found(["cap"] * 120, answers)[DANGEROUS]
    assert "cluster bootstrap" in together.method
    assert together.high - together.low > 1.4 * (alone.high - alone.low)
