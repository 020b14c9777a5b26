from pathlib import Path

import pytest

from fieldmark.core.errors import StudyError
from fieldmark.experiments.cell_choice import cells_named, choose_cells, pack_text
from fieldmark.experiments.plan import RunSpec

Cells = tuple[RunSpec, ...]


def test_ids_come_in_the_order_of_the_plan_and_once(cells: Cells) -> None:
    assert choose_cells(cells, "knn/seed-free, probe/seed-0,knn/seed-free") == (cells[0], cells[2])


def test_a_file_holds_one_id_a_line(cells: Cells, tmp_path: Path) -> None:
    file = tmp_path / "pack.txt"
    file.write_text("# pack 0\n\n  probe/seed-1\nprobe/seed-0", encoding="utf-8")
    assert choose_cells(cells, f"@{file}") == cells[:2]


def test_unknown_ids_are_refused_with_the_nearest(cells: Cells) -> None:
    with pytest.raises(StudyError) as refused:
        choose_cells(cells, "prope/seed-1,probe/seed-0,other")
    assert str(refused.value) == (
        "Expected ids of cells of this study; it has none named 'prope/seed-1', 'other'. Did you "
        "mean 'probe/seed-1'? 'fieldmark status' lists all."
    )


def test_no_id_is_refused(cells: Cells) -> None:
    with pytest.raises(StudyError, match="Expected at least one id of a cell; none is named"):
        choose_cells(cells, " , ")
    with pytest.raises(StudyError, match="none is named"):
        cells_named(cells, [])


def test_a_file_that_cannot_be_read_is_refused(cells: Cells, tmp_path: Path) -> None:
    file = tmp_path / "pack.txt"
    with pytest.raises(StudyError, match=r"pack.txt cannot be read \(No such file or directory\)"):
        choose_cells(cells, f"@{file}")
    file.write_bytes(b"\xff")
    with pytest.raises(StudyError, match=r"pack.txt is not UTF-8 text"):
        choose_cells(cells, f"@{file}")


def test_a_pack_names_cells_with_their_inputs(cells: Cells, tmp_path: Path) -> None:
    file = tmp_path / "pack.txt"
    file.write_text(pack_text(cells[1:]), encoding="utf-8")
    assert choose_cells(cells, f"@{file}") == cells[1:]
    changed = tuple(spec.with_inputs("new") for spec in cells)
    with pytest.raises(StudyError) as refused:
        choose_cells(changed, f"@{file}")
    there, here = (plan[1].inputs_digest[:12] for plan in (cells, changed))
    assert str(refused.value).startswith(
        "The cell 'probe/seed-1' was planned from other inputs than it has here (digest "
        f"{there} against {here}): the study, its table, its images"
    )
