from pathlib import Path

import pytest

from fieldmark.core.errors import ManifestError
from fieldmark.manifest.fungitastic import fungitastic_tables, place_images
from fieldmark.manifest.table_parts import join_tables
from fieldmark.manifest.text_tables import TextTable


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "root" / "metadata" / "FungiTastic"
    place.mkdir(parents=True)
    return place


def add(folder: Path, *names: str) -> list[Path]:
    for name in names:
        (folder / name).write_text(f"filename,species\n{name}.JPG,a\n", encoding="utf-8")
    return [folder / name for name in names]


@pytest.mark.parametrize(
    "names",
    [
        (
            "FungiTastic-Train.csv",
            "FungiTastic-ClosedSet-Val.csv",
            "FungiTastic-ClosedSet-Test.csv",
        ),
        ("FungiTastic-Train.csv", "FungiTastic-Val.csv", "FungiTastic-Test.csv"),
        ("FungiTastic-Mini-Train.csv", "FungiTastic-Mini-ClosedSet-Val.csv"),
        ("FungiTastic-Mini-ClosedSet-Train.csv", "FungiTastic-Mini-Test.csv"),
        ("FungiTastic-FewShot-Train.csv", "FungiTastic-FewShot-Val.csv"),
    ],
)
def test_the_tables_of_a_set_are_found_by_their_names(folder: Path, names: tuple[str, ...]) -> None:
    paths = add(folder, *names)
    add(folder, "other.csv", names[0].replace("Train", "TrainMasks"))
    tables = fungitastic_tables(folder)
    assert list(tables.values()) == paths
    assert next(iter(tables)) == "train"


def test_the_open_set_is_taken_where_it_is_asked_for(folder: Path) -> None:
    kinds = [
        f"FungiTastic-{kind}Set-{part}.csv"
        for kind in ("Closed", "Open")
        for part in ("Val", "Test")
    ]
    add(folder, "FungiTastic-Train.csv", *kinds)
    open_set = fungitastic_tables(folder, open_set=True)
    assert [path.name for path in open_set.values()] == ["FungiTastic-Train.csv", *kinds[2:]]
    assert fungitastic_tables(folder)["test"].name == "FungiTastic-ClosedSet-Test.csv"


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match=r"FungiTastic's tables at .*; there is none. Name the"):
        fungitastic_tables(tmp_path / "nowhere")


def test_a_file_instead_of_its_folder_is_refused(folder: Path) -> None:
    (path,) = add(folder, "FungiTastic-Train.csv")
    with pytest.raises(
        ManifestError, match=r"FungiTastic-Train.csv; it is a file. Name the folder"
    ):
        fungitastic_tables(path)


def test_a_folder_without_training_is_refused_with_what_it_holds(folder: Path) -> None:
    add(folder, "FungiTastic-OpenSet-Val.csv")
    with pytest.raises(
        ManifestError, match=r"\(closed set\) in .*; it holds: FungiTastic-OpenSet-"
    ):
        fungitastic_tables(folder)


def test_training_alone_is_refused(folder: Path) -> None:
    add(folder, "FungiTastic-Train.csv", "FungiTastic-ClosedSet-Val.csv")
    with pytest.raises(ManifestError, match=r"\(open set\) in"):
        fungitastic_tables(folder, open_set=True)


def test_two_sets_in_one_folder_are_refused(folder: Path) -> None:
    add(folder, "FungiTastic-Train.csv", "FungiTastic-Mini-Train.csv")
    with pytest.raises(
        ManifestError, match=r"the tables of 'FungiTastic', 'FungiTastic-Mini'. Name"
    ):
        fungitastic_tables(folder)


def placed(tables: dict[str, Path], images: Path, resolution: str = "300p") -> TextTable:
    return place_images(join_tables(tables).table, tables, resolution=resolution, images=images)


def test_images_lie_by_set_part_and_resolution(folder: Path) -> None:
    train, val = add(folder, "FungiTastic-Mini-Train.csv", "FungiTastic-Mini-Val.csv")
    (dna,) = add(folder, "dna.csv")
    table = placed({"train": train, "val": val, "dna-test": dna}, folder.parents[1], "500p")
    assert table.frame["path"].to_list() == [
        "FungiTastic-Mini/train/500p/FungiTastic-Mini-Train.csv.JPG",
        "FungiTastic-Mini/val/500p/FungiTastic-Mini-Val.csv.JPG",
        "FungiTastic/dna-test/500p/dna.csv.JPG",
    ]


def test_a_part_that_fungitastic_does_not_have_is_refused(folder: Path) -> None:
    (train,) = add(folder, "FungiTastic-Train.csv")
    with pytest.raises(
        ManifestError, match="Unknown part of FungiTastic 'tset'; did you mean 'test'"
    ):
        placed({"tset": train}, folder)


def test_a_folder_of_images_one_too_deep_is_refused(folder: Path) -> None:
    (train,) = add(folder, "FungiTastic-Train.csv")
    root = folder.parents[1]
    (root / "FungiTastic" / "train" / "300p").mkdir(parents=True)
    assert placed({"train": train}, root).frame["path"][0].startswith("FungiTastic/train/300p/")
    with pytest.raises(ManifestError, match=f"is one too deep. Name {root} instead"):
        placed({"train": train}, root / "FungiTastic")


def test_a_resolution_that_is_not_there_is_refused_with_those_that_are(folder: Path) -> None:
    (train,) = add(folder, "FungiTastic-Train.csv")
    root = folder.parents[1]
    (root / "FungiTastic" / "train" / "300p").mkdir(parents=True)
    with pytest.raises(ManifestError, match=r"train/720p; there are: 300p. Set data.resolution"):
        placed({"train": train}, root, "720p")


@pytest.mark.parametrize("text", ["file,species\na,b\n", "filename,path,species\na,b,c\n"])
def test_tables_of_another_make_are_refused(folder: Path, text: str) -> None:
    path = folder / "FungiTastic-Train.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(
        ManifestError, match="have a column 'filename' and none called 'path'; these"
    ):
        placed({"train": path}, folder)


def test_an_image_without_a_file_name_has_no_path(folder: Path) -> None:
    path = folder / "FungiTastic-Train.csv"
    path.write_text("filename,species\n,b\n", encoding="utf-8")
    assert placed({"train": path}, folder).frame["path"].to_list() == [None]
