"""Photos of one specimen become one row, by a stated rule."""

import numpy as np
import numpy.typing as npt
import polars as pl
import pytest

from fieldmark.core.errors import PredictionsError
from fieldmark.manifest.labels import LabelSpace
from fieldmark.predictions.header import PredictionsHeader, ScoreKind
from fieldmark.predictions.pooling import RULES, PoolingRule, pool
from fieldmark.predictions.table import Predictions

SCORES = np.array([[0.6, 0.3, 0.1], [0.2, 0.7, 0.1], [0.1, 0.2, 0.7]])


def table(
    scores: npt.NDArray[np.float64] = SCORES,
    kind: str = "probabilities",
    **columns: list[str | None],
) -> Predictions:
    """Return three photos: two of tree "t", one of "u"."""
    items = pl.DataFrame(
        {"id": ["1", "2", "3"], "label": ["oak", "oak", "elm"], "tree": ["t", "t", "u"]} | columns
    )
    header = PredictionsHeader(score_kind=ScoreKind(kind), contender="probe", split="test")
    return Predictions(header, items, LabelSpace(("oak", "ash", "elm")), scores)


def test_the_arithmetic_mean_is_the_mean_of_probabilities() -> None:
    pooled = pool(table(), "tree")
    assert pooled.ids.to_list() == ["t", "u"]
    assert pooled.labels.to_list() == ["oak", "elm"]
    assert pooled.items["photos"].to_list() == [2, 1]
    np.testing.assert_allclose(pooled.scores, [[0.4, 0.5, 0.1], [0.1, 0.2, 0.7]])


def test_the_log_rule_is_the_geometric_mean() -> None:
    pooled = pool(table(), "tree", rule="log")
    raw = np.sqrt(SCORES[0] * SCORES[1])
    np.testing.assert_allclose(pooled.scores[0], raw / raw.sum())


def test_the_maximum_is_divided_by_its_sum() -> None:
    np.testing.assert_allclose(
        pool(table(), "tree", rule="maximum").scores[0], np.array([0.6, 0.7, 0.1]) / 1.4
    )


def test_votes_are_shares_and_ties_go_to_the_class_that_comes_first() -> None:
    pooled = pool(table(), "tree", rule="vote")
    assert pooled.scores.tolist() == [[0.5, 0.5, 0.0], [0.0, 0.0, 1.0]]
    assert pooled.scores.argmax(axis=1).tolist() == [0, 2]


def test_logits_are_pooled_as_probabilities() -> None:
    pooled = pool(table(np.log(SCORES) + 3.0, "logits"), "tree")
    assert pooled.header.score_kind.value == "probabilities"
    np.testing.assert_allclose(pooled.scores, pool(table(), "tree").scores)


def test_similarities_stay_similarities() -> None:
    pooled = pool(table(SCORES - 0.5, "similarities"), "tree")
    assert pooled.header.score_kind.value == "similarities"
    np.testing.assert_allclose(pooled.scores[0], [-0.1, 0.0, -0.4], atol=1e-12)


def test_what_is_the_same_for_all_photos_stays_and_what_is_not_goes() -> None:
    pooled = pool(table(site=["n", "n", "s"], angle=["1", "2", "1"], group=["g", "g", "h"]), "tree")
    assert pooled.items.columns == ["id", "label", "site", "group", "photos"]
    assert pooled.header.provenance["pooled_photos"] == 3


def test_pooling_by_group_keeps_the_groups() -> None:
    pooled = pool(table(group=["g", "g", "h"]), "group")
    assert pooled.groups is not None
    assert pooled.groups.to_list() == ["g", "h"]


@pytest.mark.parametrize("rule", RULES)
def test_one_photo_each_keeps_the_answers(rule: PoolingRule) -> None:
    single = pool(table(), "id", rule=rule)
    assert single.scores.argmax(axis=1).tolist() == SCORES.argmax(axis=1).tolist()


def test_two_labels_of_one_specimen_are_refused() -> None:
    with pytest.raises(PredictionsError, match=r"1 specimen of 2 have several \(first: 't'\)"):
        pool(table(label=["oak", "ash", "elm"]), "tree")


def test_a_photo_without_a_specimen_is_refused() -> None:
    with pytest.raises(PredictionsError, match=r"1 photo of 3 have none \(first: '2'\)"):
        pool(table(tree=["t", None, "u"]), "tree")


def test_unknown_columns_and_rules_are_refused() -> None:
    with pytest.raises(PredictionsError, match="column to pool by"):
        pool(table(), "plot")
    with pytest.raises(PredictionsError, match="'label' is what its photos are asked for"):
        pool(table(), "label")
    with pytest.raises(PredictionsError, match="pooling rule"):
        pool(table(), "tree", rule="median")  # type: ignore[arg-type]
    with pytest.raises(PredictionsError, match="Similarities have no logarithm"):
        pool(table(SCORES, "similarities"), "tree", rule="log")
