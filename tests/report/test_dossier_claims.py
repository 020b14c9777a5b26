import numpy as np
import pytest
from scipy.stats import beta

from fieldmark.evaluation.resampling import units_of
from fieldmark.report.dossier_claims import at_least_of


def claim(missed: int, of: int):
    right = np.arange(of) >= missed
    everyone = np.ones(of, dtype=bool)
    return at_least_of(right, everyone, units_of(None, n=of), rank="genus", name="Amanita")


def test_the_bound_is_that_of_clopper_and_pearson_one_sided() -> None:
    for missed, of in ((0, 59), (2, 135), (6, 135), (40, 41)):
        found = claim(missed, of)
        assert (found.named, found.of, found.unit) == (of - missed, of, "image")
        assert found.bound == pytest.approx(beta.ppf(0.05, of - missed, missed + 1))
    assert claim(4, 4).bound == 0.0


def test_135_images_allow_two_misses_for_a_claim_of_95_per_cent() -> None:
    assert [claim(missed, 135).bound >= 0.95 for missed in (0, 1, 2, 3)] == [True] * 3 + [False]
    at_95, at_99 = claim(2, 135).plans
    assert (at_95.max_misses, at_95.feasible) == (2, True)
    assert (at_99.max_misses, at_99.needed_by_misses[0]) == (None, 299)
    said = claim(6, 135).in_words
    assert said.startswith("129 of 135 images were named at least the genus Amanita: with 95 % ")
    assert said.endswith(
        "135 images allow at most 2 misses for a claim of 95 % at 95 % confidence."
    )
    assert "9 images are too few for a claim of 95 %" in claim(0, 9).in_words


def test_a_group_is_named_when_every_image_of_the_class_in_it_is() -> None:
    labelled = np.array([True] * 6 + [False] * 2)
    right = np.array([True, True, True, False, True, True, False, False])
    groups = units_of(["a", "a", "b", "b", "c", "c", "a", "d"], n=8)
    found = at_least_of(right, labelled, groups, rank="genus", name="Amanita")
    assert (found.named, found.of, found.unit) == (2, 3, "group")
    assert "2 of 3 groups were named at least the genus Amanita in every image" in found.in_words


def test_groups_with_one_image_of_the_class_each_are_images() -> None:
    labelled = np.array([True, False, True, False])
    found = at_least_of(labelled, labelled, units_of(["a", "a", "b", "b"], n=4), rank="r", name="n")
    assert (found.of, found.unit) == (2, "image")
