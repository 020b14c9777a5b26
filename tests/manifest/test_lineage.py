import polars as pl

from fieldmark.manifest.lineage import ROWS, distinct_lineages, fill_gaps, qualify

RANKS = ("genus", "species")


def test_blank_names_are_missing_and_rows_are_counted() -> None:
    frame = pl.DataFrame({"genus": ["", " ", None, "G"], "species": ["x", "x", "x", "x"]})
    lineages = distinct_lineages(frame, RANKS)
    assert lineages.rows() == [("G", "x", 1), (None, "x", 3)]
    assert lineages.columns == [*RANKS, ROWS]


def test_filling_leaves_the_given_frame_as_it_was() -> None:
    lineages = distinct_lineages(
        pl.DataFrame({"genus": [None], "species": ["x"]}).cast(pl.String), RANKS
    )
    before = lineages.clone()
    assert fill_gaps(lineages, RANKS)["genus"].to_list() == ["incertae sedis (x)"]
    assert lineages.equals(before)


def test_only_names_under_two_parents_are_qualified() -> None:
    frame = pl.DataFrame({"genus": ["G", "H", "H"], "species": ["x", "x", "y"]})
    named = qualify(distinct_lineages(frame, RANKS), RANKS)
    assert named["species"].to_list() == ["x (G)", "x (H)", "y"]
