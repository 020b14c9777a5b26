import numpy as np
import pytest

from fieldmark.core.errors import FieldmarkError
from fieldmark.report.content import ContenderRow, DataCard


def test_a_row_counts_its_missing_cells() -> None:
    row = ContenderRow("probe", cells_ran=1, cells_planned=3)
    assert row.missing_cells == 2
    assert row.estimate("accuracy") is None


@pytest.mark.parametrize("ran", [-1, 4])
def test_more_cells_than_planned_are_refused(ran) -> None:
    with pytest.raises(FieldmarkError, match=rf"0 to 3 cells of 'probe' to have run; got {ran}"):
        ContenderRow("probe", cells_ran=ran, cells_planned=3)


def test_the_estimates_of_another_contender_are_refused(make) -> None:
    foreign = (make.estimate(contender="knn"), make.estimate(contender="probe"))
    with pytest.raises(FieldmarkError, match=r"row of 'probe' to hold its own.* those of 'knn'"):
        ContenderRow("probe", foreign)


def test_an_estimate_is_found_by_metric_and_rank(make) -> None:
    row = make.row("probe")
    assert row.estimate("accuracy", "genus").classes == 113
    assert row.estimate("accuracy").classes == 620
    assert row.estimate("log_loss") is None


def test_a_row_with_a_dead_flag_is_dead(make) -> None:
    assert make.row("probe", flags=(make.dead,)).is_dead
    assert not make.row("probe").is_dead


def test_two_rows_of_one_name_are_refused(make) -> None:
    with pytest.raises(FieldmarkError, match="every contender and baseline once; 'probe' came"):
        make.content([make.row("probe"), make.row("knn"), make.row("probe")])


def test_a_comparison_of_nobody_is_refused(make) -> None:
    comparison = make.comparison("probe", "stok")
    with pytest.raises(FieldmarkError, match="in a comparison 'stok'; did you mean 'stock'"):
        make.content([make.row("probe"), make.row("stock")], comparisons=(comparison,), verdict=())


def test_contenders_and_baselines_are_told_apart(make) -> None:
    content = make.content([make.row("probe"), make.baseline()])
    assert [row.name for row in content.contenders] == ["probe"]
    assert [row.name for row in content.baselines] == ["majority"]
    assert content.missing_cells == 0


def test_the_leaf_is_named_by_the_data_card(make) -> None:
    assert make.content([]).leaf_rank == "species"
    bare = DataCard(3, (), None, (), excluded=0)
    assert make.content([], data=bare).leaf_rank == "class"


def test_a_report_needs_neither_contenders_nor_arrays(make) -> None:
    content = make.content([])
    assert content.missing_cells == 0
    assert not any(isinstance(value, np.ndarray) for value in (content.rows, content.data))
