from fieldmark.report.content import ContenderRow
from fieldmark.report.result_tables import (
    cells_cell,
    definitions_of,
    estimate_table,
    rank_tables,
    result_tables,
    style_of,
    title_of,
)


def texts(row) -> list[str]:
    return [cell.text for cell in row]


def test_a_cell_is_the_stored_estimate(make) -> None:
    (table,) = result_tables(make.content([make.row("probe"), make.baseline()]))
    assert [column.title for column in table.columns] == [
        "Contender",
        "Cells",
        "Accuracy",
        "Macro F1",
    ]
    probe, majority = table.rows
    assert texts(probe) == ["probe", "1 of 1", "84.21 %", "81.09 %"]
    assert probe[2].detail == "82.9 to 85.5"
    assert texts(majority) == ["majority", "–", "2.14 %", "–"]
    assert majority[2].detail == "exact"


def test_what_has_not_run_is_a_question_mark(make) -> None:
    silent = ContenderRow("silent", cells_planned=3)
    (table,) = result_tables(make.content([make.row("probe"), silent]))
    assert texts(table.rows[1]) == ["silent", "?", "?", "?"]
    assert table.rows[1][1].detail == "none of 3"


def test_nothing_measured_gives_a_table_of_question_marks(make) -> None:
    silent = ContenderRow("silent", cells_planned=1)
    (table,) = result_tables(make.content([silent]))
    assert table.caption == "Results: nothing has been measured"
    assert texts(table.rows[0]) == ["silent", "?", "?"]


def test_a_value_that_is_not_defined_is_a_question_mark(make) -> None:
    row = ContenderRow("probe", (make.estimate(None),), 1, 1)
    (table,) = result_tables(make.content([row]))
    assert texts(table.rows[0])[2] == "?"


def test_the_number_of_images_stands_in_the_head_only_when_it_is_shared(make) -> None:
    (same,) = result_tables(make.content([make.row("a"), make.row("b")]))
    assert same.columns[2].detail == "n = 3,061"
    other = ContenderRow("b", (make.estimate(n=2900, contender="b"),), 1, 1)
    (mixed,) = result_tables(make.content([make.row("a"), other]))
    assert mixed.columns[2].detail == ""
    assert mixed.rows[1][2].detail == "82.9 to 85.5, n = 2,900"


def test_90_classes_never_share_a_table_with_170(make) -> None:
    rows = [
        ContenderRow(name, (make.estimate(classes=classes, contender=name),), 1, 1)
        for name, classes in (("few", 90), ("many", 170))
    ]
    first, second = result_tables(make.content(rows))
    assert "90 classes" in first.caption
    assert "170 classes" in second.caption
    assert [len(table.rows) for table in (first, second)] == [1, 1]
    assert first.name != second.name


def test_cells_say_how_many_are_missing() -> None:
    cell = cells_cell(ContenderRow("probe", cells_ran=2, cells_planned=3))
    assert (cell.text, cell.detail) == ("2 of 3", "1 missing")


def test_the_ranks_are_columns_coarse_to_fine(make) -> None:
    (table,) = rank_tables(make.content([make.row("probe"), make.baseline()]))
    assert [column.title for column in table.columns] == ["Contender", "genus", "species"]
    assert table.columns[1].detail == "113 classes"
    assert [texts(row) for row in table.rows] == [["probe", "89.38 %", "84.21 %"]]


def test_every_stored_estimate_is_listed_with_its_method(make) -> None:
    seeds = make.estimate(metric="log_loss", value=0.7, low=None, high=None, seed_values=(0.6, 0.8))
    table = estimate_table(make.content([make.row("probe"), ContenderRow("b", (seeds,), 1, 1)]))
    assert len(table.rows) == 4
    assert texts(table.rows[2])[2] == "genus"
    assert texts(table.rows[3])[1:8] == [
        "Log loss",
        "species",
        "0.700",
        "–",
        "3,061",
        "620",
        "test",
    ]
    assert table.rows[3][3].detail == "seeds: 0.600, 0.800"


def test_an_unknown_metric_keeps_its_name_and_is_a_plain_number() -> None:
    assert title_of("kappa") == "kappa"
    assert style_of("kappa").value(0.5) == "0.500"
    assert style_of("accuracy_skill").value(0.5) == "0.500"


def test_definitions_come_from_the_catalogue() -> None:
    titles = [title for title, _ in definitions_of(["macro_f1", "accuracy", "kappa"])]
    assert titles == ["Accuracy", "Macro F1"]
