import numpy as np
import polars as pl
import pytest

from fieldmark.core.errors import PredictionsError
from fieldmark.evaluation.answers import Answers
from fieldmark.evaluation.evaluate import evaluate_predictions
from fieldmark.evaluation.tree_distance import (
    lca_heights,
    shared_information,
    tree_item_metrics,
)
from fieldmark.manifest.taxonomy import build_taxonomy


def values(metrics) -> dict[str, float]:
    return {
        one.metric: float(np.mean(one.values if one.counted is None else one.values[one.counted]))
        for one in metrics
    }


def test_heights_count_the_edges_to_the_common_ancestor(tree) -> None:
    every = np.arange(4)
    assert lca_heights(tree, every[:, None], every).tolist() == [
        [0, 1, 2, 3],
        [1, 0, 2, 3],
        [2, 2, 0, 3],
        [3, 3, 3, 0],
    ]
    assert lca_heights(tree, [], []).shape == (0,)


def test_information_is_that_of_the_leaves_below(tree) -> None:
    found = shared_information(tree, [0, 0, 0, 0], [0, 1, 2, 3])
    assert found == pytest.approx([1.0, 0.5, np.log2(4 / 3) / 2, 0.0])


def test_a_single_leaf_shares_everything() -> None:
    alone = build_taxonomy(pl.DataFrame({"genus": ["K"], "species": ["a"]}), ("genus", "species"))
    assert shared_information(alone, [0], [0]).tolist() == [1.0]


@pytest.mark.parametrize("place", [-1, 4])
def test_positions_outside_the_tree_are_refused(tree, place: int) -> None:
    with pytest.raises(PredictionsError, match="positions of leaves from 0 to 3; got"):
        lca_heights(tree, [0], [place])


def test_a_filled_gap_is_a_node_like_any_other() -> None:
    frame = pl.DataFrame(
        {"family": ["F", "", ""], "genus": ["K", "L", "L"], "species": ["a", "b", "c"]}
    )
    gaps = build_taxonomy(frame, ("family", "genus", "species"))
    assert lca_heights(gaps, [1, 0], [2, 1]).tolist() == [1, 3]


def test_the_metrics_of_four_answers(tree) -> None:
    leaf = Answers(
        rank=None,
        classes=("a", "b", "c", "d"),
        candidates=4,
        truth=np.array([0, 0, 0, 0]),
        predicted=np.array([0, 1, 2, 3]),
    )
    found = values(tree_item_metrics(leaf, tree))
    assert found["mean_lca_height"] == pytest.approx(6 / 4)
    assert found["mistake_severity"] == pytest.approx(2.0)
    for metric in ("hierarchical_precision", "hierarchical_recall", "hierarchical_f1"):
        assert found[metric] == pytest.approx(6 / 12)
    assert found["hierarchical_information"] == pytest.approx((1.5 + np.log2(4 / 3) / 2) / 4)


def test_an_unknown_label_has_its_place_in_the_tree(make, tree) -> None:
    """The contender knows a, c and d only; the label b is answered with its sister a."""
    table = make([[0.8, 0.1, 0.1]], ["b"], classes=["a", "c", "d"], taxonomy=tree)
    found = evaluate_predictions(table, resamples=10)
    assert found.estimate("accuracy").value == 0.0
    assert found.estimate("mistake_severity").value == 1.0
    assert found.estimate("hierarchical_f1").value == pytest.approx(2 / 3)


def test_severity_has_no_value_where_nothing_is_wrong(make, tree) -> None:
    table = make(np.eye(4)[[0, 1]] * 0.7 + 0.075, ["a", "b"], taxonomy=tree)
    severity = evaluate_predictions(table, resamples=10).estimate("mistake_severity")
    assert (severity.value, severity.n, severity.method) == (None, 0, "nothing to divide")


def test_a_tree_of_leaves_alone_adds_nothing(answers) -> None:
    flat = build_taxonomy(pl.DataFrame({"species": ["class 0", "class 1"]}), ("species",))
    assert tree_item_metrics(answers([0, 1], [0, 1], classes=2), flat) == ()
