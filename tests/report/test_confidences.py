import numpy as np
import pytest

from fieldmark.evaluation.answers import Answers
from fieldmark.evaluation.measuring import Judged
from fieldmark.report.confidences import BINS, COVERAGES, confidences_of


def found_in(answers: Answers):
    return confidences_of(Judged(answers), contender="probe", split="test", leaf_rank="species")


def test_the_leaf_comes_first_then_fine_to_coarse(make) -> None:
    found = make.confidences()
    assert [(one.rank, one.classes, one.n) for one in found] == [
        ("species", 4, 40),
        ("genus", 2, 40),
    ]


def test_every_answer_is_in_one_bar_and_one_bin(make) -> None:
    for one in make.confidences():
        assert len(one.right) == len(one.wrong) == BINS
        assert sum(one.right) == 30
        assert sum(one.wrong) == 10
        assert sum(bar.n for bar in one.bins) == one.n


def test_means_and_risks_are_those_of_the_answers(make) -> None:
    answers = make.answers()
    (one,) = found_in(answers)
    sure, right = answers.confidence, answers.right
    assert one.mean_right == pytest.approx(sure[right].mean())
    assert one.mean_wrong == pytest.approx(sure[~right].mean())
    order = np.argsort(-sure)
    for coverage, risk in zip(COVERAGES, one.risks, strict=True):
        assert risk == pytest.approx((~right[order][: round(coverage * 40)]).mean())


def test_a_long_curve_is_thinned_and_keeps_its_ends() -> None:
    rng = np.random.default_rng(0)
    truth = rng.integers(3, size=5000)
    answers = Answers(
        rank=None,
        classes=("a", "b", "c"),
        candidates=3,
        truth=truth,
        predicted=rng.integers(3, size=5000),
        confidence=rng.random(5000),
    )
    (one,) = found_in(answers)
    assert len(one.curve.coverage) <= 120
    assert one.curve.coverage[-1] == 1.0
    assert one.curve.coverage[0] == pytest.approx(1 / 5000)
    assert one.curve.risk[-1] == pytest.approx((~answers.right).mean())


def test_without_a_wrong_answer_its_mean_is_missing() -> None:
    answers = Answers(
        rank=None,
        classes=("a", "b"),
        candidates=2,
        truth=np.array([0, 1]),
        predicted=np.array([0, 1]),
        confidence=np.array([0.9, 0.8]),
    )
    (one,) = found_in(answers)
    assert one.mean_wrong is None
    assert one.area == 0.0


def test_similarities_have_no_confidence(make) -> None:
    answers = make.answers()
    bare = Answers(
        rank=None,
        classes=answers.classes,
        candidates=4,
        truth=answers.truth,
        predicted=answers.predicted,
    )
    assert found_in(bare) == ()
