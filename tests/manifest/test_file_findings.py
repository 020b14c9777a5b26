import os
from pathlib import Path

import pytest

from fieldmark.core.errors import ImageError
from fieldmark.core.progress import SilentProgress
from fieldmark.manifest.file_findings import file_findings
from fieldmark.manifest.findings import Finding
from fieldmark.manifest.parts import Split
from fieldmark.manifest.table import Manifest

SPLIT = Split({"train": ("a1", "a2", "b2"), "test": ("b1", "c1", "c2")}, name="by hand")


def of(manifest: Manifest, split: Split = SPLIT) -> dict[str, Finding]:
    found = file_findings(manifest, split, progress=SilentProgress(), read_image=None)
    return {finding.code: finding for finding in found}


def test_different_files_of_one_size_are_no_twins(orchard: Manifest) -> None:
    assert len({path.stat().st_size for path in orchard.image_paths()}) == 1
    assert of(orchard) == {}


def test_files_of_a_size_of_their_own_are_not_read(
    orchard: Manifest, monkeypatch: pytest.MonkeyPatch
) -> None:
    for place, path in enumerate(orchard.image_paths()):
        path.write_bytes(b"x" * (place + 1))

    def refuse(path: Path) -> bytes:
        raise AssertionError(path)

    monkeypatch.setattr("fieldmark.core.same_files._beginning", refuse)
    assert of(orchard) == {}


def test_three_copies_across_two_parts_are_one_case(orchard: Manifest) -> None:
    for id_ in ("a2", "c1"):
        orchard.image_path(id_).write_bytes(orchard.image_path("a1").read_bytes())
    found = of(orchard)
    assert found["same_bytes_in_two_parts"].examples == ("'a1' in train and 'c1' in test",)
    assert "same_bytes" not in found


def test_a_twin_outside_the_split_is_in_no_part(orchard: Manifest) -> None:
    orchard.image_path("c2").write_bytes(orchard.image_path("a1").read_bytes())
    split = Split({"train": ("a1", "a2"), "test": ("b1",)}, name="")
    twin = of(orchard, split)["same_bytes_in_two_parts"]
    assert twin.examples == ("'a1' in train and 'c2' in no part",)


def test_links_to_one_file_are_twins(orchard: Manifest) -> None:
    path = orchard.image_path("b1")
    path.unlink()
    path.symlink_to(orchard.image_path("a1").name)
    assert of(orchard)["same_bytes_in_two_parts"].count == 1


def test_a_dangling_link_is_a_missing_file(orchard: Manifest) -> None:
    path = orchard.image_path("b1")
    path.unlink()
    path.symlink_to("nowhere.jpg")
    assert of(orchard)["missing_file"].examples == (str(path),)


def test_a_link_out_of_the_root_is_not_followed(orchard: Manifest, tmp_path: Path) -> None:
    (tmp_path / "secret.jpg").write_text("secret")
    path = orchard.image_path("b1")
    path.unlink()
    path.symlink_to(tmp_path / "secret.jpg")
    found = of(orchard)
    assert found["path_leaves_root"].severity == "error"
    assert found["path_leaves_root"].examples == ("apple/3.jpg",)
    assert "missing_file" not in found


def test_many_missing_files_are_one_finding(orchard: Manifest) -> None:
    for path in orchard.image_paths()[:5]:
        path.unlink()
    missing = of(orchard)["missing_file"]
    assert missing.count == 5
    assert missing.message.startswith("Missing image files: 5 (first:")
    assert missing.message.endswith("leave the rows out.")


def test_empty_files_are_not_read(orchard: Manifest) -> None:
    orchard.image_path("a1").write_bytes(b"")
    read: list[str] = []
    file_findings(
        orchard,
        SPLIT,
        progress=SilentProgress(),
        read_image=lambda path: read.append(os.fspath(path)),
    )
    assert len(read) == 5


def test_the_first_refusal_of_the_reader_is_quoted(orchard: Manifest) -> None:
    def read(path: Path) -> None:
        raise ImageError(f"{path.parent.name}/{path.name} is cut short.")

    found = file_findings(orchard, SPLIT, progress=SilentProgress(), read_image=read)
    assert [finding.code for finding in found] == ["unreadable_image"]
    assert found[0].message == "Unreadable images: 6. First: apple/1.jpg is cut short."
    assert found[0].count == 6
