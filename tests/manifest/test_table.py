from pathlib import Path
from typing import Any

import polars as pl
import pytest

from fieldmark.core.errors import ManifestError
from fieldmark.manifest.table import Manifest
from fieldmark.manifest.taxonomy import build_taxonomy


def changed(manifest: Manifest, **columns: Any) -> pl.DataFrame:
    return manifest.frame.with_columns(pl.Series(name, values) for name, values in columns.items())


def test_columns_are_at_hand(orchard: Manifest) -> None:
    assert len(orchard) == 6
    assert orchard.ids.to_list() == ["a1", "a2", "b1", "b2", "c1", "c2"]
    assert orchard.labels.to_list() == ["apple"] * 3 + ["pear"] * 3
    assert orchard.label_names == ("apple", "pear")
    assert orchard.groups is not None
    assert orchard.groups.n_unique() == 4
    assert Manifest(orchard.frame.drop("group"), orchard.root).groups is None


def test_the_digest_is_of_the_content(orchard: Manifest) -> None:
    frame = orchard.frame
    same = Manifest(frame.reverse().select(reversed(frame.columns)), Path("elsewhere"))
    assert same == orchard
    assert hash(same) == hash(orchard)
    assert orchard != "a manifest"
    swapped = changed(orchard, label=["apple"] * 2 + ["pear"] * 4)
    shifted = changed(orchard, path=["apple/1.jpga", *frame["path"][1:]])
    missing = frame.with_columns(note=pl.lit(None, pl.String))
    empty = frame.with_columns(note=pl.lit(""))
    digests = {Manifest(f, orchard.root).digest for f in (frame, swapped, shifted, missing, empty)}
    assert len(digests) == 5


def test_the_digest_knows_the_taxonomy(orchard: Manifest) -> None:
    frame = orchard.frame.with_columns(kind=pl.lit("fruit"))
    taxonomy = build_taxonomy(frame, ("kind", "label"))
    plain = Manifest(frame, orchard.root)
    assert Manifest(frame, orchard.root, ("kind", "label"), taxonomy) != plain


def test_some_ids_are_selected_in_their_order(orchard: Manifest) -> None:
    some = orchard.select(["c1", "a2"])
    assert some.ids.to_list() == ["c1", "a2"]
    assert some.root == orchard.root


def test_the_taxonomy_of_a_selection_stays_whole(orchard: Manifest) -> None:
    taxonomy = build_taxonomy(orchard.frame, ("label",))
    some = Manifest(orchard.frame, orchard.root, ("label",), taxonomy).select(["a1"])
    assert some.taxonomy == taxonomy


def test_unknown_ids_are_refused_with_the_nearest(orchard: Manifest) -> None:
    wanted = "ids of the manifest; 2 of 3 are not in it: 'a3', 'zz'; the nearest id is 'a"
    with pytest.raises(ManifestError, match=wanted):
        orchard.select(["a3", "a1", "zz"])
    with pytest.raises(ManifestError, match="1 of 1 are not in it: 'zz'"):
        orchard.image_path("zz")


def test_selecting_twice_or_nothing_is_refused(orchard: Manifest) -> None:
    with pytest.raises(ManifestError, match="Ids must be unique; repeated: 'a1'"):
        orchard.select(["a1", "a1"])
    with pytest.raises(ManifestError, match="at least one row; got none"):
        orchard.select([])


def test_image_paths_start_from_the_root(orchard: Manifest) -> None:
    assert orchard.image_path("b2") == orchard.root / "pear" / "1.jpg"
    assert orchard.image_paths()[0] == orchard.root / "apple" / "1.jpg"


@pytest.mark.parametrize("path", ["../secret.jpg", "/etc/passwd", "apple/../../x.jpg", ".."])
def test_paths_that_leave_the_root_are_refused(orchard: Manifest, path: str) -> None:
    manifest = Manifest(changed(orchard, path=[path, *["apple/1.jpg"] * 5]), orchard.root)
    wanted = rf"must stay inside the image root .*; 1 of 6 leave it \(first: '{path}'\)\. Correct"
    with pytest.raises(ManifestError, match=wanted):
        manifest.image_paths()
    with pytest.raises(ManifestError, match="1 of 1 leave it"):
        manifest.image_path("a1")
    assert manifest.image_path("a2").exists()


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"id": ["x"] * 6}, "Ids must be unique; repeated: 'x'"),
        ({"id": range(6)}, "Column 'id' must hold text; it holds Int64"),
        ({"label": [0.5] * 6}, "Column 'label' must hold text; it holds Float64"),
        ({"group": [1] * 6}, "Column 'group' must hold text"),
        (
            {"id": ["", *"bcdef"]},
            r"'id' must not have empty cells; 1 of 6 rows have \(first id: ''",
        ),
        ({"path": ["a"] * 5 + [" "]}, r"'path' must not have empty cells.*\(first id: 'c2'\)"),
        ({"label": ["a"] * 4 + [None] * 2}, "'label' must not have empty cells; 2 of 6 rows"),
        ({"group": ["a"] * 5 + [None]}, "'group' must not have empty cells; 1 of 6 rows"),
    ],
)
def test_bad_columns_are_refused(orchard: Manifest, columns: dict[str, Any], message: str) -> None:
    with pytest.raises(ManifestError, match=message):
        Manifest(changed(orchard, **columns), orchard.root)


@pytest.mark.parametrize("name", ["id", "path", "label"])
def test_missing_columns_are_refused(orchard: Manifest, name: str) -> None:
    with pytest.raises(ManifestError, match=f"needs a column '{name}'; it has"):
        Manifest(orchard.frame.drop(name), orchard.root)


def test_missing_ranks_are_refused(orchard: Manifest) -> None:
    with pytest.raises(ManifestError, match="needs a column 'genus'"):
        Manifest(orchard.frame, orchard.root, ("genus", "label"))


def test_labels_outside_the_taxonomy_are_refused(orchard: Manifest) -> None:
    taxonomy = build_taxonomy(pl.DataFrame({"label": ["apple"]}), ("label",))
    with pytest.raises(ManifestError, match="among 1 class; 1 of 2 are not: 'pear'"):
        Manifest(orchard.frame, orchard.root, ("label",), taxonomy)
