import numpy as np
import polars as pl
import pytest

from fieldmark.comparison.common_classes import over_common_classes, refuse_other_classes
from fieldmark.comparison.rules import ComparisonRules
from fieldmark.comparison.verdict import compare
from fieldmark.core.errors import NotComparableError
from fieldmark.manifest.labels import LabelSpace
from fieldmark.manifest.taxonomy import build_taxonomy
from fieldmark.predictions.header import PredictionsHeader
from fieldmark.predictions.summary import summarise, summarise_with_ranks
from fieldmark.predictions.table import Predictions

TREE = build_taxonomy(
    pl.DataFrame(
        {
            "genus": ["Amanita", "Amanita", "Amanita", "Boletus", "Russula"],
            "species": ["muscaria", "phalloides", "rubescens", "edulis", "emetica"],
        }
    ),
    ("genus", "species"),
)
LABELS = ["muscaria", "phalloides", "edulis", "rubescens", "emetica"]
# The study's model; it takes the third photo for Amanita, whose species share the probability.
OWN_CLASSES = ("muscaria", "phalloides", "rubescens", "edulis", "emetica")
OWN = [
    [0.6, 0.1, 0.1, 0.1, 0.1],
    [0.2, 0.5, 0.1, 0.1, 0.1],
    [0.2, 0.2, 0.2, 0.3, 0.1],
    [0.1, 0.1, 0.6, 0.1, 0.1],
    [0.1, 0.1, 0.1, 0.1, 0.6],
]
# The stock model: another order, no rubescens, and two species that the study does not know.
STOCK_CLASSES = ("fulva", "emetica", "edulis", "phalloides", "muscaria", "badia")
STOCK = [
    [0.5, 0.1, 0.1, 0.1, 0.2, 0.0],
    [0.2, 0.1, 0.1, 0.1, 0.3, 0.2],
    [0.0, 0.0, 0.0, 0.0, 0.0, 1.0],
    [0.1, 0.1, 0.1, 0.2, 0.4, 0.1],
    [0.0, 0.7, 0.1, 0.1, 0.1, 0.0],
]


def table(name, classes, scores, *, taxonomy=TREE, labels=LABELS):
    items = pl.DataFrame({"id": [f"i{row}" for row in range(len(labels))], "label": labels})
    header = PredictionsHeader(score_kind="probabilities", contender=name, split="test")
    return Predictions(header, items, LabelSpace(classes), np.array(scores), taxonomy)


def own(**fields):
    return table("own", OWN_CLASSES, OWN, **fields)


def stock(**fields):
    return table("stock", STOCK_CLASSES, STOCK, **({"taxonomy": None} | fields))


def test_unequal_classes_are_refused_with_every_count_and_the_way_out() -> None:
    with pytest.raises(
        NotComparableError,
        match=r"own and stock cannot be compared: 3 of 7 classes differ \(first: 'badia'\)\."
        r" Restrict both with `--classes common` \(in a study: `protocol.classes`\): 4 classes are"
        r" common, with 4 of 5 items\. own alone has 1, stock alone 2\. Where both",
    ):
        refuse_other_classes(own(), stock())


def test_names_that_differ_in_writing_alone_are_pointed_at() -> None:
    other = table("stock", ("Muscaria", *OWN_CLASSES[1:]), OWN, taxonomy=None)
    with pytest.raises(
        NotComparableError,
        match="1 name differs in writing alone"
        r" \(first: 'muscaria' and 'Muscaria'\): write them alike, by a table with the columns name"
        r" and accepted and a row 'Muscaria,muscaria' \(`fieldmark import --synonyms`; in a study:"
        r" `data\.synonyms`\)\.",
    ):
        refuse_other_classes(own(), other)


def test_both_are_asked_over_the_common_classes_and_items_alone() -> None:
    (mine, theirs), notes = over_common_classes([own(), stock()])
    assert mine.label_space.classes == ("muscaria", "phalloides", "edulis", "emetica")
    assert theirs.label_space.classes == ("emetica", "edulis", "phalloides", "muscaria")
    assert mine.ids.to_list() == theirs.ids.to_list() == ["i0", "i1", "i2", "i4"]
    assert mine.scores[0] == pytest.approx(np.array([6, 1, 1, 1]) / 9)
    assert theirs.scores[0] == pytest.approx(np.array([1, 1, 1, 2]) / 5)
    assert theirs.scores[2] == pytest.approx(np.full(4, 1 / 4))
    assert summarise(mine).right.tolist() == [True, True, True, True]
    assert summarise(theirs).right.tolist() == [True, False, False, True]
    assert notes == (
        "restricted to 4 common classes: 4 of 5 items of own and 4 of 5 items of stock left",
        "a name above the classes stands for its common classes alone (genus 3)",
        "the taxonomy of own places stock, which came without one",
        "1 item of stock has no probability left, and gets the same for each class",
    )


def test_a_coarser_name_is_the_sum_of_its_common_classes_for_both() -> None:
    (mine, theirs), _ = over_common_classes([own(), stock()])
    assert mine.taxonomy == theirs.taxonomy
    assert mine.taxonomy.nodes[-1] == ("edulis", "emetica", "muscaria", "phalloides")
    sums = [summarise_with_ranks(one, one.taxonomy)[1][0] for one in (mine, theirs)]
    # Without rubescens, Amanita has 4 / 8 of the third photo, not 6 / 10.
    assert sums[0].truth_probability == pytest.approx([7 / 9, 7 / 9, 3 / 8, 6 / 9])
    assert sums[1].truth_probability == pytest.approx([3 / 5, 4 / 6, 1 / 4, 7 / 10])
    assert [sums[0].codes.candidates, sums[1].codes.candidates] == [3, 3]


@pytest.mark.parametrize(
    ("rank", "classes", "values"), [(None, 4, (1, 0.5)), ("genus", 3, (1, 0.75))]
)
def test_the_verdict_says_of_how_many_classes_and_items(rank, classes, values) -> None:
    rules = ComparisonRules(classes="common", resamples=200)
    found = compare(own(), stock(), rank=rank, rules=rules)
    assert (found.n, found.classes) == (4, classes)
    assert (found.a_value, found.b_value) == values
    assert "4 of 5 items of stock left" in found.notes[0]


def test_a_larger_tree_of_the_other_model_is_cut_down_to_the_same() -> None:
    rows = pl.DataFrame(
        {
            "genus": ["Amanita", "Amanita", "Amanita", "Boletus", "Boletus", "Russula", "Amanita"],
            "species": [*STOCK_CLASSES[:1], *LABELS[:2], "edulis", "badia", "emetica", "rubescens"],
        }
    )
    larger = build_taxonomy(rows, ("genus", "species"))
    rules = ComparisonRules(classes="common", resamples=200)
    found = compare(own(), stock(taxonomy=larger), rank="genus", rules=rules)
    assert (found.n, found.classes) == (4, 3)


def test_a_tree_that_places_a_common_class_elsewhere_is_refused() -> None:
    rows = {"genus": ["X", "X", "X", "X", "X", "X", "X"], "species": [*STOCK_CLASSES, "rubescens"]}
    other = build_taxonomy(pl.DataFrame(rows), ("genus", "species"))
    rules = ComparisonRules(classes="common", resamples=200)
    with pytest.raises(NotComparableError, match="different taxonomies, so rank 'genus'"):
        compare(own(), stock(taxonomy=other), rank="genus", rules=rules)


def test_without_any_tree_the_classes_are_all_there_is() -> None:
    restricted, notes = over_common_classes([own(taxonomy=None), stock()])
    assert [one.taxonomy for one in restricted] == [None, None]
    assert len(notes) == 2


def test_a_table_is_copied_once_however_often_it_is_asked() -> None:
    tables = [own(), stock()]
    first, second = (over_common_classes(tables)[0] for _ in range(2))
    assert first[0] is second[0]
    assert first[1] is second[1]
