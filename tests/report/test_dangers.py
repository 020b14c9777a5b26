from dataclasses import replace

import numpy as np
import polars as pl

from fieldmark.decision.dangerous_answers import DANGEROUS, WARNED
from fieldmark.evaluation.evaluate import judge
from fieldmark.manifest.hazards import Hazards
from fieldmark.report.danger_sections import danger_pairs, danger_section
from fieldmark.report.dangers import danger_of

HAZARDS = Hazards(
    poisonous=frozenset({"s0", "s1"}), harmless=frozenset({"s2", "s3"}), source="column 'deadly'"
)


def danger(fungi, n: int = 400, contender: str = "probe"):
    table = fungi("test", n, contender=contender)
    return table, danger_of(table, judge(table).leaf, HAZARDS)


def test_shares_and_pairs_are_counted_over_all_images_of_poisonous_classes(fungi) -> None:
    table, found = danger(fungi)
    answers = table.scores.argmax(axis=1)
    truth = table.label_positions
    mixed = (truth < 2) & np.isin(answers, (2, 3))
    assert found.mix_ups == int(mixed.sum()) > 0
    assert found.estimate(DANGEROUS).value == mixed.sum() / (truth < 2).sum()
    assert found.estimate(WARNED).n == int(np.isin(truth, (2, 3)).sum())
    assert sum(pair.count for pair in found.pairs) == found.mix_ups
    assert [pair.count for pair in found.pairs] == sorted(
        (pair.count for pair in found.pairs), reverse=True
    )
    assert {pair.truth for pair in found.pairs} <= {"s0", "s1"}
    assert all(
        pair.of == table.items.filter(pl.col("label") == pair.truth).height for pair in found.pairs
    )


def test_the_section_has_a_row_for_each_contender_and_the_first_pairs_open(make, fungi) -> None:
    found = tuple(danger(fungi, contender=name)[1] for name in ("probe", "knn"))
    section = danger_section(make.content([], dangers=found))
    summary, pairs = section.tables
    assert [row[0].text for row in summary.rows] == ["probe", "knn"]
    assert summary.rows[0][2].text == f"{found[0].mix_ups}"
    assert "as the column 'deadly' says" in summary.note
    assert pairs.caption == "Poisonous taken for harmless by probe"
    assert [fold.title for fold in section.folded] == ["Poisonous taken for harmless by knn"]
    assert next(term for term, _ in section.definitions) == "Poisonous taken for harmless"


def test_nothing_known_has_no_section_and_no_mix_up_no_table(make, fungi) -> None:
    assert danger_section(make.content([])).is_empty
    table, _ = danger(fungi)
    calm = danger_of(
        table, judge(table).leaf, Hazards(poisonous=frozenset({"s0"}), harmless=frozenset())
    )
    assert (calm.mix_ups, calm.pairs, danger_pairs(calm, name="p").rows) == (0, (), ())
    assert calm.estimate(WARNED).value is None
    section = danger_section(make.content([], dangers=(calm,)))
    assert len(section.tables) == 1
    assert section.tables[0].rows[0][4].text == "?"


def test_pairs_beyond_twelve_are_counted(fungi) -> None:
    _, found = danger(fungi)
    assert danger_pairs(found, name="p").note == ""
    few = replace(found, pairs=found.pairs[:1])
    assert danger_pairs(few, name="p").note == (
        f"{found.pairs[0].count} of {found.mix_ups} are listed."
    )
