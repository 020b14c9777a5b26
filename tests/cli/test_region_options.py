import json
from pathlib import Path

import pytest
from PIL import Image

NET = (
    "--backbone",
    "test_resnet",
    "--preprocessing",
    '{"resize_size": 32, "crop_size": 32, "crop": "box"}',
)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Return a table of one photo that stands there twice, with two boxes."""
    Image.linear_gradient("L").convert("RGB").resize((60, 40)).save(tmp_path / "a.png")
    file = tmp_path / "photos.csv"
    file.write_text("id,path,x,y,w,h\nup,a.png,0,0,60,20\ndown,a.png,0,20,60,20\n")
    return file


def test_two_boxes_of_one_photo_have_two_vectors(call, table: Path, tmp_path: Path) -> None:
    words = ("embed", table, *NET, "--out", tmp_path / "e", "--json")
    said = call(*words, "--box-xywh-pixels", "x,y,w,h")
    assert said.code == 0, said.err
    (told,) = json.loads(said.out)
    assert (told["images"], told["computed"]) == (2, 2)
    again = json.loads(call(*words, "--box-xywh-pixels", "x, y, w, h").out)
    assert again[0]["computed"] == 0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "a.png: expected a box of the picture, as the contract says; none given."),
        (("--box-xywh-pixels", "x,y"), "or four columns in that order; got 2: x, y."),
        (("--box-xywh-shares", "x,y,w,height"), "Expected a column 'height' in "),
        (("--box-xywh-shares", "x,y,w,h"), "found 0, 800 to 3600, 1600: correct the box."),
        (("--box-xywh-shares", "id"), "Expected a box in every row of 'id'"),
    ],
)
def test_tables_that_do_not_fit_end_in_one_sentence(
    call, table: Path, tmp_path: Path, words: tuple[str, ...], message: str
) -> None:
    said = call("embed", table, *NET, "--out", tmp_path / "e", *words)
    assert said.code == 2
    assert message in said.err


def test_columns_of_a_folder_are_refused(call, table: Path, tmp_path: Path) -> None:
    said = call("embed", tmp_path, *NET, "--out", tmp_path / "e", "--mask", "m")
    assert said.code == 2
    assert "Columns of masks and boxes are those of a table of photos; got files or" in said.err


def test_a_table_is_answered_row_by_row(call, finished: Path, tmp_path: Path) -> None:
    photo = next((finished / "data" / "images").glob("*.jpg"))
    table = tmp_path / "t.csv"
    table.write_text("path\nb.jpg\n")
    (tmp_path / "b.jpg").write_bytes(photo.read_bytes())
    said = call("predict", finished, "knn", table, "--json")
    assert said.code == 0, said.err
    assert json.loads(said.out)["image"] == str(tmp_path / "b.jpg")
    refused = call("predict", finished, "knn", photo, "--mask", "m")
    assert refused.code == 2
    assert "are those of a table of photos" in refused.err
