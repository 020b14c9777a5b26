import shutil
from pathlib import Path

import pytest

from fieldmark.core.errors import SplitError, StudyError


def test_the_cells_are_planned_once_in_the_order_of_the_file(fresh: Path, opened) -> None:
    ground = opened(fresh)
    assert [cell.id for cell in ground.cells] == ["probe/seed-0", "probe/seed-1", "knn/seed-free"]
    assert ground.cells is ground.cells
    assert ground.results == fresh.resolve() / "results" / "tiny"
    assert ground.ledger.folder == ground.results


def test_opening_twice_gives_the_same_digests(fresh: Path, opened) -> None:
    assert opened(fresh).cells == opened(fresh).cells


def test_another_length_of_an_image_changes_every_cell(fresh: Path, opened) -> None:
    before = opened(fresh)
    image = before.manifest.image_paths()[0]
    image.write_bytes(image.read_bytes() + b"\0")
    after = opened(fresh)
    assert after.content_digest != before.content_digest
    digests = [
        (a.inputs_digest, b.inputs_digest) for a, b in zip(before.cells, after.cells, strict=True)
    ]
    assert all(a != b for a, b in digests)


def test_a_missing_image_changes_the_content(fresh: Path, opened) -> None:
    before = opened(fresh)
    before.manifest.image_paths()[0].unlink()
    assert opened(fresh).content_digest != before.content_digest


def test_the_own_file_of_a_contender_changes_its_cells_alone(fresh: Path, rewrite, opened) -> None:
    for name in ("one", "two"):
        (fresh / f"{name}.csv").write_text(f"id,label\n{name}\n")
    rewrite(
        fresh / "study.yaml",
        ("reference:", "  one: {predictions: one.csv}\n  two: {predictions: two.csv}\nreference:"),
    )
    before = {cell.id: cell.inputs_digest for cell in opened(fresh).cells}
    (fresh / "two.csv").write_text("id,label\nthree\n")
    after = {cell.id: cell.inputs_digest for cell in opened(fresh).cells}
    assert [cell for cell in before if before[cell] != after[cell]] == ["two/seed-free"]


def test_an_imported_folder_counts_by_its_header(judged_only: Path, rewrite, opened) -> None:
    rewrite(judged_only / "study.yaml", ("incumbent.csv", "imported"))
    (judged_only / "imported").mkdir()
    with pytest.raises(StudyError) as refused:
        opened(judged_only)
    missing = judged_only.resolve() / "imported" / "header.json"
    assert str(refused.value) == (
        f"The contender 'incumbent' needs the file {missing}; there is none."
    )
    missing.write_text("{}")
    assert len(opened(judged_only).cells) == 1


@pytest.mark.parametrize("part", ["protocol.report_on=tset", "protocol.selection.on=tset"])
def test_a_part_that_the_split_lacks_is_refused(fresh: Path, part: str, opened) -> None:
    other = "protocol.report_on=validation" if "selection" in part else "protocol.seeds=[0]"
    with pytest.raises(StudyError, match="Unknown part of the split 'tset'; did you mean 'test'"):
        opened(fresh, part, other)


def test_a_metric_that_nothing_can_be_chosen_by_is_refused(fresh: Path, opened) -> None:
    with pytest.raises(StudyError) as refused:
        opened(fresh, "protocol.selection.metric=mean_confidence")
    assert str(refused.value) == (
        "Nothing can be chosen by mean_confidence: neither more nor less of it is better; "
        "name another metric in protocol.selection."
    )


def test_missing_weights_are_found_when_the_study_is_opened(fresh: Path, rewrite, opened) -> None:
    rewrite(fresh / "study.yaml", ("weights: random", "weights: nets/none.safetensors"))
    expected = fresh.resolve() / "nets" / "none.safetensors"
    with pytest.raises(StudyError) as refused:
        opened(fresh)
    assert str(refused.value) == f"The contender 'probe' needs the file {expected}; there is none."


def test_a_drawn_split_has_the_parts_of_the_rule(fresh: Path, opened) -> None:
    rule = "data.split={kind: holdout, fractions: {train: 0.5, validation: 0.25, test: 0.25}}"
    ground = opened(fresh, rule)
    assert list(ground.split.parts) == ["train", "validation", "test"]
    with pytest.raises(SplitError, match="stays empty"):
        opened(
            fresh,
            "data.split={kind: holdout, fractions: {train: 0.998, validation: 0.001, test: 0.001}}",
        )


def test_a_copy_of_the_study_elsewhere_has_the_same_cells(
    fresh: Path, tmp_path: Path, opened
) -> None:
    copy = shutil.copytree(fresh, tmp_path / "elsewhere")
    assert opened(copy).cells == opened(fresh).cells
