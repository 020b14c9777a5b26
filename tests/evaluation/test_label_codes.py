import numpy as np
import pytest

from fieldmark.core.errors import PredictionsError
from fieldmark.evaluation.evaluate import judge
from fieldmark.evaluation.label_codes import candidate_codes, label_counts


@pytest.fixture
def judged(make, tree):
    return judge(make(np.full((3, 3), 1 / 3), ["a", "d", "d"], taxonomy=tree, classes=list("abc")))


def test_leaves_are_coded_at_every_rank(judged, tree):
    leaf, family, genus = judged.levels
    assert candidate_codes(leaf, ["c", "a", "d"], tree).tolist() == [2, 0, -1]
    assert [leaf.classes[0], family.classes[0], genus.classes[1]] == ["a", "F", "L"]
    assert candidate_codes(family, ["c", "a", "d", "x"], tree).tolist() == [0, 0, -1, -1]
    assert candidate_codes(genus, ["c", "a"], tree).tolist() == [1, 0]
    assert candidate_codes(genus, [], tree).tolist() == []


def test_labels_are_counted_among_the_candidates(judged, tree):
    leaf, family, _ = judged.levels
    assert label_counts(leaf, None, tree).tolist() == [1, 0, 0]
    assert label_counts(leaf, {"b": 2, "c": 5, "d": 9}, tree).tolist() == [0, 2, 5]
    assert label_counts(family, {"b": 2, "c": 5, "d": 9}, tree).tolist() == [7]


def test_training_labels_without_any_candidate_are_refused(judged, tree):
    with pytest.raises(PredictionsError, match="training labels to hold at least one class"):
        label_counts(judged.leaf, {"d": 3}, tree)
