from fieldmark.report.behaviour_sections import (
    confidence_section,
    critical_sections,
)


def test_of_three_contenders_the_first_is_in_the_open_and_all_ranks_are_folded(make) -> None:
    names = ("probe", "knn", "third")
    found = tuple(one for name in names for one in make.confidences(name))
    section = confidence_section(make.content([make.row("probe")], confidences=found))
    assert len(section.pictures) == 1 + 3
    assert [fold.title for fold in section.folded] == [f"{name}: all ranks" for name in names]
    assert [len(fold.pictures) for fold in section.folded] == [1 + 1, 2 + 3, 0]


def test_both_of_two_contenders_are_in_the_open(make) -> None:
    found = tuple(one for name in "ab" for one in make.confidences(name))
    assert len(confidence_section(make.content([], confidences=found)).pictures) == 1 + 2 * 3


def test_from_the_third_contender_on_there_are_tables_alone(make) -> None:
    found = tuple(one for name in "abcde" for one in make.confidences(name))
    section = confidence_section(make.content([], confidences=found))
    assert [len(fold.pictures) for fold in section.folded] == [2, 5, 0]
    assert [len(fold.tables) for fold in section.folded] == [2, 2, 6]
    assert section.folded[-1].title == "The numbers of the 3 other contenders"


def test_figures_and_tables_of_a_section_have_names_of_their_own(make) -> None:
    found = tuple(one for name in "abc" for one in make.confidences(name))
    section = confidence_section(make.content([], confidences=found))
    tables = [*section.tables, *(table for fold in section.folded for table in fold.tables)]
    assert len({table.name for table in tables}) == len(tables)


def test_a_contender_without_probabilities_is_named(make) -> None:
    rows = [make.row("probe"), make.row("text", 0.5)]
    section = confidence_section(make.content(rows, confidences=make.confidences("probe")))
    assert section.remarks == (
        "text has no confidence to show: its scores are similarities, not probabilities.",
    )


def test_no_confidence_at_all_has_no_section(make) -> None:
    assert confidence_section(make.content([make.row("probe")])).is_empty


def test_a_critical_class_has_its_section_with_its_own_images(make) -> None:
    dossiers = (make.dossier(), make.dossier(contender="knn"), make.dossier("A. virosa"))
    own = make.example("A. phalloides", "elm", critical="A. phalloides")
    content = make.content([], dossiers=dossiers, examples=(make.example("oak", "elm"), own))
    first, second = critical_sections(content)
    assert (first.title, second.title) == ("Critical: A. phalloides", "Critical: A. virosa")
    assert first.examples == (own,)
    assert len(first.tables) == 3
    assert [fold.title for fold in first.folded] == ["A. phalloides as knn answers"]
    folded = [table for fold in first.folded for table in fold.tables]
    assert len({table.name for table in (*first.tables, *folded, *second.tables)}) == 9
    assert len(first.remarks) == 2
