import dataclasses

import numpy as np
import pytest

from fieldmark.core.errors import DecisionError, NotComparableError
from fieldmark.decision.prior_shift import apply_prior_shift, fit_prior_shift, given_prior_shift
from fieldmark.evaluation.evaluate import evaluate_predictions
from fieldmark.predictions.header import ScoreKind
from fieldmark.predictions.rollup import roll_up

RARE = {"s0": 900, "s1": 90, "s2": 9, "s3": 1, "s4": 0}


@pytest.fixture
def skewed(photos):
    """Return a maker of logits that hold a prior of training on top of honest odds."""

    def made(part: str, n: int, *, kind: str = "logits", strength: float = 1.0):
        table = photos(part, n, kind="logits", training_label_counts=RARE)
        floor = np.array([max(RARE.get(name, 0), 0.5) for name in table.label_space.classes])
        scores = table.scores + strength * np.log(floor / floor.sum())
        if kind == "probabilities":
            scores = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
        header = table.header.model_copy(update={"score_kind": ScoreKind(kind)})
        return dataclasses.replace(table, header=header, scores=scores, scores_digest=None)

    return made


def test_tau_one_takes_the_prior_out(skewed) -> None:
    table = skewed("test", 30)
    shift = given_prior_shift(table, 1.0)
    given = apply_prior_shift(shift, table)
    floor = np.array([900, 90, 9, 1, 0.5, 0.5])
    for row in range(30):
        for column in range(6):
            expected = table.scores[row, column] - np.log(floor[column] / floor.sum())
            assert given.scores[row, column] == pytest.approx(expected)
    assert given.header.score_kind.value == "logits"
    assert shift.lacking == 2
    assert shift.sentence() == (
        "tau = 1, as it was given; 2 classes without a training item count as 0.5 of one each."
    )
    assert "choices" not in given.header.provenance


def test_probabilities_sum_to_one_and_answer_as_their_logits(skewed) -> None:
    logits, shares = skewed("test", 50), skewed("test", 50, kind="probabilities")
    given = [
        apply_prior_shift(given_prior_shift(table, 0.7), table).scores for table in (logits, shares)
    ]
    assert given[1].sum(axis=1) == pytest.approx(np.ones(50))
    assert np.array_equal(given[0].argmax(axis=1), given[1].argmax(axis=1))


def test_tau_is_chosen_by_the_metric_of_the_catalogue(skewed) -> None:
    validation = skewed("validation", 400)
    for metric in ("macro_f1", "balanced_accuracy"):
        shift = fit_prior_shift(validation, metric=metric)
        assert shift.tau == pytest.approx(1.0, abs=0.3)
        assert (shift.metric, shift.fitted_on, shift.candidates) == (metric, "validation", 21)
        shown = [validation, apply_prior_shift(shift, validation)]
        for table, value in zip(shown, shift.values, strict=True):
            estimate = evaluate_predictions(table, resamples=10).estimate(metric)
            assert estimate.value == pytest.approx(value)
    assert "chosen among 21 by balanced accuracy on 'validation', where it is" in shift.sentence()
    (choice,) = shown[1].header.provenance["choices"]
    assert (choice["what"], choice["candidates"]) == ("tau", 21)


def test_where_nothing_is_better_tau_is_zero(skewed) -> None:
    shift = fit_prior_shift(skewed("validation", 400, strength=0.0))
    assert shift.tau <= 0.2
    still = dataclasses.replace(shift, tau=0.0)
    assert "tau = 0: on 'validation' none of 21 gives a better macro F1" in still.sentence()
    table = skewed("test", 20)
    assert apply_prior_shift(still, table).scores == pytest.approx(table.scores)


def test_leaves_are_shifted_before_anything_is_summed(fungi) -> None:
    table = fungi("test", 40)
    counts = {f"s{one:02}": 2**one for one in range(12)}
    header = table.header.model_copy(update={"training_label_counts": counts})
    table = dataclasses.replace(table, header=header)
    given = roll_up(apply_prior_shift(given_prior_shift(table, 1.0), table), "genus").scores
    shares = np.array([2.0**one for one in range(12)]) / (2**12 - 1)
    moved = np.exp(table.scores - np.log(shares))
    by_genus = np.stack([moved[:, g : g + 3].sum(axis=1) for g in range(0, 12, 3)], axis=1)
    assert given == pytest.approx(np.log(by_genus))


def test_scores_of_an_adjusted_loss_are_refused(skewed) -> None:
    table = skewed("validation", 20)
    header = table.header.model_copy(update={"provenance": {"prior_corrected_by": "class weights"}})
    adjusted = dataclasses.replace(table, header=header)
    with pytest.raises(NotComparableError, match="by class weights; a shift would correct"):
        fit_prior_shift(adjusted)
    shifted = apply_prior_shift(given_prior_shift(table, 1.0), table)
    with pytest.raises(NotComparableError, match="already, by a shift"):
        given_prior_shift(shifted, 1.0)


def test_similarities_are_refused(skewed) -> None:
    table = skewed("validation", 20)
    header = table.header.model_copy(update={"score_kind": ScoreKind.SIMILARITIES})
    similar = dataclasses.replace(table, header=header, scores=np.clip(table.scores, -1, 1))
    with pytest.raises(NotComparableError, match="similarities, which hold no prior"):
        given_prior_shift(similar, 1.0)


@pytest.mark.parametrize("tau", [-0.1, float("nan"), float("inf")])
def test_a_tau_that_is_none_is_refused(skewed, tau: float) -> None:
    with pytest.raises(DecisionError, match="tau of at least 0"):
        given_prior_shift(skewed("validation", 20), tau)


def test_an_unknown_metric_is_refused(skewed) -> None:
    with pytest.raises(DecisionError, match="Unknown metric to choose tau by 'acc'"):
        fit_prior_shift(skewed("validation", 20), metric="acc")


def test_labels_of_no_class_are_refused(skewed) -> None:
    table = skewed("validation", 20)
    items = table.items.with_columns(label=table.items["label"] + "x")
    with pytest.raises(DecisionError, match="whose label is a class, to choose tau on; got none"):
        fit_prior_shift(dataclasses.replace(table, items=items))


def test_counts_of_training_are_needed(photos) -> None:
    with pytest.raises(DecisionError, match="number of training items of each class"):
        given_prior_shift(photos("validation", 20, training_label_counts=None), 1.0)


def test_another_contender_is_refused(skewed, photos) -> None:
    shift = given_prior_shift(skewed("validation", 20), 1.0)
    with pytest.raises(NotComparableError, match=r"made for 'probe' .* are of 'other'"):
        apply_prior_shift(shift, photos("test", 20, contender="other"))
