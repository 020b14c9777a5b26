"""Trap 21: ablations were compared with a different reference."""

import numpy as np
import polars as pl

from fieldmark.comparison.ablation import PlannedRow, ablation_table
from fieldmark.manifest.labels import LabelSpace
from fieldmark.predictions.header import PredictionsHeader
from fieldmark.predictions.table import Predictions


def table(name, right):
    truth = np.arange(200) % 2
    answer = np.where(np.arange(200) < right, truth, 1 - truth)
    return Predictions(
        PredictionsHeader(score_kind="logits", contender=name),
        pl.DataFrame({"id": [f"i{i}" for i in range(200)], "label": [f"c{c}" for c in truth]}),
        LabelSpace(("c0", "c1")),
        np.eye(2)[answer],
    )


PLAN = (
    PlannedRow(name="small", cells=1),
    PlannedRow(name="large", cells=1),
    PlannedRow(name="small, mixup", cells=1, reference="small", changed=("mixup",)),
    PlannedRow(name="large, mixup", cells=1, reference="large", changed=("mixup",)),
    PlannedRow(name="large, all", cells=2, reference="large", changed=("mixup", "epochs")),
)
CELLS = {
    "small": [table("small", 120)],
    "large": [table("large", 180)],
    "small, mixup": [table("small, mixup", 150)],
    "large, mixup": [table("large, mixup", 170)],
}


def test_trap_21_each_row_is_measured_against_its_own_reference():
    rows = {row.planned.name: row for row in ablation_table(PLAN, CELLS).rows}
    small, large = rows["small, mixup"].comparison, rows["large, mixup"].comparison
    assert (small.b, large.b) == ("small", "large")
    assert (small.verdict, large.verdict) == ("better", "worse")


def test_trap_21_missing_cells_are_counted_shown_and_forbid_a_winner():
    found = ablation_table(PLAN, CELLS)
    assert found.rows[-1].difference_text() == "?"
    assert found.winner is None
    assert found.conclusion == "4 of 6 cells have run: no winner while 2 are missing"


def test_trap_21_more_than_one_changed_factor_has_no_single_cause():
    row = ablation_table(PLAN, CELLS).rows[-1]
    assert row.warning == "2 factors changed at once (mixup; epochs): no single cause"
