import json

import pytest

from fieldmark.comparison.optimism import expected_maximum
from fieldmark.comparison.rules import ComparisonRules
from fieldmark.comparison.selection import (
    Choice,
    SelectionLedger,
    candidates_in,
    optimism_in_words,
    read_ledger,
    recorded_choices,
    stamp,
    write_ledger,
)
from fieldmark.comparison.verdict import compare
from fieldmark.core.errors import PredictionsError, StoreError


def choice(**changes):
    facts = {"contender": "new", "what": "checkpoint", "chosen": "epoch 17", "candidates": 30}
    return Choice(**(facts | {"metric": "accuracy", "part": "test"} | changes))


def test_the_items_decide_where_a_choice_was_made(with_right):
    table = with_right("new", 60, range(50))
    other = with_right("new", 59, range(50))
    assert choice().was_made_on(table)
    assert not choice(part="validation").was_made_on(table)
    assert choice(part="dev", items_digest=table.items_digest).was_made_on(table)
    assert not choice(items_digest=table.items_digest).was_made_on(other)
    assert not choice(contender="old").was_made_on(table)
    assert not choice(candidates=1).was_made_on(table)


def test_a_ledger_grows_and_is_stored(tmp_path, with_right):
    ledger = SelectionLedger().with_choice(choice()).with_choice(choice(what="weight", part="dev"))
    write_ledger(ledger, tmp_path / "selection.json")
    assert read_ledger(tmp_path / "selection.json") == ledger
    assert ledger.on([with_right("new", 60, range(50))]) == (choice(),)
    assert candidates_in(ledger.choices) == 900
    assert candidates_in(()) == 1


def test_a_foreign_or_damaged_ledger_is_refused(tmp_path):
    file = tmp_path / "selection.json"
    file.write_text("[]")
    with pytest.raises(StoreError, match="Expected a selection ledger"):
        read_ledger(file)
    content = {"format": "fieldmark selection 1", "choices": [{"what": "checkpoint"}]}
    file.write_text(json.dumps(content))
    with pytest.raises(StoreError, match=r"selection\.json is damaged"):
        read_ledger(file)


@pytest.mark.parametrize("wrong", [{"candidates": 0}, {"optimism": -0.1}])
def test_a_choice_has_candidates_and_no_negative_optimism(wrong):
    with pytest.raises(PredictionsError, match="among at least 1 candidate, with an optimism of"):
        choice(**wrong)


def test_the_stamp_states_the_optimism_or_its_bound():
    bound = 100 * (0.9 * 0.1 / 1226) ** 0.5 * expected_maximum(30)
    said = stamp(choice(), value=0.9, n=1226, metric="accuracy")
    assert said.startswith("new: its checkpoint was chosen on these items, the best of 30 by accur")
    assert f"at most {bound:.2f} points (standard error over 1,226 items x expected max" in said
    known = stamp(choice(optimism=0.012), value=0.9, n=1226, metric="accuracy")
    assert known.endswith("; expected optimism 1.20 points")
    assert "its macro_f1 is optimistic too" in stamp(choice(), value=0.9, n=9, metric="macro_f1")
    loss = choice(metric="log_loss")
    assert "not known without" in stamp(loss, value=0.9, n=9, metric="log_loss")
    measured = choice(metric="log_loss", optimism=0.03)
    assert stamp(measured, value=0.9, n=9, metric="log_loss").endswith("optimism 0.03")


def test_a_choice_on_the_reported_items_stamps_and_corrects(with_right):
    a, b = with_right("new", 200, range(150)), with_right("old", 200, range(142))
    plain, stamped = compare(a, b), compare(a, b, selection=SelectionLedger((choice(),)))
    assert (plain.verdict, stamped.verdict) == ("better", "not distinguishable")
    assert stamped.p_adjusted == pytest.approx(30 * plain.p_value)
    assert stamped.level == pytest.approx(1 - 0.05 / 30)
    assert stamped.notes[-1].startswith("new: its checkpoint was chosen on these items")
    assert "for a choice among 30 p = " in stamped.sentence()


def test_a_choice_elsewhere_changes_nothing(with_right):
    a, b = with_right("new", 200, range(150)), with_right("old", 200, range(142))
    ledger = SelectionLedger((choice(part="validation"),))
    assert compare(a, b, selection=ledger) == compare(a, b)


def test_a_choice_raises_the_number_of_draws(with_right):
    a, b = with_right("new", 200, range(190)), with_right("old", 200, range(142))
    rules = ComparisonRules(test="swaps", resamples=200)
    found = compare(a, b, rules=rules, selection=SelectionLedger((choice(),)))
    assert found.verdict == "better"


def test_tables_carry_their_own_choices(with_right):
    entry = {"contender": "new", "what": "weight", "candidates": 101, "metric": "accuracy"}
    entry |= {"part": "dev"}
    seeds = [with_right("new", 60, range(50), provenance={"choices": [entry]}) for _ in range(2)]
    assert recorded_choices(seeds).choices == (Choice(**entry),)
    assert recorded_choices([with_right("new", 60, range(50))]) == SelectionLedger()


@pytest.mark.parametrize("stored", [[{"what": "weight"}], ["weight"], 3, [{"candidates": 0}]])
def test_damaged_choices_of_a_table_are_refused(with_right, stored):
    table = with_right("new", 60, range(50), provenance={"choices": stored})
    with pytest.raises(StoreError, match="The choices in the header of new are damaged"):
        recorded_choices([table])


def test_what_was_not_measured_has_no_known_optimism():
    said = optimism_in_words(choice(), value=None, n=60, metric="accuracy")
    assert said == "its optimism is not known without the candidates' predictions"
