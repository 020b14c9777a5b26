import dataclasses

from fieldmark.report.content import ContenderRow
from fieldmark.report.rank_verdicts import (
    rank_verdict_folds,
    rank_verdict_remarks,
    rank_verdict_table,
)
from fieldmark.report.sections import sections_of


def at_ranks(make, **differences):
    """Return two verdicts a contender against "flat": at the genus and at the species."""
    return tuple(
        make.comparison(name, "flat", difference, rank=rank, p_adjusted=0.02, a_seeds=5, b_seeds=5,
            adjustment="Holm over 4 comparisons")
        for name, difference in differences.items()
        for rank in ("genus", "species")
    )  # fmt: skip


def content_of(make, rows=None, **differences):
    rows = rows or [make.row(name) for name in ("flat", *differences)]
    return make.content(rows, at_ranks=at_ranks(make, **differences))


def test_the_table_has_a_row_a_contender_and_a_column_a_rank(make) -> None:
    table = rank_verdict_table(content_of(make, heads=0.0417, soft=0.001))
    assert table.caption == "Accuracy at each rank less that of flat, on the same items"
    assert [column.title for column in table.columns] == ["Contender", "genus", "species"]
    heads, soft = table.rows
    assert (heads[1].text, heads[1].tone) == ("better: +4.17 points", "good")
    assert (soft[2].text, soft[2].tone) == ("+0.10 points", "plain")
    assert heads[1].detail.endswith("p 0.020")
    assert "5 seeds together" in table.note
    assert "Holm over 4 comparisons; p is after it." in table.note


def test_what_tells_contenders_apart_is_said_in_full(make) -> None:
    content = content_of(make, heads=0.0417, soft=0.001)
    counted, *said = rank_verdict_remarks(content)
    assert counted == "Against flat, 2 contenders at 2 ranks, on accuracy: 2 of 4 are told apart."
    assert said == [one.sentence() for one in content.at_ranks[:2]]
    many = content_of(make, a=0.1, b=0.1, c=0.1)
    assert rank_verdict_remarks(many)[-1] == "2 further verdicts in the table."


def test_that_nothing_tells_contenders_apart_is_said(make) -> None:
    said = rank_verdict_remarks(content_of(make, heads=0.001))
    asked = "none of 1 contender at 2 ranks, on accuracy, can be told apart from it"
    assert said == (f"Against flat, {asked}.",)


def test_a_contender_that_misses_cells_has_no_verdict(make) -> None:
    rows = [make.row("flat"), dataclasses.replace(make.row("heads"), cells_planned=2)]
    content = content_of(make, rows, heads=0.0417)
    assert rank_verdict_remarks(content) == ()
    assert [cell.text for cell in rank_verdict_table(content).rows[0]] == ["heads", "?", "?"]


def test_they_stand_in_the_section_on_ranks_with_their_tests_folded(make) -> None:
    content = content_of(make, heads=0.0417)
    (section,) = [one for one in sections_of(content) if one.name == "ranks"]
    assert section.tables[-1].name == "rank-verdicts"
    (fold,) = rank_verdict_folds(content)
    assert section.folded == (fold,)
    assert len(fold.tables[0].rows) == 2
    assert rank_verdict_folds(make.content([ContenderRow("a")])) == ()
