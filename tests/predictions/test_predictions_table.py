import numpy as np
import polars as pl
import pytest

from fieldmark.core.digests import digest_of_strings
from fieldmark.core.errors import PredictionsError
from fieldmark.manifest.labels import LabelSpace
from fieldmark.manifest.taxonomy import Taxonomy
from fieldmark.predictions.table import Predictions, PredictionsHeader, positions_of

SCORES = np.array([[0.2, 0.8], [0.6, 0.4], [0.5, 0.5]])


def test_a_table_says_what_it_is(make) -> None:
    table = make(SCORES, ["a", "b", "c"], kind="probabilities", header={"split": "test"})
    assert repr(table) == "Predictions('probe', probabilities, 3 items, 2 classes, split 'test')"
    assert table.n == 3
    assert table.ids.to_list() == ["i0", "i1", "i2"]
    assert table.labels.to_list() == ["a", "b", "c"]
    assert table.groups is None


def test_groups_are_a_column_of_the_items() -> None:
    table = Predictions(
        header=PredictionsHeader(score_kind="logits", contender="x"),
        items=pl.DataFrame({"id": ["1"], "label": ["a"], "group": ["g"]}),
        label_space=LabelSpace(("a",)),
        scores=np.zeros((1, 1)),
    )
    assert table.groups.to_list() == ["g"]


def test_labels_without_a_column_are_counted_and_have_no_position(make) -> None:
    table = make(SCORES, ["b", "z", "a"])
    assert table.unknown_label_count == 1
    assert table.label_positions.tolist() == [1, 2, 0]
    assert table.label_positions.dtype == np.int32


def test_positions_stand_in_the_order_of_the_classes() -> None:
    space = LabelSpace(("b", "a"))
    assert positions_of(pl.Series(["a", "b", "q"]), space).tolist() == [1, 0, 2]


def test_scores_are_read_only_and_the_input_stays_writable(make) -> None:
    scores = SCORES.copy()
    table = make(scores, ["a", "b", "a"])
    with pytest.raises(ValueError, match="read-only"):
        table.scores[0, 0] = 1.0
    assert scores.flags.writeable
    assert np.array_equal(scores, SCORES)


@pytest.mark.parametrize("shape", [(2, 2), (3, 3), (3,), (3, 2, 1)])
def test_a_wrong_shape_is_refused(make, shape: tuple[int, ...]) -> None:
    with pytest.raises(PredictionsError, match=r"shape \(3, 2\) \(items, classes\); got \("):
        make(np.zeros(shape), ["a", "b", "a"], classes=["a", "b"])


@pytest.mark.parametrize("kind", [np.int64, np.bool_, np.longdouble, ">f4"])
def test_a_wrong_type_is_refused(make, kind: object) -> None:
    with pytest.raises(PredictionsError, match="float16, float32 or float64; got"):
        make(np.zeros((3, 2), kind), ["a", "b", "a"])


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64])
def test_the_type_of_the_scores_stays(make, kind: type[np.floating]) -> None:
    assert make(SCORES.astype(kind), ["a", "b", "a"]).scores.dtype == kind


def test_one_item_and_one_class_are_enough(make) -> None:
    assert make([[1.0]], ["a"], kind="probabilities").n == 1


def test_items_and_scores_are_checked(make) -> None:
    with pytest.raises(PredictionsError, match="more than once"):
        make(SCORES, ["a", "b", "a"], ids=["x", "x", "y"])
    with pytest.raises(PredictionsError, match="NaN or infinite"):
        make([[np.nan, 1.0]], ["a"])


def test_scores_that_the_store_has_checked_are_not_read_again(make) -> None:
    assert make([[np.nan, 1.0]], ["a"], scores_digest="0").scores_content_digest == "0"


def test_the_taxonomy_holds_every_class_and_label(make, tree: Taxonomy) -> None:
    assert make(SCORES, ["a", "b", "d"], taxonomy=tree).taxonomy is tree
    with pytest.raises(PredictionsError, match=r"it lacks 1 name \(first: 'q'\)"):
        make(SCORES, ["a", "b", "a"], classes=["a", "q"], taxonomy=tree)
    with pytest.raises(PredictionsError, match=r"it lacks 2 names \(first: 'y', 'x'\)"):
        make(SCORES, ["a", "y", "x"], taxonomy=tree)
    with pytest.raises(PredictionsError, match=r"first: 'beech'"):
        counts = {"training_label_counts": {"beech": 3}}
        make(SCORES, ["a", "b", "a"], taxonomy=tree, header=counts)


def test_training_ids_are_sorted_and_their_digest_goes_to_the_header(make) -> None:
    table = make(SCORES, ["a", "b", "a"], training_ids=("t2", "t1", "t2"))
    assert table.training_ids == ("t1", "t2")
    assert table.header.training_ids_digest == digest_of_strings(["t1", "t2"])


def test_other_training_ids_than_the_headers_are_refused(make) -> None:
    with pytest.raises(PredictionsError, match="the header says feed"):
        header = {"training_ids_digest": "feed"}
        make(SCORES, ["a", "b", "a"], training_ids=("t",), header=header)


def test_equal_content_is_equal(make) -> None:
    first = make(SCORES, ["a", "b", "a"], header={"provenance": {"created": "today"}})
    second = make(SCORES.copy(), ["a", "b", "a"])
    assert first == second
    assert hash(first) == hash(second)
    assert first != "something else"


def test_any_other_content_is_another_digest(make, tree: Taxonomy) -> None:
    labels = ["a", "b", "a"]
    first = make(SCORES, labels)
    others = [
        make(SCORES[:, ::-1], labels),
        make(SCORES.astype(np.float32), labels),
        make(SCORES, ["a", "b", "b"]),
        make(SCORES, labels, ids=["p", "q", "r"]),
        make(SCORES, labels, classes=["b", "a"]),
        make(SCORES, labels, kind="similarities"),
        make(SCORES, labels, taxonomy=tree),
        make(SCORES, labels, training_ids=("t",)),
    ]
    assert len({first.digest, *(other.digest for other in others)}) == 1 + len(others)


def test_the_items_digest_knows_ids_and_labels_alone(make) -> None:
    first = make(SCORES, ["a", "b", "a"])
    turned = make(SCORES, ["a", "b", "a"], ids=["i2", "i1", "i0"])
    assert first.items_digest == turned.items_digest
    assert first.items_digest != make(SCORES, ["a", "b", "b"]).items_digest
