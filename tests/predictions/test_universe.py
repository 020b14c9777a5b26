import numpy as np
import pytest

from fieldmark.core.errors import NotComparableError, PredictionsError
from fieldmark.manifest.taxonomy import Taxonomy
from fieldmark.predictions.universe import common_classes, restrict

SCORES = np.array(
    [[0.1, 0.2, 0.3, 0.4], [0.4, 0.3, 0.2, 0.1], [0.25, 0.25, 0.25, 0.25], [0.0, 1.0, 0.0, 0.0]]
)
LABELS = ["a", "b", "c", "d"]


def test_common_classes_stand_in_the_order_of_the_first(make) -> None:
    first = make(np.zeros((1, 3)), ["a"], classes=["c", "a", "b"])
    second = make(np.zeros((1, 3)), ["a"], classes=["a", "b", "d"])
    assert common_classes(first, second) == ("a", "b")
    assert common_classes(second, first) == ("a", "b")


def test_nothing_in_common_is_refused(make) -> None:
    first = make(np.zeros((1, 1)), ["a"], classes=["Oak"])
    second = make(np.zeros((1, 1)), ["a"], classes=["oak"])
    with pytest.raises(NotComparableError, match="no class in common: 'Oak' against 'oak'"):
        common_classes(first, second)


def test_order_of_classes_and_items_stays(make) -> None:
    kept = restrict(make(SCORES, LABELS), ["d", "a"])
    assert kept.label_space.classes == ("a", "d")
    assert kept.ids.to_list() == ["i0", "i3"]
    assert np.array_equal(kept.scores, SCORES[[0, 3]][:, [0, 3]])


def test_probabilities_are_asked_over_the_classes_that_remain(make) -> None:
    kept = restrict(make(SCORES, LABELS, kind="probabilities"), ["a", "c"])
    assert kept.scores == pytest.approx(np.array([[0.25, 0.75], [0.5, 0.5]]))
    assert kept.header.provenance["items_without_probability"] == 0


def test_an_item_without_any_probability_gets_the_same_for_each_and_is_counted(make) -> None:
    kept = restrict(make(SCORES, LABELS, kind="probabilities"), ["a", "d"])
    assert kept.scores[1].tolist() == [0.5, 0.5]
    assert kept.header.provenance["items_without_probability"] == 1
    assert kept.header.provenance["restricted_from_classes"] == 4
    assert kept.header.provenance["restricted_from_items"] == 4


@pytest.mark.parametrize("kind", ["logits", "similarities"])
def test_other_scores_stay_as_they_are(make, kind: str) -> None:
    kept = restrict(make(SCORES, LABELS, kind=kind), ["b"])
    assert kept.scores.tolist() == [[0.3]]


def test_unknown_labels_go_even_when_every_class_stays(make) -> None:
    kept = restrict(make(SCORES, ["a", "z", "c", "d"]), ["a", "b", "c", "d"])
    assert kept.ids.to_list() == ["i0", "i2", "i3"]
    assert kept.unknown_label_count == 0


def test_nothing_to_restrict_is_the_same(make) -> None:
    whole = make(SCORES, LABELS)
    assert restrict(whole, ["d", "c", "b", "a"]) is whole


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64])
def test_the_type_of_the_scores_stays(make, kind) -> None:
    table = make(SCORES.astype(kind), LABELS, kind="probabilities")
    assert restrict(table, ["a", "b"]).scores.dtype == kind


def test_what_else_is_known_stays(make, tree: Taxonomy) -> None:
    counts = {"training_label_counts": {"a": 3, "b": 5}, "seed": 2}
    whole = make(SCORES, LABELS, taxonomy=tree, training_ids=("t",), header=counts)
    kept = restrict(whole, ["a", "c"])
    assert kept.taxonomy == tree
    assert kept.training_ids == ("t",)
    assert kept.header.seed == 2
    assert kept.header.training_label_counts == {"a": 3}
    assert whole.header.training_label_counts == {"a": 3, "b": 5}


def test_no_class_is_refused(make) -> None:
    with pytest.raises(PredictionsError, match="at least one class to restrict to; got none"):
        restrict(make(SCORES, LABELS), [])


def test_unknown_classes_are_named(make) -> None:
    with pytest.raises(PredictionsError, match="2 of 3 names are not: 'oak', 'elm'"):
        restrict(make(SCORES, LABELS), ["a", "oak", "elm"])


def test_no_item_left_is_refused(make) -> None:
    with pytest.raises(PredictionsError, match=r"none of the 4 items .* 1 class kept \('d'\)"):
        restrict(make(SCORES, ["a", "a", "b", "z"]), ["d"])
