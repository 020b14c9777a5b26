"""Rankings against a loop over single queries that sorts one list at a time, and torchmetrics."""

import math

import numpy as np
import polars as pl
import pytest

from fieldmark.evaluation.retrieval_baselines import random_order
from fieldmark.evaluation.retrieval_distance import haversine_metres
from fieldmark.evaluation.retrieval_places import rank_queries
from fieldmark.evaluation.retrieval_scopes import Scope
from fieldmark.predictions.rankings import Rankings, RankingsHeader, SimilarityMatrix
from fieldmark.synthetic.rankings import RankingShape, draw_rankings

SCOPES = [Scope("gallery"), Scope("group"), Scope("radius", 600.0)]


def drawn(seed: int, *, digits: int | None = None) -> Rankings:
    """Return rankings in which a third of the queries are in the gallery too."""
    shape = RankingShape(
        d_prime=1.0,
        candidates=(1, 2, 3, 5, 9),
        queries_per_identity=4,
        photos_per_identity=3,
        other_groups=0.5,
        new_share=0.1,
        position_metres=200.0,
    )
    made = draw_rankings(np.random.default_rng(seed), shape)
    values = made.similarities if digits is None else made.similarities.round(digits)
    ids = made.gallery["id"].to_list()
    for row in range(0, made.queries.height, 3):
        same = np.flatnonzero(made.gallery["identity"] == made.queries["identity"][row])
        if same.size:
            ids[same[row % same.size]] = made.queries["id"][row]
    gallery = made.gallery.with_columns(pl.Series("id", ids))
    return Rankings(
        RankingsHeader(similarity="other", contender="trees"),
        made.queries,
        gallery,
        SimilarityMatrix(values),
    )


def slow_ranks(rankings: Rankings, scope: Scope, *, other_sessions_only: bool) -> dict[str, list]:
    found: dict[str, list] = {
        name: []
        for name in ("photos", "identities", "place", "first_right", "ap", "at_r", "first", "tied")
    }
    values = rankings.similarities.arrays["similarities"]
    photos = list(rankings.gallery.iter_rows(named=True))
    here, there = (
        side.select("latitude", "longitude").to_numpy()
        for side in (rankings.queries, rankings.gallery)
    )
    apart = haversine_metres(here, there)
    for row, query in enumerate(rankings.queries.iter_rows(named=True)):
        pool = []
        for column, photo in enumerate(photos):
            if photo["id"] == query["id"]:
                continue
            if scope.name == "group" and photo["group"] != query["group"]:
                continue
            if scope.radius_metres is not None and apart[row, column] > scope.radius_metres:
                continue
            if other_sessions_only and photo["session"] == query["session"]:
                continue
            is_right = photo["identity"] == query["identity"]
            pool.append((-values[row, column], is_right, photo["identity"]))
        pool.sort(key=lambda one: one[:2])
        flags = [one[1] for one in pool]
        best: dict[str, float] = {}
        for minus, _, identity in pool:
            best[identity] = max(best.get(identity, -math.inf), -minus)
        own = best.get(query["identity"])
        others = {name: value for name, value in best.items() if name != query["identity"]}
        found["photos"].append(len(pool))
        found["identities"].append(len(best))
        hits = [place for place, flag in enumerate(flags, 1) if flag]
        found["first_right"].append(hits[0] if hits else len(pool) + 1)
        precisions = [(number, place) for number, place in enumerate(hits, 1)]
        found["ap"].append(np.mean([n / p for n, p in precisions]) if hits else 0.0)
        early = [n / p for n, p in precisions if p <= len(hits)]
        found["at_r"].append(sum(early) / len(hits) if hits else 0.0)
        if own is None:
            found["place"].append(len(best) + 1)
            found["tied"].append(False)
        else:
            found["place"].append(1 + sum(value >= own for value in others.values()))
            found["tied"].append(bool(others) and max(others.values()) == own)
        leaders = sorted(others, key=lambda name: (-others[name], name))
        is_first = own is not None and found["place"][-1] == 1
        found["first"].append(query["identity"] if is_first else leaders[0] if leaders else None)
    return found


@pytest.mark.parametrize("scope", SCOPES, ids=lambda scope: scope.name)
@pytest.mark.parametrize("digits", [None, 1], ids=["untied", "tied"])
@pytest.mark.parametrize("other_sessions_only", [False, True], ids=["all", "other sessions"])
def test_places_equal_those_of_sorted_lists(scope, digits, other_sessions_only) -> None:
    rankings = drawn(3, digits=digits)
    slow = slow_ranks(rankings, scope, other_sessions_only=other_sessions_only)
    fast = rank_queries(rankings, scope, other_sessions_only=other_sessions_only)
    for name in ("photos", "identities", "place", "first_right", "tied"):
        assert getattr(fast, name).tolist() == slow[name], name
    assert fast.average_precision == pytest.approx(slow["ap"], abs=1e-12)
    assert fast.precision_at_r == pytest.approx(slow["at_r"], abs=1e-12)
    names = (*fast.coded.names, None)
    assert [names[code] for code in fast.first.tolist()] == slow["first"]
    assert (digits is None) == (not fast.tied.any())


def test_retrieval_metrics_equal_those_of_torchmetrics() -> None:
    retrieval = pytest.importorskip("torchmetrics.functional.retrieval")
    import torch

    rankings = drawn(5)
    fast = rank_queries(rankings, Scope("gallery"))
    values = rankings.similarities.arrays["similarities"]
    # torchmetrics takes what is not above 0 for irrelevant
    values = values - values.min() + 1.0
    queries, gallery = rankings.queries, rankings.gallery
    for row in range(0, rankings.n, 4):
        keep = np.flatnonzero(gallery["id"].to_numpy() != queries["id"][row])
        target = gallery["identity"].to_numpy()[keep] == queries["identity"][row]
        given = torch.tensor(values[row, keep]), torch.tensor(target)
        is_found = bool(fast.covered[row])
        ours = (
            fast.average_precision[row],
            is_found / fast.first_right[row],
            is_found and fast.first_right[row] <= 5,
        )
        theirs = (
            retrieval.retrieval_average_precision(*given),
            retrieval.retrieval_reciprocal_rank(*given),
            retrieval.retrieval_hit_rate(*given, top_k=5),
        )
        assert ours == pytest.approx([float(one) for one in theirs], abs=1e-6)


@pytest.mark.parametrize(("photos", "right"), [(1, 1), (4, 1), (6, 3), (7, 7), (12, 5)])
def test_a_random_order_scores_what_many_shuffles_do(photos: int, right: int) -> None:
    rng = np.random.default_rng(photos)
    flags = np.arange(photos) < right
    orders = np.array([rng.permutation(flags) for _ in range(20_000)])
    places = np.arange(1, photos + 1)
    precision = np.cumsum(orders, axis=1) / places * orders
    expected = [
        *(orders[:, :k].any(axis=1).mean() for k in (1, 3, 5, 10)),
        (precision.sum(axis=1) / right).mean(),
        (precision[:, :right].sum(axis=1) / right).mean(),
        (1 / (orders.argmax(axis=1) + 1)).mean(),
    ]
    assert random_order([photos], [right])[:, 0] == pytest.approx(expected, abs=0.012)
