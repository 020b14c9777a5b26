from fieldmark.manifest.findings import Finding
from fieldmark.report.choices import SelectionFacts, ShownChoice
from fieldmark.report.content import DataCard
from fieldmark.report.data_tables import (
    choice_table,
    data_table,
    example_table,
    finding_table,
    provenance_table,
    selection_table,
)

CARD = DataCard(12_410, (("genus", 113), ("species", 620)), None, (("test", 3_061),), excluded=0)


def pairs(table) -> dict[str, str]:
    return {row[0].text: row[1].text for row in table.rows}


def test_excluded_images_are_counted_even_when_there_are_none() -> None:
    found = pairs(data_table(CARD))
    assert found["Images excluded as unreadable"] == "0"
    assert found["Images in the manifest"] == "12,410"
    assert found["Names at the rank “species”"] == "620"
    assert found["Images in the split “test”"] == "3,061"


def test_no_groups_is_not_zero_groups() -> None:
    assert pairs(data_table(CARD))["Groups"] == "–"
    grouped = DataCard(9, (), 4, (), excluded=2)
    assert pairs(data_table(grouped))["Groups"] == "4"


def test_choosing_on_the_reported_split_is_stamped() -> None:
    apart = selection_table(SelectionFacts("macro_f1", "validation", "test"))
    same = selection_table(SelectionFacts("macro_f1", "test", "test"))
    assert pairs(apart)["Chosen by"] == "Macro F1"
    assert apart.rows[-1][1].tone == "good"
    assert same.rows[-1][1].text == "chosen where it is reported"
    assert same.rows[-1][1].tone == "bad"


def test_the_gravest_finding_comes_first() -> None:
    findings = [
        Finding("tiny_class", "note", "2 classes are tiny.", 2, ()),
        Finding("group_in_two_parts", "error", "1,200 groups leak.", 1200, ("plant 7", "plant 9")),
        Finding("id_without_part", "warning", "1 id has no part.", 1, ("x",)),
    ]
    rows = finding_table(findings).rows
    assert [row[0].text for row in rows] == ["error", "warning", "note"]
    assert [cell.text for cell in rows[0]][1:] == [
        "1,200 groups leak.",
        "1,200",
        "plant 7, plant 9",
    ]
    assert rows[2][3].text == "–"


def test_examples_in_words(make) -> None:
    rows = example_table(
        [make.example("oak", "elm"), make.example("elm", "elm", probability=None)]
    ).rows
    assert [cell.text for cell in rows[0]] == ["img-7", "oak", "elm", "probe", "71.39 %"]
    assert [row[2].detail for row in rows] == ["wrong", "right"]
    assert rows[1][4].text == "–"


def test_provenance_is_shown_as_stored() -> None:
    assert pairs(provenance_table([("fieldmark", "0.1.0")])) == {"fieldmark": "0.1.0"}


def test_every_choice_says_where_it_was_made(make) -> None:
    shown = (
        make.choice("probe", "expected optimism 1.20 points"),
        make.choice("probe", None, part="validation", what="prompt"),
        make.choice("stock", None, candidates=1),
        ShownChoice(make.choice("old").choice, is_reported=False),
    )
    table = choice_table(shown)
    last = [row[-1] for row in table.rows]
    assert [cell.text for cell in last] == [
        "chosen where it is reported",
        "chosen on other items",
        "nothing to choose among",
        "not in this report",
    ]
    assert [cell.tone for cell in last] == ["bad", "good", "neutral", "muted"]
    assert last[0].detail == "expected optimism 1.20 points"
    assert [cell.detail for cell in table.rows[1][1:4]] == [
        "epoch 17",
        "",
        "on the part “validation”",
    ]
