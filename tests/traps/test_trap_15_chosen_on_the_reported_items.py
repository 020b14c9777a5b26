"""Trap 15: the best of 30 epochs was chosen on the set that was reported."""

import numpy as np
import polars as pl

from fieldmark.comparison.selection import Choice, SelectionLedger
from fieldmark.comparison.verdict import compare
from fieldmark.manifest.labels import LabelSpace
from fieldmark.predictions.header import PredictionsHeader
from fieldmark.predictions.table import Predictions


def table(name, right, *, split="test"):
    truth = np.arange(300) % 2
    answer = np.where(np.arange(300) < right, truth, 1 - truth)
    return Predictions(
        PredictionsHeader(score_kind="logits", contender=name, split=split),
        pl.DataFrame({"id": [f"i{i}" for i in range(300)], "label": [f"c{c}" for c in truth]}),
        LabelSpace(("c0", "c1")),
        np.eye(2)[answer],
    )


def ledger(part):
    choice = Choice(
        contender="new best",
        what="checkpoint",
        chosen="epoch 17",
        candidates=30,
        metric="accuracy",
        part=part,
    )
    return SelectionLedger((choice,))


def test_trap_15_the_best_of_30_epochs_on_the_reported_items_is_stamped_and_no_new_best():
    sides = table("new best", 260), table("incumbent", 252)
    assert compare(*sides).verdict == "better"
    found = compare(*sides, selection=ledger("test"))
    assert found.verdict == "not distinguishable"
    assert "its checkpoint was chosen on these items, the best of 30 by accuracy" in found.notes[-1]
    assert "expected optimism at most 4." in found.notes[-1]


def test_trap_15_chosen_elsewhere_the_result_stands():
    sides = table("new best", 260), table("incumbent", 252)
    assert compare(*sides, selection=ledger("validation")) == compare(*sides)


def test_trap_15_another_name_for_the_same_items_is_no_way_round():
    sides = table("new best", 260), table("incumbent", 252)
    (choice,) = ledger("dev").choices
    renamed = SelectionLedger(
        (
            Choice(
                contender=choice.contender,
                what=choice.what,
                candidates=choice.candidates,
                metric=choice.metric,
                part="dev",
                items_digest=sides[0].items_digest,
            ),
        )
    )
    assert compare(*sides, selection=renamed).verdict == "not distinguishable"
