import numpy as np
import polars as pl
import pytest

from fieldmark.core.errors import FieldmarkError
from fieldmark.manifest.taxonomy import build_taxonomy
from fieldmark.report.replies import reply_of

TREE = build_taxonomy(
    pl.DataFrame({"genus": ["A", "A", "B"], "species": ["A. x", "A. y", "B. z"]}),
    ("genus", "species"),
)
LEAVES = ("B. z", "A. x", "A. y")


def reply(scores, **options):
    given = {"of": "a.jpg", "is_probability": True, "truth": "A. x"} | options
    return reply_of(np.array(scores), LEAVES, TREE, **given)


def test_the_path_is_above_the_best_leaf_and_its_probabilities_are_sums() -> None:
    found = reply([0.4, 0.35, 0.25])
    genus, species = found.path
    assert (genus.rank, genus.name, genus.truth) == ("genus", "B", "A")
    assert genus.probability == pytest.approx(0.4)
    assert genus.alone == ("A", pytest.approx(0.6))
    assert (species.name, species.alone) == ("B. z", None)
    assert found.departs_at == "genus"
    assert found.top == (("B. z", 0.4), ("A. x", 0.35), ("A. y", 0.25))


def test_it_departs_at_the_coarsest_rank_that_is_wrong() -> None:
    found = reply([0.1, 0.3, 0.6])
    assert found.departs_at == "species"
    assert found.sure_of == "genus A"
    assert reply([0.1, 0.8, 0.1]).departs_at == ""
    assert reply([0.1, 0.8, 0.1]).sure_of == "species A. x"
    assert reply([0.1, 0.8, 0.1], sure=0.95).sure_of == ""


def test_without_a_label_nothing_departs() -> None:
    found = reply([0.1, 0.3, 0.6], truth=None)
    assert (found.has_truth, found.departs_at) == (False, "")


def test_similarities_are_not_summed() -> None:
    found = reply([0.1, 0.9, 0.95], is_probability=False)
    assert [node.probability for node in found.path] == [None, None]
    assert (found.sure_of, found.departs_at) == ("", "species")


def test_ties_go_to_the_class_that_comes_first() -> None:
    assert [name for name, _ in reply([0.3, 0.4, 0.3]).top] == ["A. x", "B. z", "A. y"]


@pytest.mark.parametrize("scores", [np.zeros(2), np.zeros((1, 3))])
def test_scores_of_another_shape_are_refused(scores) -> None:
    with pytest.raises(FieldmarkError, match="Expected one score for each of 3 classes"):
        reply(scores)
