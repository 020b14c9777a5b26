from fieldmark.report.common_section import common_section
from fieldmark.report.csv_tables import estimates_csv


def test_contenders_of_the_same_classes_need_no_section(make) -> None:
    assert common_section(make.content([make.row("probe")])).is_empty


def test_what_was_left_out_stands_above_the_tables_of_leaf_and_ranks(make) -> None:
    common = (make.row("probe", 0.9), make.row("stock", 0.8))
    content = make.content(
        [make.row("probe"), make.row("stock", None)],
        common=common,
        common_notes=("Restricted to 3 classes.",),
    )
    found = common_section(content)
    assert found.remarks == ("Restricted to 3 classes.",)
    assert [table.name for table in found.tables] == ["common-results-1", "common-ranks-1"]
    accuracy = found.tables[0].rows[0][2]
    assert (accuracy.text, found.tables[0].rows[1][0].text) == ("90.00 %", "stock")


def test_the_table_of_estimates_holds_them_too(make) -> None:
    content = make.content([make.row("probe")], common=(make.row("probe", 0.9),))
    values = [line.split(",")[2] for line in estimates_csv(content).splitlines()[1:]]
    assert values[0] == "0.8421"
    assert values[3] == "0.9"
