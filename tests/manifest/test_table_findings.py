from pathlib import Path

import polars as pl
import pytest

from fieldmark.manifest.findings import Finding
from fieldmark.manifest.table import Manifest
from fieldmark.manifest.table_findings import table_findings
from fieldmark.manifest.taxonomy import place_rows

RANKS = ("genus", "species")


def of_labels(*labels: str) -> dict[str, Finding]:
    ids = [str(place) for place in range(len(labels))]
    frame = pl.DataFrame({"id": ids, "path": ids, "label": list(labels)})
    found = table_findings(Manifest(frame, Path()), filtered_by=(), decided_by=())
    return {finding.code: finding for finding in found}


def of_ranks(*rows: tuple[str | None, str], qualified: bool = False) -> dict[str, Finding]:
    frame = pl.DataFrame(list(rows), schema=dict.fromkeys(RANKS, pl.String), orient="row")
    ids = pl.Series("id", [str(place) for place in range(len(rows))])
    taxonomy, labels = (
        place_rows(frame, RANKS, two_parents="qualify") if qualified else (None, frame["species"])
    )
    full = frame.with_columns(ids, ids.alias("path"), labels.alias("label"))
    manifest = Manifest(full, Path(), RANKS, taxonomy)
    found = table_findings(manifest, filtered_by=(), decided_by=())
    return {finding.code: finding for finding in found}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Amanita rubescens", "amanita rubescens"),
        ("Red-Apple", "Red Apple"),
        ("Red_Apple", "red-apple"),
        ("pear", "pear "),
        ("a  b", "a b"),
        ("STRASSE", "straße"),
    ],
)
def test_labels_that_differ_in_spelling_alone_look_alike(one: str, other: str) -> None:
    alike = of_labels(one, other, "something else")["look_alike_labels"]
    assert alike.severity == "warning"
    assert alike.count == 1
    shown = (" and ".join(f"'{label}'" for label in sorted([one, other])),)
    visible = [text.replace("pear ", "pear␣").replace("a  b", "a␣␣b") for text in shown]
    assert alike.examples == tuple(visible)


@pytest.mark.parametrize(("one", "other"), [("apple", "apples"), ("rust", "trust"), ("é", "e")])
def test_other_labels_do_not(one: str, other: str) -> None:
    assert of_labels(one, other) == {}


@pytest.mark.parametrize("label", ["NA", "nan", "None", "N/A", "unknown", "?", "-", "null"])
def test_labels_that_look_missing_are_told(label: str) -> None:
    missing = of_labels("apple", label)["label_like_missing"]
    assert missing.examples == (label,)
    assert "Leave these rows out" in missing.message


def test_names_that_contain_such_words_are_left_alone() -> None:
    assert of_labels("Nana", "unknown pleasures", "none such") == {}


def test_a_qualified_name_under_two_parents_is_a_warning() -> None:
    found = of_ranks(("G", "x"), ("H", "x"), qualified=True)
    assert found["two_parents"].severity == "warning"
    assert "species 'x' stands under genus 'G' and 'H'" in found["two_parents"].message


def test_an_unqualified_one_is_an_error_with_the_way_out() -> None:
    found = of_ranks(("G", "x"), ("H", "x"))
    assert found["two_parents"].severity == "error"
    assert "set data.two_parents: qualify" in found["two_parents"].message


def test_rows_whose_parent_nobody_knows_are_an_error() -> None:
    found = of_ranks(("G", "x"), ("H", "x"), (None, "x"))
    assert found["ambiguous_parent"].severity == "error"
    assert found["ambiguous_parent"].count == 1


def test_gaps_are_counted_in_rows_and_depth_in_leaves() -> None:
    found = of_ranks((None, "x"), (None, "x"), ("G", "y"), qualified=True)
    assert (found["missing_rank"].severity, found["missing_rank"].count) == ("warning", 2)
    assert (found["unequal_depth"].severity, found["unequal_depth"].count) == ("note", 1)
    assert found["unequal_depth"].examples == ("x",)


def test_a_tree_without_faults_is_not_mentioned() -> None:
    assert of_ranks(("G", "x"), ("G", "y"), qualified=True) == {}
