from fieldmark.report.content import ContenderRow, Refusal
from fieldmark.report.exhibits import TakenFor
from fieldmark.report.judgement_tables import (
    claim_badges,
    claim_table,
    comparison_table,
    confusion_table,
    refusal_table,
)


def texts(row) -> list[str]:
    return [cell.text for cell in row]


def compared(make, comparison, **fields):
    rows = [make.row("a", **fields), make.row("b", 0.8004)]
    return comparison_table(make.content(rows, comparisons=(comparison,))).rows[0]


def test_a_comparison_is_shown_as_it_is_stored(make) -> None:
    row = compared(make, make.comparison("a", "b", discordant=(211, 83), groups=1480))
    assert texts(row) == [
        "a",
        "better",
        "Accuracy",
        "+4.17 points",
        "below 0.001",
        "3,061",
        "–",
        "exact McNemar",
    ]
    assert row[0].detail == "against b"
    assert row[3].detail == "+2.9 to +5.5"
    assert row[5].detail == "1,480 groups"
    assert row[7].detail == "211 against 83 discordant."
    assert row[1].tone == "good"


def test_the_tone_of_a_verdict_never_stands_alone(make) -> None:
    worse = compared(make, make.comparison("a", "b", -0.0417))[1]
    same = compared(make, make.comparison("a", "b", 0.0021, needed_n=181_000))
    assert (worse.text, worse.tone) == ("worse", "bad")
    assert (same[1].text, same[1].tone) == ("not distinguishable", "neutral")
    assert same[6].text == "181,000"


def test_a_comparison_at_a_rank_names_it(make) -> None:
    assert compared(make, make.comparison("a", "b", rank="genus"))[2].detail == "at genus"


def test_notes_are_sentences_and_those_of_all_stand_below(make) -> None:
    rows = [make.row("a"), make.row("b", 0.8004), make.row("c", 0.79)]
    pairs = (
        make.comparison("a", "b", notes=("the contract is not recorded", "few groups")),
        make.comparison("a", "c", notes=("the contract is not recorded",)),
    )
    table = comparison_table(make.content(rows, comparisons=pairs))
    assert table.note == "The contract is not recorded."
    assert [row[-1].detail for row in table.rows] == ["Few groups.", ""]
    alone = comparison_table(make.content(rows, comparisons=pairs[:1]))
    assert alone.note == ""
    assert alone.rows[0][-1].detail == "The contract is not recorded. Few groups."


def test_a_comparison_with_missing_cells_is_a_question_mark(make) -> None:
    row = compared(make, make.comparison("a", "b"), cells_ran=1, cells_planned=3)
    assert texts(row) == ["a", "?", "Accuracy", "?", "?", "?", "?", "–"]
    assert row[1].detail == "cells are missing"


def test_a_refusal_says_why() -> None:
    (row,) = refusal_table([Refusal("a and b", "80 of 170 classes differ.")]).rows
    assert texts(row) == ["a and b", "80 of 170 classes differ."]


def test_claims_have_badges_with_words(make) -> None:
    rows = [make.row("probe")]
    bounds = (0.8, 0.9, 0.84, 0.85)
    claims = tuple(make.claim("probe", bound, rows) for bound in bounds)
    content = make.content(rows, claims=(*claims, make.claim("stock", 0.5, rows)))
    badges = [(badge.text, badge.tone) for _, badge in claim_badges(content)]
    assert badges == [
        ("met", "good"),
        ("NOT met", "bad"),
        ("met, not certain", "warning"),
        ("NOT met, not certain", "warning"),
        ("?", "neutral"),
    ]
    first, *_ = claim_table(content).rows
    assert texts(first)[0] == "accuracy of probe at least 80.00 %"
    assert texts(first)[2] == "met: 84.21 %, 95 % interval 82.9 to 85.5"


def test_a_claim_on_a_contender_that_misses_cells_is_a_question_mark(make) -> None:
    rows = [make.row("probe", cells_ran=1, cells_planned=2), ContenderRow("b")]
    content = make.content(rows, claims=(make.claim("probe", 0.8, rows),))
    assert texts(claim_table(content).rows[0])[1:] == ["?", "?"]


def test_mix_ups_say_of_how_many_and_what_is_shared(make) -> None:
    table = confusion_table(make.confusion(), name="mix-ups")
    assert texts(table.rows[0]) == ["A. rubescens", "A. pantherina", "13", "61", "genus Amanita"]
    assert confusion_table(make.confusion(pairs=()), name="none").rows == ()


def test_mix_ups_with_nothing_in_common_say_so(make) -> None:
    pair = TakenFor("oak", "boletus", 1, 9)
    table = confusion_table(make.confusion(pairs=(pair,)), name="mix-ups")
    assert texts(table.rows[0])[-1] == "–"
