import polars as pl
import pytest

from fieldmark.core.errors import TaxonomyError
from fieldmark.manifest.lineage import distinct_lineages
from fieldmark.manifest.lineage_faults import lineage_faults, refuse_faults

RANKS = ("genus", "species")


def faults_of(genera: list[str | None], species: list[str | None]) -> list[tuple[str, int]]:
    frame = pl.DataFrame(
        {"genus": genera, "species": species}, schema=dict.fromkeys(RANKS, pl.String)
    )
    return [
        (fault.kind, fault.count)
        for fault in lineage_faults(distinct_lineages(frame, RANKS), RANKS)
    ]


def test_counts_are_of_rows_but_for_unequal_depth() -> None:
    found = faults_of(["G", None, None, None], ["x", "x", "y", "y"])
    assert found == [("missing_rank", 3), ("unequal_depth", 1)]


def test_a_missing_parent_is_no_second_parent() -> None:
    assert faults_of(["G", None], ["x", "x"]) == [("missing_rank", 1)]


def test_gaps_are_no_reason_to_refuse() -> None:
    frame = pl.DataFrame({"genus": ["", "G"], "species": ["x", "y"]})
    refuse_faults(lineage_faults(distinct_lineages(frame, RANKS), RANKS), "refuse")


def test_qualify_forgives_two_parents_alone() -> None:
    frame = pl.DataFrame({"genus": ["G", "H", "G"], "species": ["x", "x", None]})
    faults = lineage_faults(distinct_lineages(frame, RANKS), RANKS)
    refuse_faults([fault for fault in faults if fault.kind == "two_parents"], "qualify")
    with pytest.raises(TaxonomyError, match="1 row without a name at the finest rank 'species'"):
        refuse_faults(faults, "qualify")
