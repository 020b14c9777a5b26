import numpy as np
import pytest

from fieldmark.core.errors import PredictionsError
from fieldmark.evaluation.resampling import units_of
from fieldmark.evaluation.retrieval_forced_choice import (
    HIGHEST,
    LOWEST,
    d_prime_of,
    forced_choice_accuracy,
    pooled_d_prime,
)
from fieldmark.synthetic.score_tables import expected_accuracy

TABLE = [
    (1.35, 2, 0.830),
    (1.35, 3, 0.729),
    (1.35, 5, 0.607),
    (1.35, 10, 0.457),
    (1.35, 15, 0.381),
    (1.35, 20, 0.333),
    (1.35, 27, 0.288),
    (2.0, 2, 0.921),
    (2.0, 10, 0.674),
    (2.0, 27, 0.510),
]


@pytest.mark.parametrize(("d_prime", "candidates", "accuracy"), TABLE)
def test_the_table_of_e21(d_prime: float, candidates: int, accuracy: float) -> None:
    found = float(forced_choice_accuracy(d_prime, candidates))
    assert round(found, 3) == accuracy
    assert d_prime_of(found, candidates) == pytest.approx(d_prime, abs=1e-6)


def test_accuracy_is_the_share_of_wins_of_the_right_candidate() -> None:
    rng = np.random.default_rng(0)
    for d_prime, candidates in ((0.7, 4), (1.35, 27), (-0.5, 3)):
        seen = rng.standard_normal((200_000, candidates))
        wins = (seen[:, 0] + d_prime > seen[:, 1:].max(axis=1)).mean()
        assert float(forced_choice_accuracy(d_prime, candidates)) == pytest.approx(wins, abs=0.004)


@pytest.mark.parametrize("d_prime", [0.0, 0.5, 3.0, 6.0])
@pytest.mark.parametrize("candidates", [2, 7, 500])
def test_it_equals_the_ideal_observer(d_prime: float, candidates: int) -> None:
    expected = expected_accuracy(d_prime, classes=candidates)
    assert float(forced_choice_accuracy(d_prime, candidates)) == pytest.approx(expected, abs=1e-9)


def test_limits() -> None:
    assert forced_choice_accuracy([0.0] * 3, [1, 2, 10]).tolist() == pytest.approx([1.0, 0.5, 0.1])
    assert d_prime_of(1.0, 3) is None
    assert d_prime_of(0.0, 3) is None
    assert d_prime_of(0.2, 3) < 0


@pytest.mark.parametrize(("accuracy", "candidates"), [(1.1, 3), (-0.1, 3), (0.5, 1)])
def test_no_share_and_no_choice_are_refused(accuracy: float, candidates: int) -> None:
    with pytest.raises(PredictionsError, match="an accuracy from 0 to 1 over at least 2"):
        d_prime_of(accuracy, candidates)


def pooled(right: np.ndarray, candidates: np.ndarray) -> float:
    statistic = pooled_d_prime(
        right, candidates, units_of(None, n=len(right)), counted=candidates > 1
    )
    return float(statistic(np.ones((len(right), 1)))[0, 0])


def test_the_pooled_d_prime_is_the_maximum_of_the_likelihood() -> None:
    rng = np.random.default_rng(1)
    candidates = rng.choice([2, 3, 5, 10, 27], 400)
    right = rng.random(400) < forced_choice_accuracy(1.35, candidates)
    grid = np.linspace(0.5, 2.5, 4001)
    p = forced_choice_accuracy(grid[:, None], candidates)
    likelihood = np.where(right, np.log(p), np.log1p(-p)).sum(axis=1)
    assert pooled(right, candidates) == pytest.approx(grid[likelihood.argmax()], abs=1e-3)


def test_with_one_number_of_candidates_it_solves_the_accuracy() -> None:
    right = np.arange(300) < 137
    assert pooled(right, np.full(300, 10)) == pytest.approx(d_prime_of(137 / 300, 10), abs=1e-4)


def test_nothing_but_right_answers_has_no_bound_and_no_answers_have_none() -> None:
    four = np.full(4, 3)
    assert pooled(np.ones(4, bool), four) == HIGHEST
    assert pooled(np.zeros(4, bool), four) == LOWEST
    statistic = pooled_d_prime(np.ones(2, bool), [2, 2], units_of(None, n=2), counted=[True, False])
    assert np.isnan(statistic(np.array([[0.0], [2.0]]))[0, 0])
    assert statistic.ends == (LOWEST, HIGHEST)
