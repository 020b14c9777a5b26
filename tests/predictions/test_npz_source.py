import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest

from fieldmark.core.errors import ManifestError, PredictionsError
from fieldmark.predictions import npz_arrays
from fieldmark.predictions.importers import ImportOptions, import_predictions
from fieldmark.predictions.table import Predictions, ScoreKind

SCORES = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], np.float32)
PLAIN = {
    "scores": SCORES,
    "ids": np.array(["x", "y", "z"]),
    "labels": np.array(["a", "b", "q"]),
    "classes": np.array(["a", "b"]),
}


@pytest.fixture
def load(tmp_path: Path):
    def loaded(arrays: dict[str, object], *, save=np.savez, **options: object) -> Predictions:
        save(tmp_path / "scores.npz", **arrays)
        return import_predictions(
            tmp_path / "scores.npz",
            kind=ScoreKind.LOGITS,
            out=tmp_path / "out",
            options=ImportOptions(**options),
        )

    return loaded


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("kind", ["<f2", "<f4", "<f8", ">f4"])
@pytest.mark.parametrize("stretch", [1, 10**6])
def test_scores_of_every_layout(load, monkeypatch, save, order, kind: str, stretch: int) -> None:
    monkeypatch.setattr(npz_arrays, "_STRETCH_BYTES", stretch)
    table = load(PLAIN | {"scores": SCORES.astype(kind, order=order)}, save=save)
    assert table.scores.dtype == np.dtype(kind).newbyteorder("=")
    assert np.array_equal(table.scores, SCORES)
    assert table.items.rows() == [("x", "a"), ("y", "b"), ("z", "q")]
    assert table.label_space.classes == ("a", "b")


def test_integer_labels_are_positions(load) -> None:
    assert load(PLAIN | {"labels": np.array([1, 0, 1])}).labels.to_list() == ["b", "a", "b"]


def test_integers_may_be_ids_and_groups(load) -> None:
    table = load(PLAIN | {"ids": np.array([7, 8, 2**60]), "groups": np.uint8([1, 1, 2])})
    assert table.ids.to_list() == ["7", "8", str(2**60)]
    assert table.groups.to_list() == ["1", "1", "2"]


def test_bytes_are_read_as_utf8(load) -> None:
    table = load(PLAIN | {"ids": np.array([name.encode() for name in ("ä", "y", "z")])})
    assert table.ids.to_list() == ["ä", "y", "z"]


def test_counting_integers_may_be_classes(load) -> None:
    table = load(PLAIN | {"classes": np.array([0, 1]), "labels": np.array([1, 1, 0])})
    assert table.labels.to_list() == ["1", "1", "0"]


def test_arrays_may_have_other_names(load, tmp_path: Path) -> None:
    (tmp_path / "names.txt").write_text("a\n\nb \n")
    arrays = {"logits": SCORES, "image": PLAIN["ids"], "y": PLAIN["labels"], "plot": PLAIN["ids"]}
    table = load(
        arrays,
        scores="logits",
        id="image",
        label="y",
        group="plot",
        class_names=tmp_path / "names.txt",
    )
    assert table.label_space.classes == ("a", "b")
    assert table.groups.to_list() == ["x", "y", "z"]


@pytest.mark.parametrize("group", ["group", "groups"])
def test_a_group_array_is_taken_where_there_is_one(load, group: str) -> None:
    assert load(PLAIN | {group: np.array(["g", "g", "h"])}).groups.to_list() == ["g", "g", "h"]


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"scores": SCORES[0]}, r"'scores' to be a filled float array .* of shape \(2,\)"),
        ({"scores": SCORES[:0]}, r"filled float array .*got float32 of shape \(0, 2\)"),
        ({"scores": SCORES.astype(int)}, "got int64 of shape"),
        ({"scores": SCORES.astype(np.longdouble)}, "of type float16, float32, float64; got"),
        ({"ids": np.array(["x", "y"])}, r"one value for each of the 3 items; its shape is \(2,\)"),
        ({"labels": np.array([["a"], ["b"], ["a"]])}, r"of the 3 items; its shape is \(3, 1\)"),
        ({"groups": np.array(["g"])}, "'groups' to hold one value for each of the 3 items"),
        ({"classes": np.array(["a", "b", "c"])}, "name for each of the 2 score columns; got 3"),
        ({"classes": np.array([])}, "'classes' to hold one value for each class"),
        ({"classes": np.array([10, 20])}, "integers other than 0 to 1, which could be mistaken"),
        ({"labels": np.array([0, 2, -1])}, r"from 0 to 1; 2 of 3 are not \(first: 2\)"),
        ({"labels": np.array([0.0, 1.0, 1.0])}, "'labels' to hold text or integers; it holds flo"),
        ({"ids": np.array([b"\xe4", b"y", b"z"])}, "expected UTF-8 in 'ids'"),
        ({"ids": np.array(["x", "x", "z"])}, "more than once"),
        ({"ids": np.array(["x", "", "z"])}, "an? id for every item"),
        ({"scores": SCORES * np.nan}, "3 of 3 items .* NaN"),
        ({"ids": np.array(["x", "y", None])}, "'ids' holds Python objects, .* not unpickled"),
        ({"scores": SCORES.astype(object)}, "'scores' holds Python objects"),
    ],
)
def test_what_does_not_fit_is_refused(load, tmp_path: Path, arrays, message: str) -> None:
    with pytest.raises(PredictionsError, match=message):
        load(PLAIN | arrays)
    assert [entry.name for entry in tmp_path.iterdir()] == ["scores.npz"]


def test_repeated_classes_are_refused(load) -> None:
    with pytest.raises(ManifestError, match="unique; repeated: 'a'"):
        load(PLAIN | {"classes": np.array(["a", "a"])})


@pytest.mark.parametrize(
    ("name", "option"),
    [("scores", "--scores"), ("ids", "--id"), ("labels", "--label"), ("classes", "--class-names")],
)
def test_a_missing_array_is_named_with_what_there_is(load, name: str, option: str) -> None:
    arrays = {key: value for key, value in PLAIN.items() if key != name}
    there_are = ", ".join(f"'{key}'" for key in sorted(arrays))
    with pytest.raises(
        PredictionsError, match=f"an array '{name}'; there is none.*: {there_are}.*{option}"
    ):
        load(arrays)


class Trap:
    def __reduce__(self):
        return (print, ("unpickled",))


def test_nothing_is_unpickled(load, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(PredictionsError, match="could run foreign code"):
        load(PLAIN | {"ids": np.array([Trap(), "y", "z"], object)})
    assert "unpickled" not in capsys.readouterr().out


def refused(path: Path, message: str) -> None:
    with pytest.raises(PredictionsError, match=message):
        import_predictions(path, kind=ScoreKind.LOGITS, out=path.parent / "out")
    assert not (path.parent / "out").exists()


def test_what_is_no_archive_is_refused(tmp_path: Path) -> None:
    (tmp_path / "scores.npz").write_bytes(pickle.dumps([1]))
    refused(tmp_path / "scores.npz", "scores.npz is not a whole NPZ archive")


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_a_damaged_archive_is_refused(tmp_path: Path, save) -> None:
    path = tmp_path / "scores.npz"
    save(path, **PLAIN | {"scores": np.zeros((3, 2)) + np.pi})
    content = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        member = archive.getinfo("scores.npy")
    end = member.header_offset + 30 + len(member.filename) + 20 + member.compress_size
    content[end - 20 : end - 10] = b"\xff" * 10
    path.write_bytes(content)
    refused(path, "not a whole NPZ archive")


def test_an_array_that_is_cut_short_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "scores.npz"
    np.savez(path, **{name: PLAIN[name] for name in ("ids", "labels", "classes")})
    np.save(tmp_path / "whole.npy", SCORES)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("scores.npy", (tmp_path / "whole.npy").read_bytes()[:-4])
    refused(path, "an array is cut short")


@pytest.mark.parametrize("head", [b"", b"\x93NUMPY\x03\x00", b"\x93NUMPY\x01\x00\x06\x00{'a':}"])
def test_an_array_with_a_damaged_head_is_refused(tmp_path: Path, head: bytes) -> None:
    path = tmp_path / "scores.npz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("scores.npy", head)
    refused(path, "the array 'scores' is damaged")


def test_a_long_head_is_read(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "scores.npz", "w") as archive:
        for name, values in PLAIN.items():
            with archive.open(f"{name}.npy", "w") as stream:
                np.lib.format.write_array(stream, values, version=(2, 0))
    out = tmp_path / "out"
    table = import_predictions(tmp_path / "scores.npz", kind=ScoreKind.LOGITS, out=out)
    assert np.array_equal(table.scores, SCORES)


def test_further_arrays_are_kept_with_the_items(load) -> None:
    further = {
        "habitat": np.array(["wood", "", "meadow"]),
        "month": np.array([9, 10, 9]),
        "lat": np.array([55.1, np.nan, 54.0], np.float16),
    }
    table = load(PLAIN | further, columns=("habitat", "month", "lat"))
    assert table.items.columns == ["id", "label", "habitat", "month", "lat"]
    assert table.items["habitat"].to_list() == ["wood", "", "meadow"]
    assert table.items["month"].to_list() == [9, 10, 9]
    assert table.items["lat"].to_list() == [pytest.approx(55.1, abs=0.05), None, 54.0]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (("habitat",), "expected an array 'habitat'; there is none"),
        (("label",), "other names than id, label, each once; got 'label'"),
        (("ids", "ids"), "each once; got 'ids'"),
        (("classes",), "one value for each of the 3 items"),
    ],
)
def test_further_arrays_that_do_not_fit_are_refused(load, columns, message: str) -> None:
    with pytest.raises(PredictionsError, match=message):
        load(PLAIN, columns=columns)
