import dataclasses
from pathlib import Path

import polars as pl
import pytest

from fieldmark.core.errors import ManifestError
from fieldmark.manifest.region_columns import RegionColumns, boxes_in
from fieldmark.manifest.sources import ManifestColumns, read_manifest
from fieldmark.manifest.table import Manifest

FRAME = pl.DataFrame(
    {
        "id": ["a", "b"],
        "path": ["a.jpg", "b.jpg"],
        "label": ["ash", "oak"],
        "seg": ["a.png", "b.png"],
        "bbox": ["[1, 2, 30, 40]", "5;6;7;8"],
        "x": ["1", "5"],
        "y": ["2", "6"],
        "w": ["30", "7"],
        "h": ["40", "8"],
    }
)
BOXES = [(1.0, 2.0, 30.0, 40.0), (5.0, 6.0, 7.0, 8.0)]
ONE, FOUR = RegionColumns(mask="seg", box=("bbox",)), RegionColumns(box=("x", "y", "w", "h"))


@pytest.mark.parametrize("columns", [ONE, FOUR])
def test_boxes_stand_in_one_column_or_in_four(columns: RegionColumns) -> None:
    assert boxes_in(FRAME, columns).rows() == BOXES
    manifest = Manifest(FRAME, Path("images"), regions=columns)
    assert manifest.boxes() == BOXES
    assert manifest.select(["b"]).boxes() == BOXES[1:]


def test_masks_lie_under_the_image_root() -> None:
    masks = Manifest(FRAME, Path("images"), regions=ONE).mask_paths()
    assert masks == [Path("images/a.png"), Path("images/b.png")]
    assert Manifest(FRAME, Path("images")).mask_paths() is None
    away = FRAME.with_columns(seg=pl.lit("../a.png"))
    with pytest.raises(ManifestError, match=r"Mask paths must stay .*; 2 of 2 leave it"):
        Manifest(away, Path("images"), regions=ONE).mask_paths()


def test_a_manifest_without_regions_keeps_its_digest() -> None:
    plain, named = (Manifest(FRAME, Path("images"), regions=r) for r in (RegionColumns(), ONE))
    assert plain.digest == Manifest(FRAME, Path("images")).digest
    assert plain.boxes() is None
    shares = Manifest(FRAME, Path("images"), regions=dataclasses.replace(ONE, box_unit="shares"))
    assert len({plain.digest, named.digest, shares.digest}) == 3


@pytest.mark.parametrize(
    ("bbox", "told"),
    [
        ("1,2,3", "b: 1,2,3"),
        ("1,2,x,4", "b: 1,2,x,4"),
        ("1,2,nan,4", "b: 1,2,nan,4"),
        ("1,2,0,4", "b: 1,2,0,4"),
        ("1,2,3,-4", "b: 1,2,3,-4"),
        (None, "b: empty"),
    ],
)
def test_what_is_no_box_is_refused_with_its_id(bbox: str | None, told: str) -> None:
    frame = FRAME.with_columns(bbox=pl.Series(["1,2,3,4", bbox]))
    with pytest.raises(ManifestError) as refused:
        Manifest(frame, Path("images"), regions=ONE)
    assert str(refused.value) == (
        "Expected a box in every row of 'bbox', as numbers x, y, width, height, the last two above "
        f"0; 1 of 2 rows have none (first by id: '{told}'). Correct them, or leave the rows out."
    )


def test_an_empty_cell_of_the_mask_is_refused() -> None:
    frame = FRAME.with_columns(seg=pl.Series(["a.png", " "]))
    with pytest.raises(ManifestError, match=r"mask in every row of 'seg'; 1 of 2 .*first id: 'b'"):
        Manifest(frame, Path("images"), regions=ONE)


def test_columns_that_cannot_be_are_refused() -> None:
    with pytest.raises(ManifestError, match="or four columns in that order; got 2: x, y"):
        RegionColumns(box=("x", "y"))
    with pytest.raises(ManifestError, match="Unknown unit of a box 'pixel'; did you mean 'pixels'"):
        RegionColumns(box=("x",), box_unit="pixel")
    with pytest.raises(ManifestError, match="no rank, mask or box may bear it"):
        ManifestColumns(label="species", regions=RegionColumns(mask="label"))
    with pytest.raises(ManifestError, match="needs a column 'mask'; it has"):
        Manifest(FRAME, Path("images"), regions=RegionColumns(mask="mask"))


def test_a_table_is_read_with_its_regions(tmp_path: Path) -> None:
    FRAME.write_csv(tmp_path / "m.csv")
    columns = ManifestColumns(label="label", regions=ONE)
    found = read_manifest(tmp_path / "m.csv", columns=columns, images=tmp_path)
    assert found.boxes() == BOXES
    lacking = ManifestColumns(label="label", regions=RegionColumns(mask="mesk"))
    with pytest.raises(ManifestError, match="has no column 'mesk'"):
        read_manifest(tmp_path / "m.csv", columns=lacking, images=tmp_path)
