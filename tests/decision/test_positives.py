import numpy as np
import pytest

from fieldmark.core.errors import DecisionError
from fieldmark.decision.positives import positive_scores
from fieldmark.evaluation.resampling import units_of

SCORES = [[0.5, 0.3, 0.2], [0.1, 0.1, 0.8]]


def test_the_score_is_the_sum_over_the_positive_classes(table):
    found = positive_scores(table(SCORES, ["a", "c"]), ["b", "c"], lots=units_of(None, n=2))
    assert found.acts_on == "P(b + c)"
    assert found.score == pytest.approx([0.5, 0.9])
    assert found.positive.tolist() == [False, True]
    assert (found.fitted_on(1).units, found.fitted_on(1).unit, found.part) == (
        1,
        "item",
        "calibration",
    )


def test_logits_give_the_same(table):
    one = units_of(None, n=2)
    shares = positive_scores(table(SCORES, ["a", "c"]), ["c"], lots=one)
    logits = positive_scores(table(np.log(SCORES), ["a", "c"], kind="logits"), ["c"], lots=one)
    assert logits.score == pytest.approx(shares.score)


def test_many_classes_are_counted(table):
    wide = table(np.full((1, 6), 1 / 6), ["a"])
    assert positive_scores(wide, list("bcde"), lots=units_of(None, n=1)).acts_on == "P(4 classes)"


def test_refusals(table):
    one = units_of(None, n=2)
    with pytest.raises(DecisionError, match="as positive; 'pits' is none; did you mean 'pit'"):
        named = table([[0.5, 0.5]] * 2, ["pit", "clean"], classes=("clean", "pit"))
        positive_scores(named, ["pits"], lots=one)
    with pytest.raises(DecisionError, match="at least one class that is not positive"):
        positive_scores(table(SCORES, ["a", "c"]), list("abc"), lots=one)
    with pytest.raises(DecisionError, match="are similarities, on which a threshold means nothing"):
        positive_scores(table(SCORES, ["a", "c"], kind="similarities"), ["c"], lots=one)
