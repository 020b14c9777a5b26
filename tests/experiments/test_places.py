import json
from pathlib import Path

import pytest

from fieldmark.core.errors import StoreError, StudyError
from fieldmark.experiments.places import places_of
from fieldmark.experiments.study_file import read_study


def test_a_study_lies_where_it_says_unless_told_otherwise(changed, tmp_path: Path) -> None:
    file = read_study(changed())
    assert file.locate("manifest.csv") == tmp_path.resolve() / "manifest.csv"
    assert file.elsewhere == {}


def test_places_beside_the_study_and_the_variable_over_them(
    changed, tmp_path: Path, monkeypatch
) -> None:
    stated = {"manifest.csv": "files/0-manifest.csv", "images": "images-here"}
    (tmp_path / "places.json").write_text(json.dumps(stated))
    before = read_study(changed())
    assert before.locate("manifest.csv") == tmp_path.resolve() / "files" / "0-manifest.csv"
    assert before.locate("images") == tmp_path.resolve() / "images-here"
    assert before.locate("incumbent.csv") == tmp_path.resolve() / "incumbent.csv"
    (tmp_path / "photos").mkdir()
    monkeypatch.setenv("FIELDMARK_IMAGES", str(tmp_path / "photos"))
    after = read_study(changed())
    assert after.locate("images") == tmp_path.resolve() / "photos"
    assert after.study == before.study


def test_the_variable_has_to_name_a_folder(changed, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("FIELDMARK_IMAGES", str(tmp_path / "none"))
    with pytest.raises(StudyError, match=r"FIELDMARK_IMAGES names the folder of images, .*none; t"):
        read_study(changed())


@pytest.mark.parametrize("content", ["[]", '{"images": 3}'])
def test_places_that_are_no_mapping_are_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "places.json").write_text(content)
    with pytest.raises(StudyError, match="should map each path of the study to where it lies here"):
        places_of(tmp_path, images="images")
    (tmp_path / "places.json").write_text("{")
    with pytest.raises(StoreError, match="is damaged or not JSON"):
        places_of(tmp_path, images="images")
