import polars as pl

from fieldmark.manifest.taxonomy import build_taxonomy
from fieldmark.report.matrix_data import matrix_data

TREE = build_taxonomy(
    pl.DataFrame({"genus": ["B", "A", "A"], "species": ["B. x", "A. y", "A. z"]}),
    ("genus", "species"),
)


def test_every_item_is_counted_once_under_its_own_names(make) -> None:
    names = ("B. x", "A. y", "A. z")
    data = matrix_data([make.confusion(cells=make.cells(*names))], TREE)
    leaves, (table,) = data["nodes"][-1], data["tables"]
    assert leaves == ["A. y", "A. z", "B. x"]
    cells = [table["cells"][at : at + 3] for at in range(0, len(table["cells"]), 3)]
    assert sum(count for *_, count in cells) == 9
    assert {(leaves[t], leaves[a], count) for t, a, count in cells} == {
        ("B. x", "B. x", 2),
        ("B. x", "A. y", 1),
        ("A. y", "A. y", 2),
        ("A. y", "A. z", 1),
        ("A. z", "A. z", 2),
        ("A. z", "B. x", 1),
    }


def test_every_leaf_stands_under_its_ancestors(make) -> None:
    data = matrix_data([make.confusion(cells=make.cells("B. x", "A. z"))], TREE)
    assert data["ranks"] == ["genus", "species"]
    assert data["nodes"] == [["A", "B"], ["A. z", "B. x"]]
    assert data["paths"] == [[0, 1], [0, 1]]


def test_without_a_tree_there_is_one_rank(make) -> None:
    data = matrix_data([make.confusion(cells=make.cells("oak", "elm"))], None)
    assert (data["ranks"], data["nodes"], data["paths"]) == (["class"], [["elm", "oak"]], [[0, 1]])


def test_nothing_to_look_into_gives_no_data(make) -> None:
    assert matrix_data([], None) is None
    assert matrix_data([make.confusion()], None) is None


def test_the_page_stays_small_but_the_first_contender_is_always_there(make, monkeypatch) -> None:
    monkeypatch.setattr("fieldmark.report.matrix_data._MOST_CELLS", 5)
    tables = [make.confusion(cells=make.cells("a", "b"), contender=name) for name in "xyz"]
    data = matrix_data(tables, None)
    assert [one["contender"] for one in data["tables"]] == ["x"]
    assert data["left"] == 2
