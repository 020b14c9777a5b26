from fieldmark.report.confidence_tables import (
    confidence_table,
    dossier_table,
    reliability_table,
    taken_for_tables,
)


def test_a_row_says_how_sure_where_right_and_where_wrong(make) -> None:
    found = make.confidences()
    table = confidence_table(found)
    assert [row[1].text for row in table.rows] == ["species", "genus"]
    leaf = found[0]
    assert table.rows[0][2].text == f"{100 * leaf.mean_right:.2f} %"
    assert table.rows[0][5].text == f"{leaf.area:.4f}"
    assert table.rows[0][-1].text == "40"


def test_bins_are_listed_with_interval_and_n(make) -> None:
    leaf, *_ = make.confidences()
    table = reliability_table(leaf, name="bins")
    assert [row[-1].text for row in table.rows] == [str(bar.n) for bar in leaf.bins]
    assert " to " in table.rows[0][2].detail


def test_a_dossier_lists_its_ranks_and_what_is_missing_is_a_question_mark(make) -> None:
    table = dossier_table(make.dossier(), name="critical")
    assert [row[0].text for row in table.rows] == ["species", "genus"]
    assert [row[1].text for row in table.rows] == ["83.21 %", "93.45 %"]
    assert [row[4].text for row in table.rows] == ["?", "?"]
    assert "of 61 images of it" in [column.detail for column in table.columns]


def test_both_ways_of_a_mix_up_have_their_table(make) -> None:
    outwards, inwards = taken_for_tables(make.dossier(), name="critical")
    assert [cell.text for cell in outwards.rows[0]] == ["A. citrina", "9", "61", "genus Amanita"]
    assert [cell.text for cell in inwards.rows[0]] == ["A. virosa", "4", "44", "genus Amanita"]
    assert {outwards.name, inwards.name} == {"critical-taken-for", "critical-taken-for-it"}
