import csv
import dataclasses
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fieldmark.backbones.specs import BackboneSpec
from fieldmark.core.errors import ImageError, ManifestError, StudyError
from fieldmark.core.progress import SilentProgress
from fieldmark.embeddings.encoder_stores import open_store
from fieldmark.images.contract import PreprocessSpec
from fieldmark.images.decoding import picture_size
from fieldmark.images.preprocessing import load_uint8
from fieldmark.images.regions import Box, Region
from fieldmark.manifest.region_columns import RegionColumns
from fieldmark.workflows.answering import answer, answer_with_bundle
from fieldmark.workflows.auditing import audit_study
from fieldmark.workflows.exporting import export_contender
from fieldmark.workflows.ground import Ground
from fieldmark.workflows.photo_tables import read_photo_table
from fieldmark.workflows.preview import preview
from fieldmark.workflows.readiness import contender_problems
from fieldmark.workflows.regions import regions_for, regions_in, regions_of
from fieldmark.workflows.taxonomy import run_study

Open = Callable[..., Ground]
CONTENDERS = """contenders={
  whole: {backbone: &b {name: test_resnet, weights: random,
    preprocessing: {resize_size: 48, crop_size: 48}}, head: {kind: knn}},
  boxed: {backbone: {name: test_resnet, weights: random,
    preprocessing: {resize_size: 48, crop_size: 48, crop: box}}, head: {kind: knn}},
  tuned: {backbone: {name: test_resnet, weights: random,
    preprocessing: {resize_size: 32, crop_size: 32, crop: box, mask: black}},
    training: {epochs: 1}}}"""
SETTINGS = (
    CONTENDERS,
    "protocol.seeds=[0]",
    "reference=null",
    "claims=[]",
    "data.mask=seg",
    "data.box_xywh_pixels=[x, y, w, h]",
)


@pytest.fixture
def outlined(fresh: Path) -> Path:
    """Return a study whose photos have masks and boxes: the middle of each, and its left half."""
    table = fresh / "data" / "manifest.csv"
    rows = list(csv.DictReader(table.read_text().splitlines()))
    for row in rows:
        photo = fresh / "data" / row["path"]
        size = picture_size(photo)
        mask = Image.new("L", size)
        mask.paste(255, (size[0] // 4, size[1] // 4, 3 * size[0] // 4, 3 * size[1] // 4))
        mask.save(photo.with_suffix(".mask.png"))
        row["seg"] = str(Path(row["path"]).with_suffix(".mask.png"))
        row |= {"x": "0", "y": "0", "w": str(size[0] // 2), "h": str(size[1])}
    write(table, rows)
    return fresh


def write(table: Path, rows: list[dict[str, str]]) -> None:
    with table.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0])
        writer.writeheader()
        writer.writerows(rows)


def change(folder: Path, **cells: str) -> None:
    """Change cells of the first row of the manifest."""
    table = folder / "data" / "manifest.csv"
    rows = list(csv.DictReader(table.read_text().splitlines()))
    rows[0] |= cells
    write(table, rows)


@pytest.mark.slow
def test_a_study_runs_exports_and_answers_with_masks_and_boxes(
    outlined: Path, opened: Open, tmp_path: Path
) -> None:
    ground = opened(outlined, *SETTINGS)
    assert audit_study(ground, read_images=False, progress=SilentProgress()) == ()
    assert contender_problems(ground, progress=SilentProgress()) == {}
    assert run_study(ground, progress=SilentProgress()).failed == {}
    spec = PreprocessSpec(48, 48, (0.0,) * 3, (1.0,) * 3, crop="box")
    part = ground.manifest.select(ground.split.ids("test"))
    regions = regions_of(part, spec)
    assert regions is not None
    files, given = part.image_paths()[:2], list(regions.values())[:2]
    masked = regions_in(part.mask_paths(), part.boxes(), unit="pixels")[:2]
    for name, of in (("boxed", given), ("tuned", masked)):
        bundle = export_contender(ground, name, tmp_path / name)
        assert bundle.contract["crop"] == "box"
        from fieldmark.export.loading import load_bundle

        model = load_bundle(tmp_path / name)
        own = answer(ground, name, files, regions=of)
        assert answer_with_bundle(model, files, regions=of) == own
        with pytest.raises(ImageError) as refused:
            answer_with_bundle(model, files)
        what = "box" if name == "boxed" else "mask"
        assert str(refused.value).startswith(
            f"This model looks at a {what} of each photo, and 2 photos came without one (first: "
        )
    assert len(answer(ground, "whole", files, regions=masked)) == 2


def test_another_mask_or_box_of_the_same_bytes_is_another_vector(
    tmp_path: Path, make_photo: Callable[[str], Path]
) -> None:
    from fieldmark.backbones.encoders import open_encoder
    from fieldmark.embeddings.extraction import extract

    spec = BackboneSpec(
        "test_resnet",
        preprocessing={"resize_size": 32, "crop_size": 32, "crop": "box", "mask": "black"},
    )
    encoder = open_encoder(spec)
    store = open_store(tmp_path / "e", encoder)
    photo = make_photo("a.png")
    masks = [tmp_path / name for name in ("m.png", "n.png", "copy.png")]
    for mask, value in zip(masks, (20, 30, 20), strict=True):
        picture = Image.new("L", (60, 40))
        picture.paste(255, (5, 5, value, value))
        picture.save(mask)
    boxes = [Box(0, 0, 40, 40), Box(0, 0, 41, 40)]
    regions = {
        "a": Region(masks[0], boxes[0]),
        "other mask": Region(masks[1], boxes[0]),
        "other box": Region(masks[0], boxes[1]),
        "same": Region(masks[2], boxes[0]),
    }
    found = extract(dict.fromkeys(regions, photo), encoder, store, regions=regions)
    assert len(store) == 3
    vectors = dict(zip(found.ids, found.vectors, strict=True))
    assert np.array_equal(vectors["a"], vectors["same"])
    assert not np.allclose(vectors["a"], vectors["other mask"])
    assert not np.allclose(vectors["a"], vectors["other box"])
    picture.paste(255, (0, 0, 60, 40))
    picture.save(masks[0])
    again = extract({"a": photo}, encoder, store, regions=regions)
    assert len(store) == 4
    assert not np.allclose(again.vectors[0], vectors["a"])
    masks[0].unlink()
    with pytest.raises(ImageError, match=r"readable image file at .*m\.png"):
        extract({"a": photo}, encoder, store, regions=regions)
    left = extract({"a": photo, "same": photo}, encoder, store, regions=regions, policy="exclude")
    assert left.excluded == ("a",)


@pytest.fixture
def make_photo(tmp_path: Path) -> Callable[[str], Path]:
    def make(name: str) -> Path:
        pixels = np.random.default_rng(0).integers(0, 256, (40, 60, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(tmp_path / name)
        return tmp_path / name

    return make


def test_a_preview_shows_the_cut_picture(outlined: Path, opened: Open, monkeypatch) -> None:
    from fieldmark.workflows import preview as module

    ground = opened(outlined, *SETTINGS)
    rows = []
    real = module.contact_sheet
    monkeypatch.setattr(
        module, "contact_sheet", lambda *a, **k: (rows.extend(k["rows"]), real(*a, **k))[1]
    )
    found = preview(ground, "boxed", images=1)
    own = ground.manifest.select(found.image_ids)
    (box,) = own.boxes() or ()
    contract = module.contract_of_contender(ground, "boxed")
    expected = load_uint8(own.image_paths()[0], contract, box=Box(*box))
    assert np.array_equal(rows[0].pictures[1], expected)


@pytest.mark.parametrize(
    ("cells", "code", "told"),
    [
        ({"seg": "images/none.png"}, "missing_mask", "Missing mask files: 1 (first: "),
        ({"x": "9000"}, "box_outside_image", "expected a box within 48 x 48 pixels, found 9000, 0"),
        ({"w": "900"}, "box_beyond_image", "reach beyond their image by more than a fiftieth"),
    ],
)
def test_the_audit_finds_what_does_not_fit_its_image(
    outlined: Path, opened: Open, cells: dict[str, str], code: str, told: str
) -> None:
    change(outlined, **cells)
    ground = opened(outlined, *SETTINGS)
    (found,) = audit_study(ground, read_images=False, progress=SilentProgress())
    assert (found.code, found.count) == (code, 1)
    assert told in found.message
    if found.severity == "error":
        with pytest.raises(ManifestError, match="The audit found 1 error, so nothing runs"):
            run_study(ground, progress=SilentProgress())
        excluding = opened(outlined, *SETTINGS, "data.unreadable=exclude")
        (left_out,) = audit_study(excluding, read_images=False, progress=SilentProgress())
        assert (left_out.code, left_out.severity) == (code, "warning")


@pytest.mark.parametrize("spoil", ["size", "damaged", "lossy"])
def test_a_mask_of_another_size_or_none_at_all_is_found(
    outlined: Path, opened: Open, spoil: str
) -> None:
    mask = opened(outlined, *SETTINGS).manifest.mask_paths()[0]
    if spoil == "size":
        Image.new("L", (10, 12), 255).save(mask)
    elif spoil == "lossy":
        Image.new("L", (48, 48), 255).save(mask, format="JPEG")
    else:
        mask.write_bytes(b"no picture")
    ground = opened(outlined, *SETTINGS)
    (found,) = audit_study(ground, read_images=False, progress=SilentProgress())
    assert found.code == "mask_unlike_image"
    said = {
        "size": "the mask has 10 x 12 pixels, the image 48 x 48",
        "lossy": "mask.png: expected a mask saved without loss, found a JPEG",
        "damaged": "mask.png: expected a picture",
    }
    assert said[spoil] in found.message


def test_columns_that_no_contender_asks_for_are_said(outlined: Path, opened: Open) -> None:
    ground = opened(outlined, "data.mask=seg")
    (found,) = audit_study(ground, read_images=False, progress=SilentProgress())
    assert (found.code, found.severity) == ("region_unused", "warning")


def test_a_contract_without_its_columns_cannot_run(fresh: Path, opened: Open) -> None:
    ground = opened(fresh, *SETTINGS[:4])
    problems = contender_problems(ground, progress=SilentProgress())
    assert set(problems) == {"boxed", "tuned"}
    assert problems["boxed"] == (
        "The preprocessing contract asks for a box of each image, and the study names none: name "
        "its column as data.box_xywh_pixels (or data.box_xywh_shares), or take it out of "
        "`preprocessing`."
    )
    masked = PreprocessSpec(8, 8, (0.0,) * 3, (1.0,) * 3, mask="crop")
    with pytest.raises(StudyError, match=r"asks for a mask of each image.*data\.mask"):
        regions_of(ground.manifest, masked)


def test_a_contract_gets_what_it_asks_for_and_nothing_else(tmp_path: Path) -> None:
    whole = PreprocessSpec(8, 8, (0.0,) * 3, (1.0,) * 3)
    given = [Region(tmp_path / "m.png", Box(0, 0, 1, 1))]
    files = [tmp_path / "a.png"]
    assert regions_for(files, whole, given) is None
    boxed = dataclasses.replace(whole, crop="box")
    assert regions_for(files, boxed, given) == [Region(box=Box(0, 0, 1, 1))]
    with pytest.raises(ImageError, match=r"one region for each of 2 photos; got 1\. Name"):
        regions_for(files * 2, boxed, given)
    assert regions_in(None, None, unit="pixels") == []


def test_a_table_of_photos_names_their_regions(tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    table.write_text('path,m,bbox\na.jpg,a.png,"0.1,0.2,0.3,0.4"\n')
    columns = RegionColumns(mask="m", box=("bbox",), box_unit="shares")
    found = read_photo_table(table, regions=columns)
    assert found.paths == {"a.jpg": tmp_path / "a.jpg"}
    box = Box(0.1, 0.2, 0.3, 0.4, "shares")
    assert found.regions == {"a.jpg": Region(tmp_path / "a.png", box)}
    assert read_photo_table(table).regions is None
    with pytest.raises(ManifestError, match=r"a column 'mask' in .*t\.csv; there is none"):
        read_photo_table(table, regions=RegionColumns(mask="mask"))
    table.write_text("path,m\na.jpg,../a.png\n")
    with pytest.raises(ManifestError, match=r"1 of 1 lead out of it: '\.\./a.png'"):
        read_photo_table(table, regions=RegionColumns(mask="m"))
    table.write_text("path,m\na.jpg,\n")
    with pytest.raises(ManifestError, match="1 of 1 lack one, first row 1"):
        read_photo_table(table, regions=RegionColumns(mask="m"))
