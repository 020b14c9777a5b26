from fieldmark.report.content import ContenderRow
from fieldmark.report.section import Section
from fieldmark.report.sections import sections_of


def section(content, name):
    return next(found for found in sections_of(content) if found.name == name)


def test_everything_stored_has_its_section_in_reading_order(make) -> None:
    assert [found.name for found in sections_of(make.full())] == [
        "results",
        "ranks",
        "comparisons",
        "claims",
        "confidence",
        "back-off",
        "mistakes",
        "critical-1",
        "examples",
        "data",
        "selection",
        "training",
        "provenance",
    ]


def test_what_is_not_stored_has_no_section(make) -> None:
    assert [found.name for found in sections_of(make.content([]))] == ["data", "selection"]
    assert Section("empty", "Empty").is_empty


def test_an_audit_that_was_not_made_is_not_an_audit_that_found_nothing(make) -> None:
    assert section(make.content([]), "data").remarks == ("No audit of the data is stored.",)
    clean = section(make.content([], findings=()), "data").remarks
    assert clean == ("The audit of the data found nothing.",)
    assert section(make.full(), "data").remarks == ()


def test_a_ledger_that_is_not_stored_is_not_an_empty_one(make) -> None:
    (unknown,) = section(make.content([]), "selection").remarks
    assert unknown.startswith("No ledger of choices is stored: whether something was chosen on")
    (empty,) = section(make.content([], choices=()), "selection").remarks
    assert empty == "The ledger of choices is empty: nothing was chosen among several."


def test_choices_stand_in_the_ledger_and_many_are_folded(make) -> None:
    one = make.choice("probe")
    found = section(make.content([], choices=(one, make.choice("stock", None))), "selection")
    assert found.remarks == ("Made on the reported items: 1 of 2 choices.",)
    assert [table.name for table in found.tables] == ["choices"]
    many = section(make.content([], choices=(one,) * 21), "selection")
    assert many.tables == ()
    assert [fold.title for fold in many.folded] == ["What was chosen, and among how many (21)"]


def test_flags_stand_above_the_results(make) -> None:
    content = make.content([make.row("probe", flags=(make.dead,))])
    assert section(content, "results").remarks == ("probe: All items were answered 'oak'.",)


def test_every_ground_has_its_figure_and_its_table(make) -> None:
    rows = [
        ContenderRow(name, (make.estimate(classes=classes, contender=name),), 1, 1)
        for name, classes in (("few", 90), ("many", 170))
    ]
    results = section(make.content(rows), "results")
    assert len(results.pictures) == len(results.tables) == 2
    assert "tables of their own" in results.remarks[0]


def test_no_figure_is_drawn_from_nothing(make) -> None:
    results = section(make.content([ContenderRow("silent", cells_planned=1)]), "results")
    assert results.pictures == ()
    assert len(results.tables) == 1


def test_a_matrix_that_cannot_be_read_is_not_drawn_and_that_is_said(make) -> None:
    confusion = make.confusion(names=(), counts=make.confusion().counts[:0, :0], blocks=())
    mistakes = section(make.content([], confusions=(confusion,)), "mistakes")
    assert mistakes.pictures == ()
    assert "none of its ranks is small enough to read (620 classes)" in mistakes.remarks[0]
    assert len(mistakes.tables) == 1


def test_the_mix_ups_of_the_first_contender_are_open_and_the_others_folded(make) -> None:
    confusions = (make.confusion(), make.confusion(contender="knn"))
    mistakes = section(make.content([], confusions=confusions), "mistakes")
    assert len(mistakes.pictures) == len(mistakes.tables) == 1
    (fold,) = mistakes.folded
    assert fold.title == "Mix-ups of knn"
    assert len(fold.pictures) == len(fold.tables) == 1


def test_every_estimate_is_listed_on_demand(make) -> None:
    (fold,) = section(make.full(), "results").folded
    assert fold.title == "Every stored estimate (7)"
