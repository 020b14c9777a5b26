import pytest

from fieldmark.comparison.choosing import Question, choose_best
from fieldmark.comparison.rules import ComparisonRules
from fieldmark.comparison.selection import SelectionLedger
from fieldmark.comparison.verdict import compare
from fieldmark.core.errors import NotComparableError

RULES = ComparisonRules(resamples=400)
CHECKPOINT = Question(contender="new", what="checkpoint")


def test_the_best_is_chosen_and_goes_into_the_ledger(with_right):
    epochs = {f"epoch {n}": with_right("new", 200, range(140 + n, 200 + n)) for n in range(9)}
    epochs["epoch 9"] = with_right("new", 200, range(150))
    found = choose_best(epochs, CHECKPOINT, rules=RULES)
    assert (found.chosen, found.candidates, found.part) == ("epoch 9", 10, "test")
    assert found.items_digest == epochs["epoch 0"].items_digest
    verdict = compare(
        epochs["epoch 9"], with_right("old", 200, range(60)), selection=SelectionLedger((found,))
    )
    assert f"expected optimism {100 * found.optimism:.2f} points" in verdict.notes[-1]


def test_equal_candidates_are_optimistic_and_the_first_is_taken(with_right):
    alike = {
        f"{start}": with_right("new", 200, range(start, start + 100)) for start in range(0, 100, 10)
    }
    found = choose_best(alike, CHECKPOINT, rules=RULES)
    assert found.chosen == "0"
    assert 0.01 < found.optimism < 0.08


@pytest.mark.parametrize("metric", ["log_loss", "macro_f1"])
def test_a_lower_loss_is_the_better_one(with_right, metric):
    pair = {
        "worse": with_right("new", 200, range(80)),
        "better": with_right("new", 200, range(160)),
    }
    question = Question(contender="new", what="weight", metric=metric)
    found = choose_best(pair, question, rules=RULES)
    assert found.chosen == "better"
    assert found.optimism < 0.01


def test_one_candidate_is_no_choice(with_right):
    found = choose_best({"only": with_right("new", 60, range(50))}, CHECKPOINT, rules=RULES)
    assert (found.optimism, found.candidates) == (0.0, 1)


def test_no_candidate_is_refused():
    with pytest.raises(NotComparableError, match="at least one checkpoint to choose; got none"):
        choose_best({}, CHECKPOINT)
