import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fieldmark.core.errors import NotComparableError, StoreError
from fieldmark.embeddings.table import EmbeddingSet
from fieldmark.heads.head import Head
from fieldmark.heads.kinds import HEAD_KINDS, fit_head
from fieldmark.heads.storage import load_head, load_origin, save_head
from fieldmark.images.pixel_statistics import PixelStatistics
from fieldmark.manifest.labels import LabelSpace
from fieldmark.manifest.taxonomy import Taxonomy

Clouds = Callable[..., tuple[EmbeddingSet, np.ndarray]]

SETTINGS: dict[str, dict[str, object]] = {
    "linear": {"epochs": 3},
    "logistic": {"inner_folds": 2},
    "ridge": {},
    "mlp": {"epochs": 3, "hidden": 8},
    "knn": {"neighbours": 3, "temperature": 0.07},
    "prototypes": {"scale": 10},
    "hierarchical": {"structure": "ranks", "epochs": 3},
}


@pytest.fixture(params=sorted(HEAD_KINDS))
def head(request: pytest.FixtureRequest, clouds: Clouds, space: LabelSpace, tree: Taxonomy) -> Head:
    embeddings, labels = clouds()
    settings = SETTINGS[request.param]
    return fit_head(
        request.param,
        embeddings,
        labels=labels,
        label_space=space,
        settings=settings,
        seed=4,
        monitor=lambda fitted: -fitted.training.best_epoch,
        taxonomy=tree,
    )


def edit(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    header = json.loads((folder / "head.json").read_text())
    change(header)
    (folder / "head.json").write_text(json.dumps(header))


def test_a_loaded_head_gives_identical_scores(head: Head, clouds: Clouds, tmp_path: Path) -> None:
    save_head(head, tmp_path / "head")
    again = load_head(tmp_path / "head")
    embeddings, _ = clouds(seed=1)
    assert np.array_equal(again.predict_scores(embeddings), head.predict_scores(embeddings))
    assert type(again) is type(head)
    assert again.score_kind is head.score_kind
    assert again.origin == head.origin
    assert again.facts() == head.facts()
    assert again.digest == head.digest


def test_saving_twice_gives_the_same_files(head: Head, tmp_path: Path) -> None:
    save_head(head, tmp_path / "one")
    save_head(load_head(tmp_path / "one"), tmp_path / "two")
    names = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert names == sorted(path.name for path in (tmp_path / "two").iterdir())
    for name in names:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_nothing_is_pickled(head: Head, tmp_path: Path) -> None:
    save_head(head, tmp_path / "head")
    assert {path.suffix for path in (tmp_path / "head").iterdir()} == {".json", ".npy"}
    for path in (tmp_path / "head").glob("*.npy"):
        np.load(path, allow_pickle=False)


def test_the_expected_label_space_is_checked(head: Head, space: LabelSpace, tmp_path: Path) -> None:
    save_head(head, tmp_path / "head")
    assert load_head(tmp_path / "head", label_space=space).label_space == space
    with pytest.raises(NotComparableError, match="asked for are the 2 classes 'ash', 'yew'"):
        load_head(tmp_path / "head", label_space=LabelSpace(("ash", "yew")))


def test_a_changed_array_is_found(head: Head, tmp_path: Path) -> None:
    save_head(head, tmp_path / "head")
    path = next((tmp_path / "head").glob("*.npy"))
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(bytes(content))
    with pytest.raises(StoreError, match=rf"{path.name} is damaged: its content is not what was"):
        load_head(tmp_path / "head")


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"Expected a file at .*head\.json; there is none"):
        load_head(tmp_path / "none")


@pytest.mark.parametrize("content", ['{"format": "other"}', '{"a": 1}', "[1]"])
def test_another_format_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "head.json").write_text(content)
    with pytest.raises(StoreError, match=r"Expected a stored head \('fieldmark head 1'\) in"):
        load_head(tmp_path)


def test_an_unknown_kind_lists_the_choices(head: Head, tmp_path: Path) -> None:
    save_head(head, tmp_path / "head")
    edit(tmp_path / "head", lambda header: header.update(kind="forest"))
    with pytest.raises(StoreError, match="Unknown kind of head 'forest'"):
        load_head(tmp_path / "head")


@pytest.mark.parametrize("part", ["classes", "facts", "arrays", "contract", "training_ids"])
def test_a_header_without_a_part_is_refused(head: Head, tmp_path: Path, part: str) -> None:
    save_head(head, tmp_path / "head")
    edit(tmp_path / "head", lambda header: header.pop(part))
    with pytest.raises(StoreError, match=rf"does not describe a head \(KeyError\('{part}'\)\)"):
        load_head(tmp_path / "head")


def test_facts_that_fit_no_settings_are_refused(head: Head, tmp_path: Path) -> None:
    save_head(head, tmp_path / "head")
    edit(tmp_path / "head", lambda header: header["facts"]["settings"].update(unheard_of=1))
    with pytest.raises(StoreError, match=r"does not describe a head .*unheard_of"):
        load_head(tmp_path / "head")


def test_what_training_saw_is_part_of_a_stored_head(head: Head, tmp_path: Path) -> None:
    assert head.origin.pixels is None
    seen = PixelStatistics(3, -1.0, 1.0, (0.1,) * 3, (0.5,) * 3, (0.2,) * 3)
    known = head.with_origin(dataclasses.replace(head.origin, pixels=seen))
    save_head(known, tmp_path / "head")
    again = load_head(tmp_path / "head")
    assert again.origin.pixels == seen
    assert again.digest == known.digest != head.digest


def test_the_origin_is_read_without_the_arrays(head: Head, tmp_path: Path) -> None:
    save_head(head, tmp_path / "head")
    for array in (tmp_path / "head").glob("*.npy"):
        array.unlink()
    assert load_origin(tmp_path / "head") == head.origin


def test_an_origin_that_is_none_is_refused(head: Head, tmp_path: Path) -> None:
    save_head(head, tmp_path / "head")
    edit(tmp_path / "head", lambda header: header.pop("tap"))
    with pytest.raises(StoreError, match=r"does not describe a head \(KeyError\('tap'\)\)"):
        load_origin(tmp_path / "head")
