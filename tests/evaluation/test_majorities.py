import numpy as np

from fieldmark.evaluation.majorities import majorities


def test_the_majority_of_a_value_ties_to_the_first_label():
    labels, month = np.array([2, 1, 1, 2, 0]), np.array([5, 5, 5, 5, 6])
    assert majorities(labels, month, np.array([5, 6, 7]), None, 3).tolist() == [1, 0, 1]


def test_an_item_does_not_learn_from_its_own_group():
    labels, habitat = np.array([0, 0, 1, 1, 1]), np.zeros(5, np.int64)
    own = np.array([0, 0, 1, 2, 2])
    assert majorities(labels, habitat, habitat, own, 2).tolist() == [1, 1, 0, 0, 0]


def test_a_value_of_one_group_only_falls_back_on_all_other_groups():
    labels, habitat = np.array([0, 0, 1, 1]), np.array([8, 8, 9, 9])
    own = np.array([0, 0, 1, 1])
    assert majorities(labels, habitat, habitat, own, 2).tolist() == [1, 1, 0, 0]


def test_nothing_to_learn_from_gives_the_first_label():
    nothing = np.array([], dtype=np.int64)
    assert majorities(nothing, nothing, np.array([1, 2]), None, 3).tolist() == [0, 0]
    one = np.array([0])
    assert majorities(np.array([2]), one, one, one, 3).tolist() == [0]


def test_labels_that_are_no_candidates_are_not_counted():
    assert majorities(np.array([-1, -1, 1]), np.zeros(3, int), np.zeros(1, int), None, 2) == [1]


def test_many_groups_go_through_in_parts():
    rng = np.random.default_rng(0)
    labels, place = rng.integers(3, size=5000), rng.integers(2, size=5000)
    own = np.arange(5000)
    found = majorities(labels, place, place, own, 3)
    for row in rng.integers(5000, size=20):
        others = labels[(place == place[row]) & (own != row)]
        assert found[row] == np.bincount(others).argmax()
