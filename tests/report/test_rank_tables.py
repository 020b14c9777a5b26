import polars as pl

from fieldmark.manifest.taxonomy import build_taxonomy
from fieldmark.report.rank_confusions import rank_confusions
from fieldmark.report.rank_tables import family_table, rank_mix_up_table, share_table

NAMES = ("A. x", "A. y", "B. z")
TREE = build_taxonomy(
    pl.DataFrame({"genus": ["A", "A", "B"], "species": NAMES}), ("genus", "species")
)


def text(table):
    return [[cell.text for cell in row] for row in table.rows]


def test_where_the_answers_stand(make) -> None:
    cells = make.cells(*NAMES)
    confusion = make.confusion(cells=cells, ranks=rank_confusions(cells, TREE))
    assert text(share_table([confusion])) == [
        ["probe", "species", "3", "66.67 %", "11.11 %", "22.22 %", "9"],
        ["probe", "genus", "2", "77.78 %", "–", "22.22 %", "9"],
    ]
    assert share_table([confusion]).rows[0][4].detail == "the genus"
    assert share_table([make.confusion()]).rows == ()


def test_the_most_frequent_mix_ups_of_a_rank(make) -> None:
    species = rank_confusions(make.cells(*NAMES), TREE)[-1]
    table = rank_mix_up_table(species, contender="probe", name="mix")
    assert text(table) == [
        ["A. x", "A. y", "1", "3", "33.33 %", "A"],
        ["A. y", "B. z", "1", "3", "33.33 %", "–"],
        ["B. z", "A. x", "1", "3", "33.33 %", "–"],
    ]
    assert table.caption == "Mix-ups of probe at the rank “species”"
    first = rank_mix_up_table(species, contender="probe", name="mix", most=1)
    assert (len(first.rows), first.caption) == (1, "Mix-ups of probe at the rank “species”, 1 of 3")


def test_the_parents_within_which_most_is_mixed_up(make) -> None:
    genus, species = rank_confusions(make.cells(*NAMES), TREE)
    table = family_table(species, contender="probe", name="mix")
    assert table.columns[0].title == "Genus"
    assert text(table) == [["A", "2", "6", "1", "16.67 %", "33.33 %"]]
    assert family_table(genus, contender="probe", name="mix").rows == ()
