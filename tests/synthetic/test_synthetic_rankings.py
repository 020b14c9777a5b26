import numpy as np
import pytest

from fieldmark.evaluation.retrieval_distance import haversine_metres
from fieldmark.synthetic.rankings import RankingShape, draw_rankings
from fieldmark.synthetic.score_tables import expected_accuracy


def test_the_same_generator_gives_the_same_rankings() -> None:
    shape = RankingShape(d_prime=1.0, candidates=(2, 4), photos_per_identity=2, new_share=0.2)
    first, second = (draw_rankings(np.random.default_rng(3), shape) for _ in range(2))
    assert np.array_equal(first.similarities, second.similarities)
    assert first.queries.equals(second.queries)
    assert first.gallery.equals(second.gallery)


@pytest.mark.parametrize("photos", [1, 3])
def test_queries_are_right_as_often_as_a_forced_choice(photos: int) -> None:
    shape = RankingShape(
        d_prime=1.35, candidates=(5,), queries_per_identity=4000, photos_per_identity=photos
    )
    drawn = draw_rankings(np.random.default_rng(0), shape)
    best = drawn.similarities.reshape(20_000, 5, photos).max(axis=2)
    right = best.argmax(axis=1) == np.repeat(np.arange(5), 4000)
    assert right.mean() == pytest.approx(expected_accuracy(1.35, classes=5), abs=0.012)


def test_new_identities_have_no_photo_and_groups_lie_apart() -> None:
    shape = RankingShape(d_prime=1.0, candidates=(30,) * 20, new_share=0.25, position_metres=1.0)
    drawn = draw_rankings(np.random.default_rng(0), shape)
    enrolled = set(drawn.gallery["identity"])
    share = drawn.queries.filter(~drawn.queries["identity"].is_in(list(enrolled))).height
    assert share / drawn.queries.height == pytest.approx(0.25, abs=0.06)
    places = drawn.queries.select("latitude", "longitude").to_numpy()
    metres = haversine_metres(places, places)
    groups = drawn.queries["group"].to_numpy()
    together = np.equal.outer(groups, groups)
    assert metres[together].max() < 20 < 400 < metres[~together].min()


@pytest.mark.parametrize("wrong", [{"candidates": ()}, {"candidates": (2, 0)}, {"sessions": 0}])
def test_nothing_cannot_be_drawn(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="at least one group, candidate, query, photo and session"):
        RankingShape(**({"d_prime": 1.0, "candidates": (2,)} | wrong))


@pytest.mark.parametrize("wrong", [{"new_share": 1.0}, {"other_groups": float("inf")}])
def test_shares_and_steps_have_a_range(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"a share of new identities in \[0, 1\) and a finite"):
        RankingShape(d_prime=1.0, candidates=(2,), **wrong)


def test_at_least_one_identity_must_be_enrolled() -> None:
    shape = RankingShape(d_prime=1.0, candidates=(1,), new_share=0.999)
    with pytest.raises(ValueError, match="at least one enrolled identity"):
        draw_rankings(np.random.default_rng(0), shape)
