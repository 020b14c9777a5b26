from pathlib import Path

import polars as pl

from fieldmark.manifest.findings import Finding
from fieldmark.manifest.parts import Split
from fieldmark.manifest.split_findings import split_findings
from fieldmark.manifest.table import Manifest


def of(rows: list[tuple[str, str, str]], parts: dict[str, tuple[str, ...]]) -> list[Finding]:
    frame = pl.DataFrame(rows, schema=["id", "label", "group"], orient="row")
    manifest = Manifest(frame.with_columns(path=pl.col("id")), Path())
    return split_findings(manifest, Split(parts, name="by hand"))


def images(label: str, count: int, *, first: int = 0) -> list[tuple[str, str, str]]:
    ids = [f"{label}{number}" for number in range(first, first + count)]
    return [(id_, label, id_) for id_ in ids]


def ids_of(rows: list[tuple[str, str, str]]) -> tuple[str, ...]:
    return tuple(id_ for id_, _, _ in rows)


def test_five_images_in_train_are_not_few() -> None:
    train, test = images("x", 5), images("x", 1, first=5)
    assert of(train + test, {"train": ids_of(train), "test": ids_of(test)}) == []


def test_four_are() -> None:
    train, test = images("x", 4), images("x", 6, first=4)
    [tiny] = of(train + test, {"train": ids_of(train), "test": ids_of(test)})
    assert (tiny.code, tiny.examples) == ("tiny_class", ("x",))
    assert tiny.message.startswith("Classes with fewer than 5 images in train: 1 (first: x)")


def test_every_evaluated_part_is_asked_for_classes_that_train_lacks() -> None:
    train = images("x", 5)
    strange = images("y", 2)
    found = of(train + strange, {"train": ids_of(train), "validation": ("y0",), "test": ("y1",)})
    lacking = [finding for finding in found if finding.code == "class_not_in_train"]
    assert [finding.message.split(" without")[0] for finding in lacking] == [
        "Classes of part 'validation'",
        "Classes of part 'test'",
    ]
    assert {finding.severity for finding in lacking} == {"warning"}


def test_classes_are_not_asked_for_in_test_when_there_is_none() -> None:
    rows = images("x", 6)
    assert of(rows, {"train": ids_of(rows[:5]), "validation": ids_of(rows[5:])}) == []


def test_a_group_may_hold_several_images_of_one_part() -> None:
    rows = [(f"x{number}", "x", "tree") for number in range(6)] + images("x", 1, first=6)
    assert of(rows, {"train": ids_of(rows[:6]), "test": ids_of(rows[6:])}) == []


def test_all_parts_of_a_torn_group_are_named() -> None:
    rows = [(f"x{number}", "x", "tree") for number in range(7)]
    found = of(rows, {"train": ids_of(rows[:5]), "validation": ("x5",), "test": ("x6",)})
    assert found[0].examples == ("'tree' in test and train and validation",)
    assert "split by group" in found[0].message


def test_images_of_a_torn_group_outside_the_split_do_not_count() -> None:
    rows = [("x0", "x", "tree"), ("x1", "x", "tree")]
    found = of(rows, {"test": ("x0",)})
    assert [finding.code for finding in found] == ["id_without_part"]


def test_many_cases_are_one_finding_with_a_count() -> None:
    train = images("x", 5)
    strange = [row for label in "abcdefgh" for row in images(label, 1)]
    found = of(train + strange, {"train": ids_of(train), "test": ids_of(strange)})
    lacking = next(finding for finding in found if finding.code == "class_not_in_train")
    assert lacking.count == 8
    assert lacking.examples == tuple("abcdefgh")
    assert "8 (first: a, b, c). Their images can never be named right" in lacking.message
    assert "count as wrong (8 of 8 images)" in lacking.message
