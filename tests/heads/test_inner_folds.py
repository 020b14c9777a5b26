import numpy as np
import pytest

from fieldmark.core.errors import ManifestError, StudyError
from fieldmark.heads.inner_folds import Plateau, group_codes, inner_folds, plateau_of


def test_groups_stay_whole_and_classes_are_shared_out() -> None:
    generator = np.random.default_rng(0)
    groups = generator.permutation(np.arange(200) % 40)
    labels = groups % 2
    folds = inner_folds(labels, groups, 4)
    for group in range(40):
        assert len(set(folds[groups == group])) == 1
    for fold in range(4):
        assert (folds == fold).sum() == 50
        assert labels[folds == fold].mean() == pytest.approx(0.5, abs=0.05)


def test_few_groups_make_few_folds() -> None:
    assert inner_folds(np.array([0, 1, 1]), np.array([5, 5, 9]), 5).tolist() == [0, 0, 1]


def test_one_group_for_each_image() -> None:
    with pytest.raises(ManifestError, match="for each of the 3 training images; got 1"):
        group_codes(["a"], 3)


def test_the_plateau_holds_what_is_within_one_standard_error() -> None:
    losses = np.array([[0.9, 1.1], [0.5, 0.7], [0.4, 0.6], [0.8, 0.9]])
    plateau = plateau_of("C", (0.1, 1.0, 10.0, 100.0), losses)
    assert plateau.chosen == 10.0
    assert plateau.errors == pytest.approx((0.1, 0.1, 0.1, 0.05))
    assert plateau.within == (1.0, 10.0)
    assert not plateau.is_at_edge
    assert "as good within one standard error: 1, 10." in plateau.in_words


def test_the_edge_of_the_grid_is_told() -> None:
    plateau = plateau_of("C", (0.1, 1.0), np.array([[0.5], [0.4]]))
    assert plateau.is_at_edge
    assert plateau.errors == (0.0, 0.0)
    assert plateau.in_words.endswith("the grid ends at 1, try beyond.")
    assert not Plateau("C", (1.0,), (0.5,), (0.0,), 1.0, 2).is_at_edge


def test_losses_that_are_not_finite_are_refused() -> None:
    with pytest.raises(StudyError, match="finite losses over the inner folds of 'C'"):
        plateau_of("C", (1.0,), np.array([[np.nan]]))
