"""Rejection, failures, levels and baselines of rankings, on cases small enough to count."""

import numpy as np
import polars as pl
import pytest

from fieldmark.evaluation.resampling import units_of
from fieldmark.evaluation.retrieval_baselines import (
    MOST_PHOTOGRAPHED,
    NEAREST,
    RANDOM_IDENTITY,
    baseline_estimates,
)
from fieldmark.evaluation.retrieval_estimates import Drawing, estimates_of
from fieldmark.evaluation.retrieval_failures import (
    expected_right,
    failing_identities,
    worst_groups,
)
from fieldmark.evaluation.retrieval_forced_choice import forced_choice_accuracy
from fieldmark.evaluation.retrieval_levels import similarity_levels
from fieldmark.evaluation.retrieval_places import RankedQueries, rank_queries
from fieldmark.evaluation.retrieval_quantities import margins
from fieldmark.evaluation.retrieval_rejection import fit_threshold, rejection_quantities
from fieldmark.evaluation.retrieval_scopes import Scope, coded_identities
from fieldmark.predictions.rankings import Rankings, RankingsHeader, SimilarityMatrix


def rankings_of(
    values: list[list[float]],
    queries: list[str],
    gallery: list[str],
    *,
    groups: tuple[list[str], list[str]] | None = None,
    places: tuple[list[tuple[float, float]], list[tuple[float, float]]] | None = None,
) -> Rankings:
    tables = []
    for side, names in enumerate((queries, gallery)):
        columns = {"id": [f"{side}.{n}" for n in range(len(names))], "identity": names}
        if groups:
            columns["group"] = groups[side]
        if places:
            columns["latitude"], columns["longitude"] = map(list, zip(*places[side], strict=True))
        tables.append(pl.DataFrame(columns))
    header = RankingsHeader(similarity="other", contender="trees")
    return Rankings(header, tables[0], tables[1], SimilarityMatrix(np.array(values, float)))


def drawing(n: int) -> Drawing:
    units = units_of(None, n=n)
    return Drawing(
        units=units, unit="query", contender="trees", split="all", candidates=3, resamples=20
    )


# oak twice right, ash right and wrong, elm and yew are new
FIVE = rankings_of(
    [[0.9, 0.1], [0.6, 0.2], [0.3, 0.8], [0.7, 0.4], [0.2, 0.1], [0.65, 0.1]],
    ["oak", "oak", "ash", "ash", "elm", "yew"],
    ["oak", "ash"],
)


@pytest.fixture
def five() -> RankedQueries:
    return rank_queries(FIVE, Scope("gallery"))


@pytest.mark.parametrize(
    ("threshold", "baks", "baus"),
    [(0.0, 0.75, 0.0), (0.5, 0.75, 0.5), (0.62, 0.5, 0.5), (0.66, 0.5, 1.0), (1.0, 0.0, 1.0)],
)
def test_known_and_new_have_their_own_balanced_accuracy(five, threshold, baks, baus) -> None:
    quantities = rejection_quantities(five, threshold, units_of(None, n=6))
    values = [one.value for one in estimates_of(quantities, drawing(6))]
    assert values == pytest.approx([baks, baus, np.sqrt(baks * baus)])


def test_every_identity_has_the_same_weight() -> None:
    made = rankings_of([[0.9, 0.1]] * 9 + [[0.9, 0.1]], ["oak"] * 9 + ["ash"], ["oak", "ash"])
    ranked = rank_queries(made, Scope("gallery"))
    baks, baus, both = estimates_of(
        rejection_quantities(ranked, 0.0, units_of(None, n=10)), drawing(10)
    )
    assert baks.value == pytest.approx(0.5)
    assert (baus.value, both.value) == (None, None)
    assert baus.method == "nothing to divide"


def test_the_fitted_threshold_is_the_best_of_all(five) -> None:
    fitted = fit_threshold(five)
    assert fitted == pytest.approx(0.75)

    def score(threshold: float) -> float:
        quantities = rejection_quantities(five, threshold, units_of(None, n=6))
        return estimates_of(quantities, drawing(6))[2].value

    assert score(fitted) == pytest.approx(max(score(t) for t in np.linspace(0, 1, 201)))


def test_who_always_fails_and_whom_it_is_taken_for() -> None:
    values = [[0.1, 0.9, 0.2]] * 3 + [[0.1, 0.2, 0.9]] + [[0.1, 0.9, 0.2]] * 5
    names = ["oak"] * 4 + ["ash"] * 3 + ["elm"] * 2
    made = rankings_of(values, names, ["oak", "ash", "elm"], groups=(["a"] * 9, ["a"] * 3))
    ranked = rank_queries(made, Scope("gallery"))
    expected = expected_right(ranked, 1.0)
    (failing,), several = failing_identities(ranked, made.queries["group"], expected)
    assert (failing.identity, failing.twin, failing.taken_for_twin) == ("oak", "ash", 3)
    assert (failing.queries, failing.photos, failing.group) == (4, 1, "a")
    wrong = 1 - float(forced_choice_accuracy(1.0, 3))
    assert failing.by_chance == pytest.approx(wrong**4)
    assert several == pytest.approx(wrong**4 + wrong**3)
    (unexplained,), nothing = failing_identities(ranked, None, None)
    assert (unexplained.by_chance, unexplained.group, nothing) == (None, None, None)


def test_groups_are_ordered_by_their_errors() -> None:
    values = [[0.1, 0.9]] * 5 + [[0.9, 0.1]]
    names = ["oak", "ash", "oak", "oak", "oak", "oak"]
    groups = ["b", "a", "c", "c", "b", "c"]
    made = rankings_of(values, names, ["oak", "ash"], groups=(groups, ["a", "a"]))
    ranked = rank_queries(made, Scope("gallery"))
    found = worst_groups(ranked, made.queries["group"], expected_right(ranked, 0.0))
    assert [(one.group, one.queries, one.errors) for one in found] == [("b", 2, 2), ("c", 3, 2)]
    assert [one.share_of_errors for one in found] == [0.5, 0.5]
    assert [one.expected_errors for one in found] == pytest.approx([1.0, 1.5])
    assert worst_groups(ranked, None, None) == ()
    assert worst_groups(ranked, made.queries["group"], None)[0].expected_errors is None


def test_margins_are_in_standard_deviations_of_the_others() -> None:
    made = rankings_of(
        [[0.9, 0.1, 0.3], [0.2, 0.5, 0.7], [0.4, 0.9, 0.0]],
        ["oak", "oak", "new"],
        ["oak", "ash", "elm"],
    )
    found = margins(rank_queries(made, Scope("gallery")))
    pooled = np.sqrt((2 * 0.1**2 + 2 * 0.1**2) / 2)
    assert found[:2] == pytest.approx([0.6 / pooled, -0.5 / pooled])
    assert np.isnan(found[2])


def test_the_levels_are_those_of_all_pairs() -> None:
    rng = np.random.default_rng(0)
    names = [f"tree {n % 7}" for n in range(60)]
    made = rankings_of(rng.standard_normal((60, 60)).tolist(), names, names)
    found = similarity_levels(made, coded_identities(made), threshold=0.3)
    values = made.similarities.arrays["similarities"]
    same = np.equal.outer(np.array(names), np.array(names))
    assert found.same == pytest.approx(np.median(values[same]))
    assert found.different == pytest.approx(np.median(values[~same]))
    assert found.accepted_different == pytest.approx((values[~same] >= 0.3).mean())
    wins = (values[same][:, None] > values[~same]).mean()
    assert found.separation == pytest.approx(wins)


def test_levels_without_pairs_of_one_kind_are_missing() -> None:
    made = rankings_of([[0.5]], ["oak"], ["ash"])
    found = similarity_levels(made, coded_identities(made))
    assert (found.same, found.different, found.separation) == (None, 0.5, None)
    assert found.accepted_different is None


def of_baseline(made: Rankings, name: str) -> dict[str, float]:
    ranked = rank_queries(made, Scope("gallery"))
    found = baseline_estimates(made, ranked, drawing(made.n))
    return {one.metric: one.value for one in found if one.contender == name}


def test_the_most_photographed_shares_its_place() -> None:
    gallery = ["oak", "oak", "ash", "ash", "elm", "yew"]
    made = rankings_of([[0.0] * 6] * 3, ["oak", "elm", "new"], gallery)
    found = of_baseline(made, MOST_PHOTOGRAPHED)
    assert found["rank_1"] == pytest.approx((0.5 + 0 + 0) / 3)
    assert found["identity_rank_3"] == pytest.approx((1 + 0.5 + 0) / 3)
    assert of_baseline(made, RANDOM_IDENTITY)["identity_rank_3"] == pytest.approx(2 * 0.75 / 3)
    assert of_baseline(made, NEAREST) == {}


def test_the_nearest_location_is_that_of_the_nearest_photo() -> None:
    here = [(52.0, 13.0), (52.0, 13.0002), (None, None)]
    there = [(52.1, 13.0), (52.0, 13.0), (52.0, 13.0), (52.0, 13.0003), (None, None)]
    made = rankings_of(
        [[0.0] * 5] * 3,
        ["oak", "elm", "oak"],
        ["oak", "oak", "ash", "elm", "yew"],
        places=(here, there),
    )
    found = of_baseline(made, NEAREST)
    assert found["rank_1"] == pytest.approx((0.5 + 1 + 0) / 3)
