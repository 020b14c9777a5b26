import json

import numpy as np
import polars as pl
import pytest

from fieldmark.core.errors import NotComparableError, PredictionsError
from fieldmark.evaluation.metrics import METRICS
from fieldmark.evaluation.retrieval_evaluate import RetrievalSettings, evaluate_rankings
from fieldmark.evaluation.retrieval_forced_choice import forced_choice_accuracy
from fieldmark.evaluation.retrieval_metrics import RETRIEVAL_METRICS
from fieldmark.evaluation.retrieval_record import RetrievalEvaluation
from fieldmark.predictions.rankings import (
    Rankings,
    RankingsHeader,
    SimilarityLists,
    SimilarityMatrix,
)
from fieldmark.synthetic.rankings import RankingShape, draw_rankings

SHAPE = RankingShape(
    d_prime=1.5,
    candidates=(1, 1, 2, 2, 3, 3, 4, 5, 6, 8, 9, 12),
    queries_per_identity=4,
    photos_per_identity=2,
    new_share=0.1,
)


def drawn(seed: int = 0, shape: RankingShape = SHAPE, **fields: object) -> Rankings:
    made = draw_rankings(np.random.default_rng(seed), shape)
    header = RankingsHeader(similarity="other", contender="trees", split="test")
    given = {
        "header": header,
        "queries": made.queries,
        "gallery": made.gallery,
        "similarities": SimilarityMatrix(made.similarities),
        "training_ids": ("t",),
    }
    return Rankings(**(given | fields))  # type: ignore[arg-type]


def prefixed(queries: pl.DataFrame, word: str, column: str = "id") -> pl.DataFrame:
    return queries.with_columns(pl.format("{} {}", pl.lit(word), column).alias(column))


@pytest.fixture(scope="module")
def rankings() -> Rankings:
    return drawn()


@pytest.fixture(scope="module")
def found(rankings: Rankings) -> RetrievalEvaluation:
    settings = RetrievalSettings(radius_metres=60.0, threshold=1.0, resamples=300)
    return evaluate_rankings(rankings, settings)


def test_every_metric_of_every_scope_is_measured_and_no_other(found: RetrievalEvaluation) -> None:
    measured = [one.metric for one in found.estimates]
    assert sorted(measured) == sorted(metric.identifier for metric in RETRIEVAL_METRICS)
    for scope in found.scopes:
        order = [list(METRICS).index(one.metric) for one in scope.estimates]
        assert order == sorted(order)


def test_every_share_of_all_queries_has_the_same_denominator(found: RetrievalEvaluation) -> None:
    for metric in ("rank_1", "rank_5", "mrr", "mean_average_precision", "coverage"):
        for suffix in ("", "_in_group", "_in_radius"):
            estimate = found.estimate(f"{metric}{suffix}")
            assert estimate.n == found.queries
            assert estimate.denominator.startswith(f"all {found.queries} queries; candidates are")
    assert found.estimate("rank_1_in_radius").denominator.endswith("photos within 60 m")


def test_groups_are_drawn_where_there_are_any(found: RetrievalEvaluation, rankings) -> None:
    assert found.cluster == "12 groups"
    words = "cluster bootstrap by group (12 groups), 300 resamples, seed 0"
    assert found.estimate("rank_1").method == words
    other = evaluate_rankings(rankings, RetrievalSettings(cluster="identity", resamples=50))
    assert other.cluster == "56 identities"
    assert "by identity (56 identities)" in other.estimate("rank_1").method


def test_numbers_agree_with_each_other(found: RetrievalEvaluation) -> None:
    scope = found.scopes[1]
    value = {one.metric.removesuffix("_in_group"): one.value for one in scope.estimates}
    assert value["rank_1"] <= value["identity_rank_3"] <= value["coverage"]
    assert value["rank_1_above_chance"] == pytest.approx(
        value["rank_1"] - value["chance_by_identity"]
    )
    assert value["baks_baus"] == pytest.approx(np.sqrt(value["baks"] * value["baus"]))
    places = dict(scope.places)
    assert sum(places.values()) == found.queries
    assert places["1"] / found.queries == pytest.approx(value["rank_1"])
    assert places["no candidate"] / found.queries == pytest.approx(1 - value["coverage"])
    choices = sum(one.queries for one in scope.by_candidates if one.high > 1)
    assert sum(scope.margins.right) + sum(scope.margins.wrong) == choices
    assert sum(one.queries for one in scope.by_photos) == choices


def test_a_bin_tells_its_chance_and_its_own_d_prime(found: RetrievalEvaluation) -> None:
    bins = found.scopes[1].by_candidates
    trivial, pair = bins[0], bins[1]
    assert (trivial.low, trivial.accuracy.value, trivial.d_prime) == (1, 1.0, None)
    assert (pair.low, pair.high, pair.chance) == (2, 2, 0.5)
    solved = forced_choice_accuracy(pair.d_prime.value, 2)
    assert float(solved) == pytest.approx(pair.accuracy.value, abs=1e-4)
    assert pair.accuracy.low is None
    assert pair.accuracy.method.startswith("no interval: only ")


def test_baselines_are_beside_it_and_the_skill_is_to_the_best(found: RetrievalEvaluation) -> None:
    names = {one.contender for one in found.baselines}
    assert names == {
        "random candidate identity",
        "random order of the candidate photos",
        "most photographed candidate",
        "nearest location",
    }
    for suffix in ("", "_in_group", "_in_radius"):
        of_scope = [one for one in found.baselines if one.metric == f"rank_1{suffix}"]
        best = max(one.value for one in of_scope)
        value = found.estimate(f"rank_1{suffix}").value
        skill = found.estimate(f"rank_1{suffix}_skill").value
        assert skill == pytest.approx((value - best) / (1 - best))


def test_the_record_is_json_and_the_same_again(found: RetrievalEvaluation, rankings) -> None:
    settings = RetrievalSettings(radius_metres=60.0, threshold=1.0, resamples=300)
    again = evaluate_rankings(rankings, settings)
    text = json.dumps(found.to_dict(), allow_nan=False)
    assert text == json.dumps(again.to_dict(), allow_nan=False)
    assert not found.is_dead
    assert found.estimate("no such metric") is None


def test_without_groups_locations_and_threshold_there_is_less(rankings: Rankings) -> None:
    bare = Rankings(
        RankingsHeader(similarity="other", contender="trees"),
        rankings.queries.select("id", "identity"),
        rankings.gallery.select("id", "identity"),
        rankings.similarities,
    )
    found = evaluate_rankings(bare, RetrievalSettings(resamples=50))
    assert [scope.scope for scope in found.scopes] == ["gallery"]
    assert found.estimate("baks") is None
    assert found.scopes[0].worst_groups == ()
    assert "nearest location" not in {one.contender for one in found.baselines}
    assert found.cluster == "56 identities"
    assert [flag.code for flag in found.warnings] == ["training-unknown"]


def test_independent_queries_get_wilson() -> None:
    names = [f"tree {n}" for n in range(30)]
    sides = [
        pl.DataFrame({"id": [f"{side}{n}" for n in range(30)], "identity": names}) for side in "qg"
    ]
    header = RankingsHeader(similarity="other", contender="trees")
    rankings = Rankings(header, sides[0], sides[1], SimilarityMatrix(np.eye(30)), training_ids=())
    found = evaluate_rankings(rankings, RetrievalSettings(resamples=50))
    assert found.estimate("rank_1").method == "Wilson"
    assert found.estimate("rank_1").value == 1.0
    d_prime = found.estimate("d_prime")
    assert (d_prime.value, d_prime.low) == (None, None)
    assert d_prime.method == "not defined: all answers are right, or all wrong"
    chance = found.estimate("chance_by_identity")
    assert (chance.low, chance.method) == (None, "no interval: no variation over 30 queries")
    assert found.cluster == "30 queries"
    assert found.estimate("standardised_margin").value is None
    assert found.scopes[0].margins is None
    assert found.scopes[0].expected_failing is None


def test_short_lists_say_what_is_not_known(rankings: Rankings) -> None:
    values = rankings.similarities.arrays["similarities"]
    order = np.argsort(-values, axis=1)[:, :4]
    rows = np.arange(rankings.n)[:, None]
    lists = SimilarityLists(
        np.arange(0, order.size + 1, 4), order.ravel(), values[rows, order].ravel(), values.shape[1]
    )
    made = drawn(similarities=lists)
    found = evaluate_rankings(made, RetrievalSettings(resamples=50))
    whole = evaluate_rankings(rankings, RetrievalSettings(resamples=50))
    for metric in ("rank_1", "rank_3", "d_prime", "coverage"):
        assert found.estimate(metric) == whole.estimate(metric)
    for metric in ("rank_5", "mrr", "mean_average_precision"):
        assert found.estimate(metric).value is None
        assert found.estimate(metric).method.startswith("not known: the lists of ")
    assert "short-lists" in {flag.code for flag in found.warnings}
    assert dict(found.scopes[0].places)["beyond the list"] > 0


def test_a_threshold_is_fitted_on_other_queries_only(rankings: Rankings) -> None:
    other = drawn(5)
    named = prefixed(other.queries, "other")
    calibration = drawn(5, queries=named)
    settings = RetrievalSettings(calibration=calibration, resamples=50)
    found = evaluate_rankings(rankings, settings)
    assert [scope.threshold_source for scope in found.scopes] == ["fitted on 'test'"] * 2
    stated = RetrievalSettings(threshold=found.scopes[1].threshold, resamples=50)
    again = evaluate_rankings(rankings, stated)
    assert again.estimate("baks_in_group") == found.estimate("baks_in_group")
    assert found.estimate("baks_baus_in_group").value > 0.3


def test_settings_that_contradict_are_refused(rankings: Rankings) -> None:
    with pytest.raises(PredictionsError, match=r"stated threshold or .* got both \(0.5 and 'test'"):
        RetrievalSettings(threshold=0.5, calibration=rankings)
    with pytest.raises(PredictionsError, match="Expected a similarity as threshold; got NaN"):
        RetrievalSettings(threshold=float("nan"))
    with pytest.raises(PredictionsError, match="Expected a level between 0 and 1"):
        RetrievalSettings(level=1.5)
    with pytest.raises(PredictionsError, match="cluster to be group or identity; got 'tree'"):
        evaluate_rankings(rankings, RetrievalSettings(cluster="tree"))
    bare = drawn(queries=rankings.queries.drop("group"))
    with pytest.raises(PredictionsError, match="a column 'group' in the queries, to draw groups"):
        evaluate_rankings(bare, RetrievalSettings(cluster="group"))


def test_another_contender_cannot_lend_its_threshold(rankings: Rankings) -> None:
    other = drawn(
        5,
        header=RankingsHeader(similarity="other", contender="birds"),
        queries=prefixed(drawn(5).queries, "other"),
    )
    with pytest.raises(NotComparableError, match="contender: birds against trees"):
        evaluate_rankings(rankings, RetrievalSettings(calibration=other))


@pytest.mark.parametrize(("share", "missing"), [(0.0, "of a new individual"), (None, "with its")])
def test_a_threshold_needs_known_and_new(rankings: Rankings, share, missing: str) -> None:
    shape = RankingShape(d_prime=1.0, candidates=(2, 3), new_share=share or 0.0)
    other = drawn(5, shape)
    queries = prefixed(other.queries, "other")
    if share is None:
        queries = prefixed(queries, "new", "identity")
    with pytest.raises(PredictionsError, match=f"none is {missing}"):
        evaluate_rankings(rankings, RetrievalSettings(calibration=drawn(5, shape, queries=queries)))


def test_trained_identities_are_a_slice_of_their_own(rankings: Rankings) -> None:
    names = tuple(rankings.queries["identity"].unique().sort().to_list()[:20])
    found = evaluate_rankings(drawn(training_identities=names), RetrievalSettings(resamples=50))
    trained, new = found.scopes[0].slices
    assert (trained.name, new.name) == ("identity was trained on", "identity was not trained on")
    assert trained.queries == 80
    assert trained.queries + new.queries == found.queries
