import numpy as np
import polars as pl
import pytest

from fieldmark.decision.decoding import DECODERS, decode_all, decoder_of
from fieldmark.decision.path_estimates import Intervals, path_estimates
from fieldmark.decision.path_quantities import Poison
from fieldmark.decision.paths import Paths
from fieldmark.decision.rank_head_paths import rank_wise_sums
from fieldmark.evaluation.estimates import find_estimate, wilson
from fieldmark.evaluation.evaluate import evaluate_predictions

SOME = Intervals(resamples=400)


def grouped(paths, groups):
    items = paths.items.with_columns(group=pl.Series(groups))
    return Paths(
        decoder=paths.decoder,
        taxonomy=paths.taxonomy,
        nodes=paths.nodes,
        items=items,
        contender=paths.contender,
        candidates=paths.candidates,
    )


def test_ancestors_of_the_best_leaf_are_what_evaluate_reports(fungi):
    many = fungi("c", 400)
    found = path_estimates(decode_all(many, [decoder_of("leaf")])[0], how=SOME)
    evaluated = evaluate_predictions(many, resamples=10)
    for metric in ("all_ranks_right", "hierarchical_f1", "mean_lca_height", "mistake_severity"):
        own, other = find_estimate(found, metric), evaluated.estimate(metric)
        assert own.value == pytest.approx(other.value)
        assert own.n == other.n
    for rank in ("family", "genus"):
        own = find_estimate(found, "right_at_rank", rank)
        assert own.value == pytest.approx(evaluated.estimate("accuracy", rank).value)
        assert (own.low, own.high) == wilson(round(own.value * 400), 400)
    torn = path_estimates(rank_wise_sums(many), how=SOME)
    assert find_estimate(torn, "path_contradiction_rate").value == pytest.approx(
        evaluated.estimate("contradiction_rate").value
    )


def test_no_decoder_contradicts_itself(fungi):
    for paths in decode_all(fungi("c", 200), [decoder_of(name) for name in DECODERS]):
        found = find_estimate(path_estimates(paths, how=SOME), "path_contradiction_rate")
        assert (found.value, found.low, found.n) == (0.0, 0.0, 200)


def test_precision_and_recall_part_once_answers_stop_early(fungi):
    paths = decode_all(fungi("c", 400), [decoder_of("threshold", threshold=0.8)])[0]
    found = path_estimates(paths, how=SOME)
    precision, recall, f1 = (
        find_estimate(found, f"hierarchical_{name}") for name in ("precision", "recall", "f1")
    )
    assert precision.value > recall.value
    harmonic = 2 * precision.value * recall.value / (precision.value + recall.value)
    assert f1.value == pytest.approx(harmonic)
    for one in (precision, recall, f1):
        assert one.low < one.value < one.high
        assert one.method == "bootstrap"


def test_drawing_rows_of_equal_values_is_drawing_items(fungi):
    """The interval of a mean over items is the normal one, as many items go into it."""
    paths = decode_all(fungi("c", 900), [decoder_of("leaf")])[0]
    found = find_estimate(path_estimates(paths, how=Intervals(resamples=4000)), "mean_lca_height")
    heights = 3 - paths.shared
    half = 1.96 * heights.std(ddof=1) / np.sqrt(900)
    assert found.high - found.low == pytest.approx(2 * half, rel=0.08)


def test_groups_are_drawn_whole(fungi):
    paths = decode_all(fungi("c", 300), [decoder_of("leaf")])[0]
    ordered = np.argsort(paths.shared)
    groups = np.empty(300, dtype=object)
    groups[ordered] = [f"g{i // 30}" for i in range(300)]
    alone = find_estimate(path_estimates(paths, how=SOME), "all_ranks_right")
    found = find_estimate(path_estimates(grouped(paths, groups), how=SOME), "all_ranks_right")
    assert found.value == alone.value
    assert found.high - found.low > 2 * (alone.high - alone.low)
    assert found.method == "cluster bootstrap by group (10 groups)"


def test_what_is_over_nothing_has_no_value(tree):
    items = pl.DataFrame({"id": ["1"], "label": ["s00"]})
    none = Paths(
        decoder="threshold", taxonomy=tree, nodes=[[-1, -1, -1]], items=items, contender="probe"
    )
    found = path_estimates(none, poison=Poison(frozenset({"s00"})), how=SOME)
    accuracy = find_estimate(found, "accuracy_of_answered", "genus")
    assert (accuracy.value, accuracy.low, accuracy.method) == (None, None, "nothing to divide by")
    assert find_estimate(found, "hierarchical_precision").value is None
    assert find_estimate(found, "realised_cost").value == 0.0
    height = find_estimate(found, "mean_lca_height")
    assert (height.value, height.low) == (3.0, None)
