import sys
from pathlib import Path

import h5py
import numpy as np
import pytest

from fieldmark.core.errors import MissingExtraError, StoreError
from fieldmark.embeddings.hdf5 import read_hdf5, write_hdf5
from fieldmark.embeddings.table import EmbeddingSet

IDS = ("p1/day 1/top", "p1/day 1/side", "p2/day 3/top")


def make(ids: tuple[str, ...] = IDS, scale: float = 1.0) -> EmbeddingSet:
    vectors = np.random.default_rng(0).standard_normal((len(ids), 4)).astype(np.float32) * scale
    return EmbeddingSet(ids, vectors.astype(np.float32), {"crop_size": 8}, {"tap": "gem"}, ("z",))


def test_what_was_written_is_read(tmp_path: Path) -> None:
    assert write_hdf5(tmp_path / "e.h5", make())
    assert read_hdf5(tmp_path / "e.h5") == make().select(sorted(IDS))


def test_the_layout_is_specimen_time_view(tmp_path: Path) -> None:
    write_hdf5(tmp_path / "e.h5", make(), dtype="float16")
    with h5py.File(tmp_path / "e.h5") as file:
        assert file["p1"]["day 1"]["top"].shape == (4,)
        assert file["p1"]["day 1"]["top"].dtype == np.float16
    found = read_hdf5(tmp_path / "e.h5")
    np.testing.assert_allclose(found.vectors, make().select(found.ids).vectors, rtol=1e-3)


def test_the_same_is_not_written_twice(tmp_path: Path) -> None:
    write_hdf5(tmp_path / "e.h5", make())
    assert not write_hdf5(tmp_path / "e.h5", make())
    assert write_hdf5(tmp_path / "e.h5", make(), dtype="float16")
    assert write_hdf5(tmp_path / "e.h5", make(IDS[:2]))
    assert len(read_hdf5(tmp_path / "e.h5")) == 2


def test_a_foreign_file_is_known_by_its_name_or_by_what_is_said(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "theirs.h5", "w") as file:
        file["b/1/x"] = np.ones((1, 3), dtype=np.float64)
        file["a/1/x"] = np.zeros(3, dtype=np.float32)
    found = read_hdf5(tmp_path / "theirs.h5")
    assert found.ids == ("a/1/x", "b/1/x")
    assert found.tap == found.contract == {"source": "HDF5", "file": "theirs.h5"}
    told = read_hdf5(tmp_path / "theirs.h5", tap={"tap": "patch-mean"}, contract={"crop_size": 9})
    assert (told.tap, told.contract) == ({"tap": "patch-mean"}, {"crop_size": 9})


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a/b", np.ones(3), r"at specimen/time/view in .*; 'a/b' holds float64"),
        ("a/b/c/d", np.ones(3), "'a/b/c/d' holds"),
        ("a/b/c", np.ones((2, 3)), r"float64 of shape \(2, 3\)"),
        ("a/b/c", np.ones(3, dtype=np.int64), "holds int64"),
        ("x/1/y", np.ones(2), "vectors of one width in .*; found 2, 4"),
    ],
)
def test_other_layouts_are_refused(tmp_path: Path, name: str, content, message: str) -> None:
    with h5py.File(tmp_path / "e.h5", "w") as file:
        file["x/1/x"] = np.ones(4)
        file[name] = content
    with pytest.raises(StoreError, match=message):
        read_hdf5(tmp_path / "e.h5")


def test_files_that_are_none_are_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"Expected an HDF5 file at .*there is none"):
        read_hdf5(tmp_path / "none.h5")
    (tmp_path / "text.h5").write_text("no")
    with pytest.raises(StoreError, match="damaged or no HDF5 file"):
        read_hdf5(tmp_path / "text.h5")
    h5py.File(tmp_path / "empty.h5", "w").close()
    with pytest.raises(StoreError, match="found none at all"):
        read_hdf5(tmp_path / "empty.h5")


def test_ids_without_three_parts_are_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"2 ids of 3 have another: 'a', 'a/../b'"):
        write_hdf5(tmp_path / "e.h5", make(("a", "a/../b", "a/b/c")))
    assert list(tmp_path.iterdir()) == []


def test_values_too_large_for_half_precision_are_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"too large for float16: write e\.h5 as float32"):
        write_hdf5(tmp_path / "e.h5", make(scale=1e6), dtype="float16")


def test_without_h5py_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(MissingExtraError, match=r"HDF5 files need h5py .*fieldmark\[learn\]"):
        read_hdf5(tmp_path / "e.h5")
