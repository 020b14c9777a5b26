import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldmark.evaluation.retrieval_forced_choice import d_prime_of, forced_choice_accuracy
from fieldmark.evaluation.retrieval_places import RankedQueries, rank_queries
from fieldmark.evaluation.retrieval_scopes import Scope
from fieldmark.predictions.rankings import Rankings, RankingsHeader, SimilarityMatrix

COLUMNS = ("photos", "identities", "right_photos", "place", "first_right", "tied")


@st.composite
def tables(draw: st.DrawFn) -> tuple[np.ndarray, list[str], list[str]]:
    n, m = draw(st.integers(1, 7)), draw(st.integers(1, 9))
    names = st.sampled_from("abcd")
    values = draw(
        st.lists(st.lists(st.integers(-3, 3), min_size=m, max_size=m), min_size=n, max_size=n)
    )
    queries = draw(st.lists(names, min_size=n, max_size=n))
    gallery = draw(st.lists(names, min_size=m, max_size=m))
    return np.array(values, np.float64), queries, gallery


def ranked(
    values: np.ndarray,
    queries: list[str],
    gallery: list[str],
    *,
    order: np.ndarray | None = None,
) -> RankedQueries:
    places = np.arange(len(gallery)) if order is None else order
    sides = [
        pl.DataFrame({"id": [f"q{n}" for n in range(len(queries))], "identity": queries}),
        pl.DataFrame(
            {"id": [f"g{n}" for n in places], "identity": [gallery[place] for place in places]}
        ),
    ]
    header = RankingsHeader(similarity="other", contender="t")
    table = Rankings(header, sides[0], sides[1], SimilarityMatrix(values[:, places].copy()))
    return rank_queries(table, Scope("gallery"))


@given(tables(), st.randoms(use_true_random=False))
def test_the_order_of_the_gallery_does_not_matter(table, random) -> None:
    values, queries, gallery = table
    order = np.array(random.sample(range(len(gallery)), len(gallery)))
    first, second = ranked(values, queries, gallery), ranked(values, queries, gallery, order=order)
    for name in (*COLUMNS, "average_precision", "precision_at_r", "best", "first"):
        assert np.array_equal(getattr(first, name), getattr(second, name)), name


@given(tables())
def test_a_rising_transformation_changes_no_place(table) -> None:
    values, queries, gallery = table
    before = values.copy()
    first, second = ranked(values, queries, gallery), ranked(np.exp(values), queries, gallery)
    for name in (*COLUMNS, "average_precision", "precision_at_r", "first"):
        assert np.array_equal(getattr(first, name), getattr(second, name)), name
    assert np.array_equal(values, before)


@given(tables())
def test_a_query_alone_is_ranked_as_among_others(table) -> None:
    values, queries, gallery = table
    whole = ranked(values, queries, gallery)
    for row in range(len(queries)):
        alone = ranked(values[row : row + 1], queries[row : row + 1], gallery)
        for name in (*COLUMNS, "average_precision"):
            assert getattr(alone, name)[0] == getattr(whole, name)[row], name


@given(tables())
def test_measures_stay_within_their_bounds(table) -> None:
    found = ranked(*table)
    assert (found.average_precision <= 1).all()
    assert (found.precision_at_r <= found.average_precision + 1e-12).all()
    assert (found.place <= found.identities + 1).all()
    assert (found.place <= found.first_right).all()
    assert (found.right <= found.covered).all()
    assert np.array_equal(found.covered & (found.first_right == 1), found.right)


@settings(max_examples=50)
@given(st.floats(-1.5, 3.5), st.integers(2, 60))
def test_d_prime_and_accuracy_are_each_others_inverse(d_prime: float, candidates: int) -> None:
    accuracy = float(forced_choice_accuracy(d_prime, candidates))
    assert abs((d_prime_of(accuracy, candidates) or 0.0) - d_prime) < 1e-5
    assert accuracy >= float(forced_choice_accuracy(d_prime, candidates + 1))
