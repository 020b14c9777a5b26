from fieldmark.evaluation.class_table import class_table
from fieldmark.evaluation.per_class import per_class


def test_a_row_for_each_class_with_the_ends_of_its_intervals(make) -> None:
    table = make([[0.9, 0.1, 0.0], [0.2, 0.8, 0.0], [0.3, 0.7, 0.0]], ["a", "a", "b"])
    found = class_table(per_class(table))
    assert found["class"].to_list() == ["a", "b", "c"]
    assert found.row(0, named=True) | {"n": 2, "answered": 1, "right": 1} == found.row(
        0, named=True
    )
    assert found["recall"].to_list() == [0.5, 1.0, None]
    assert found["recall_low"][0] < 0.5 < found["recall_high"][0]
    assert found["f1"][1] == 2 / 3


def test_no_class_gives_no_row() -> None:
    assert class_table([]).shape == (0, 13)
