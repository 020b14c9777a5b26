import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from fieldmark.core.errors import ImageError
from fieldmark.core.progress import SilentStep
from fieldmark.manifest.audit import Finding, audit
from fieldmark.manifest.split_set import SplitSet
from fieldmark.manifest.splits import Split
from fieldmark.manifest.table import Manifest
from fieldmark.manifest.taxonomy import place_rows

PARTS = {"train": ("a1", "a2", "b2"), "test": ("b1", "c1", "c2")}


def findings(manifest: Manifest, parts: Any = PARTS, **options: Any) -> dict[str, Finding]:
    found = audit(manifest, Split(parts, name="by hand"), **options)
    return {finding.code: finding for finding in found if finding.code != "tiny_class"}


def relabelled(manifest: Manifest, **columns: list[str]) -> Manifest:
    series = [pl.Series(name, values) for name, values in columns.items()]
    return Manifest(manifest.frame.with_columns(series), manifest.root)


def test_a_sound_manifest_has_nothing_but_tiny_classes(orchard: Manifest) -> None:
    assert findings(orchard) == {}
    [tiny] = audit(orchard, Split(PARTS, name="by hand"))
    assert (tiny.code, tiny.severity, tiny.examples) == ("tiny_class", "note", ("apple", "pear"))


def test_a_group_in_two_parts_is_an_error(orchard: Manifest) -> None:
    found = findings(orchard, {"train": ("a1", "b2"), "test": ("a2", "b1", "c1", "c2")})
    torn = found["group_in_two_parts"]
    assert torn.severity == "error"
    assert torn.examples == ("'tree 1' in test and train",)


def test_the_same_bytes_in_two_parts_are_an_error_that_names_both(orchard: Manifest) -> None:
    orchard.image_path("b1").write_bytes(orchard.image_path("a1").read_bytes())
    found = findings(orchard)
    assert found["same_bytes_in_two_parts"].severity == "error"
    assert "first: 'a1' in train and 'b1' in test" in found["same_bytes_in_two_parts"].message
    assert "same_bytes_two_labels" not in found


def test_the_same_bytes_in_one_part_are_a_note(orchard: Manifest) -> None:
    orchard.image_path("a2").write_bytes(orchard.image_path("a1").read_bytes())
    assert findings(orchard)["same_bytes"].examples == ("'a1' and 'a2'",)


def test_the_same_bytes_with_two_labels_are_a_warning(orchard: Manifest) -> None:
    orchard.image_path("b2").write_bytes(orchard.image_path("a1").read_bytes())
    contested = findings(orchard)["same_bytes_two_labels"]
    assert contested.severity == "warning"
    assert contested.examples == ("'a1' (apple) and 'b2' (pear)",)


def test_one_path_under_two_ids_is_the_same_image(orchard: Manifest) -> None:
    paths = ["apple/1.jpg", *orchard.frame["path"][1:5], "apple/1.jpg"]
    found = findings(relabelled(orchard, path=paths))
    assert found["same_bytes_in_two_parts"].examples == ("'a1' in train and 'c2' in test",)


def test_missing_and_empty_files_are_errors(orchard: Manifest) -> None:
    orchard.image_path("a1").unlink()
    orchard.image_path("c1").write_bytes(b"")
    orchard.image_path("c2").write_bytes(b"")
    found = findings(orchard)
    assert found["missing_file"].message.endswith(
        "apple/1.jpg). Copy them there, correct the paths, or leave the rows out."
    )
    assert found["empty_file"].count == 2
    assert "same_bytes" not in found


def test_a_wrong_image_root_is_suspected_when_nothing_is_there(orchard: Manifest) -> None:
    found = findings(Manifest(orchard.frame, orchard.root / "elsewhere"))
    assert found["missing_file"].count == 6
    assert "is the image root" in found["missing_file"].message


def test_a_folder_is_no_image(orchard: Manifest) -> None:
    found = findings(relabelled(orchard, path=["apple", *orchard.frame["path"][1:]]))
    assert found["missing_file"].count == 1


def test_paths_that_leave_the_root_are_errors_and_are_not_opened(orchard: Manifest) -> None:
    read: list[Path] = []
    manifest = relabelled(orchard, path=["../x.jpg", *orchard.frame["path"][1:]])
    found = findings(manifest, read_image=read.append)
    assert found["path_leaves_root"].examples == ("../x.jpg",)
    assert len(read) == 5


def test_unreadable_images_are_found_by_the_given_reader(orchard: Manifest) -> None:
    def read(path: Path) -> None:
        if "pear" in path.parts:
            raise ImageError(f"{path.name} is no image.")

    unreadable = findings(orchard, read_image=read)["unreadable_image"]
    assert unreadable.count == 3
    assert unreadable.message.startswith("Unreadable images: 3. First: 1.jpg is no image.")


def test_errors_of_the_reader_itself_are_not_hidden(orchard: Manifest) -> None:
    def read(path: Path) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        findings(orchard, read_image=read)


def test_classes_that_a_part_lacks_are_told(orchard: Manifest) -> None:
    parts = {"train": ("a1", "a2"), "validation": ("b1",), "test": ("b2", "c1", "c2")}
    found = findings(orchard, parts)
    assert found["class_not_in_train"].severity == "warning"
    assert found["class_not_in_train"].message.startswith("Classes of part 'test' without")
    assert found["class_not_in_train"].examples == ("pear",)
    assert found["class_never_tested"].examples == ("apple",)


def test_a_split_without_train_is_not_asked_for_its_classes(orchard: Manifest) -> None:
    assert findings(orchard, {"all": tuple(orchard.ids)}) == {}


def test_a_split_of_another_manifest_is_recognised(orchard: Manifest) -> None:
    found = findings(orchard, {"train": ("a1", "a2", "x"), "test": ("b1", "b2")})
    assert found["id_not_in_manifest"].examples == ("x",)
    assert found["id_without_part"].severity == "warning"
    assert found["id_without_part"].examples == ("c1", "c2")


def test_labels_that_look_alike_or_missing_are_told(orchard: Manifest) -> None:
    found = findings(relabelled(orchard, label=["Red_apple", "red apple", "nan", "N/A", "x", "x"]))
    assert found["look_alike_labels"].examples == ("'Red_apple' and 'red apple'",)
    assert found["label_like_missing"].examples == ("N/A", "nan")


def test_faults_of_the_ranks_are_told(orchard: Manifest) -> None:
    kinds = ["G", "H", None, None, "K", "K"]
    frame = orchard.frame.with_columns(
        kind=pl.Series(kinds), fine=pl.Series(["x", "x", "y", "z", "z", "z"])
    )
    ranks = ("kind", "fine")
    found = findings(Manifest(frame, orchard.root, ranks))
    assert found["two_parents"].severity == "error"
    assert found["missing_rank"].severity == "warning"
    assert found["unequal_depth"].examples == ("y",)
    taxonomy, labels = place_rows(frame, ranks, two_parents="qualify")
    qualified = Manifest(frame.with_columns(labels), orchard.root, ranks, taxonomy)
    assert findings(qualified)["two_parents"].severity == "warning"
    assert "kept apart" in findings(qualified)["two_parents"].message


def test_errors_come_first(orchard: Manifest) -> None:
    orchard.image_path("a1").unlink()
    found = audit(orchard, Split({"train": ("a1",), "test": ("b2",)}, name=""))
    assert [finding.severity for finding in found] == [
        "error",
        "warning",
        "warning",
        "note",
        "note",
    ]


def test_progress_is_told(orchard: Manifest) -> None:
    class Listener:
        def __init__(self) -> None:
            self.steps: dict[str, int] = {}

        @contextlib.contextmanager
        def step(self, description: str, total: int) -> Iterator[SilentStep]:
            self.steps[description] = total
            yield SilentStep()

        def say(self, message: str) -> None:
            raise AssertionError(message)

    listener = Listener()
    findings(orchard, progress=listener, read_image=lambda path: None)
    assert listener.steps == {
        "look for image files": 6,
        "compare files of the same size": 6,
        "read images": 6,
    }


def test_folds_are_audited_one_by_one_and_each_kind_of_fault_comes_once(orchard: Manifest) -> None:
    orchard.image_path("b1").write_bytes(orchard.image_path("a1").read_bytes())
    folds = {
        "1": Split({"train": ("a1", "a2", "b2"), "test": ("b1", "c1", "c2")}, name="1"),
        "2": Split({"train": ("b1", "c1", "c2"), "test": ("a1", "a2", "b2")}, name="2"),
    }
    found = {one.code: one for one in audit(orchard, SplitSet(folds, "folds"))}
    assert set(found) == {"same_bytes_in_two_parts", "tiny_class"}
    assert found["same_bytes_in_two_parts"].message.endswith(
        "'a1' in train and 'b1' in test). Keep one of each, or give them the same group. So in "
        "split '1', and alike in 2 of 2."
    )


def test_few_training_images_are_meant_where_few_are_drawn(orchard: Manifest) -> None:
    shots = {"1": Split({"train": ("a1", "b2"), "test": ("b1", "c1", "c2")}, name="1")}
    assert audit(orchard, SplitSet(shots, "shots")) == ()
