from fieldmark.report.content import ContenderRow
from fieldmark.report.grounds import leaf_grounds, rank_grounds


def test_numbers_over_different_classes_stand_apart(make) -> None:
    wide, narrow = make.estimate(classes=170), make.estimate(classes=90)
    rows = [ContenderRow("a", (wide,)), ContenderRow("b", (narrow,)), ContenderRow("c", (wide,))]
    grounds = leaf_grounds(rows)
    assert [[row.name for row in ground.rows] for ground in grounds] == [["a", "c"], ["b"]]
    assert [ground.classes for ground in grounds] == [((None, 170),), ((None, 90),)]


def test_numbers_of_different_splits_and_levels_stand_apart(make) -> None:
    estimates = (make.estimate(), make.estimate(split="validation"), make.estimate(level=0.9))
    grounds = leaf_grounds([ContenderRow("a", estimates)])
    assert [(ground.split, ground.level) for ground in grounds] == [
        ("test", 0.95),
        ("validation", 0.95),
        ("test", 0.9),
    ]
    assert all(len(ground.rows[0].estimates) == 1 for ground in grounds)


def test_a_row_without_numbers_stands_on_the_first_ground_in_its_place(make) -> None:
    rows = [make.row("a"), ContenderRow("silent", cells_planned=3), make.row("b")]
    (ground,) = leaf_grounds(rows)
    assert [row.name for row in ground.rows] == ["a", "silent", "b"]


def test_there_is_a_ground_even_when_nothing_was_measured() -> None:
    (ground,) = leaf_grounds([ContenderRow("silent", cells_planned=1)])
    assert (ground.split, ground.level, ground.classes) == (None, None, ())
    assert leaf_grounds([])[0].rows == ()


def test_ranks_come_coarse_to_fine_with_the_leaf_last(make) -> None:
    (ground,) = rank_grounds([make.row("probe")], "accuracy")
    assert ground.classes == (("genus", 113), (None, 620))


def test_rows_without_ranks_stand_on_no_ground_of_ranks(make) -> None:
    rows = [make.row("probe"), make.baseline(), ContenderRow("silent", cells_planned=1)]
    (ground,) = rank_grounds(rows, "accuracy")
    assert [row.name for row in ground.rows] == ["probe", "silent"]
    assert rank_grounds([make.baseline()], "accuracy") == ()


def test_another_number_of_genera_is_another_ground(make) -> None:
    genus = make.estimate(rank="genus", classes=99, contender="b")
    other = ContenderRow("b", (make.estimate(contender="b"), genus))
    first, second = rank_grounds([make.row("a"), other], "accuracy")
    assert first.classes != second.classes
    assert [row.name for row in second.rows] == ["b"]
