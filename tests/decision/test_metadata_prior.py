import dataclasses
import json

import numpy as np
import polars as pl
import pytest

from fieldmark.core.errors import DecisionError, NotComparableError, PredictionsError
from fieldmark.decision.calibrators import calibrate
from fieldmark.decision.metadata_prior import (
    MetadataSettings,
    apply_metadata_prior,
    fit_metadata_prior,
    prior_from_dict,
)

BOTH = MetadataSettings(columns=("habitat", "month"))


@pytest.fixture
def prior(photos, gathered):
    """Return a prior that is kept."""
    return fit_metadata_prior(photos("validation", 500), gathered("train", 900), BOTH)


def slow(prior, predictions, row: int, *, logits: bool) -> list[float]:
    """Return the probabilities of one item by the formula, one class and column at a time."""
    scores, temperature = predictions.scores[row], prior.calibrator.parameters["temperature"][0]
    k, counts, a = len(prior.classes), prior.counts, prior.shrinkage
    floored = [max(int(n), 0.5) for n in counts.by_class]
    pi = [n / sum(floored) for n in floored]
    odds = []
    for y in range(k):
        bare = np.exp(scores[y] / temperature) if logits else scores[y] ** (1 / temperature)
        for j, column in enumerate(prior.columns):
            value = str(predictions.items[column.name][row])
            if value in column.values:
                m = column.values.index(value)
                n_m = sum(int(counts.by_value[j][m, c]) for c in range(k))
                told = (counts.by_value[j][m, y] + a * pi[y]) / (n_m + a)
                bare *= (told / pi[y]) ** prior.weights[j]
        odds.append(float(bare))
    return [one / sum(odds) for one in odds]


@pytest.mark.parametrize("kind", ["logits", "probabilities"])
def test_it_is_the_slow_formula(photos, gathered, kind: str) -> None:
    found = fit_metadata_prior(photos("validation", 500, kind=kind), gathered("train", 900), BOTH)
    assert found.is_kept
    assert min(found.weights) > 0
    test = photos("test", 40, kind=kind)
    given = apply_metadata_prior(found, test).scores
    for row in range(test.n):
        assert given[row].tolist() == pytest.approx(
            slow(found, test, row, logits=kind == "logits"), rel=1e-9
        )


def test_what_says_something_raises_accuracy_on_another_part(prior, photos) -> None:
    test = photos("test", 2000)
    right = [
        (table.scores.argmax(axis=1) == table.label_positions).mean()
        for table in (test, apply_metadata_prior(prior, test))
    ]
    assert right[1] > right[0] + 0.05
    assert prior.gain_low > 0


def test_metadata_that_say_nothing_get_no_weight(photos, gathered) -> None:
    shuffled = gathered("train", 900).with_columns(pl.col("habitat").shuffle(3))
    found = fit_metadata_prior(
        photos("validation", 500), shuffled, MetadataSettings(columns=("habitat",))
    )
    assert not found.is_kept
    assert found.weights == (0.0,)
    test = photos("test", 50)
    given = apply_metadata_prior(found, test)
    assert np.array_equal(given.scores, calibrate(test, found.calibrator).scores)
    assert given.header.contender == "probe + metadata prior"
    assert found.sentences()[-1] == ("The prior adds nothing that can be shown: its weights are 0.")


def test_a_missing_or_unseen_value_changes_nothing(prior, photos) -> None:
    test = photos("test", 30)
    items = test.items.with_columns(
        habitat=pl.lit(None, dtype=pl.String), month=pl.Series(["never"] * 30)
    )
    strange = dataclasses.replace(test, items=items)
    given = apply_metadata_prior(prior, strange).scores
    assert given == pytest.approx(calibrate(strange, prior.calibrator).scores, rel=1e-12)


def test_the_record_survives_json(prior, photos) -> None:
    again = prior_from_dict(json.loads(json.dumps(prior.to_dict())))
    assert again.digest == prior.digest
    test = photos("test", 20)
    assert np.array_equal(
        apply_metadata_prior(again, test).scores, apply_metadata_prior(prior, test).scores
    )


def test_the_provenance_says_where_it_was_fitted(prior, photos) -> None:
    test, validation = photos("test", 20), photos("validation", 500)
    note = apply_metadata_prior(prior, test).header.provenance
    assert note["metadata_columns"] == ["habitat", "month"]
    assert note["metadata_fitted_on"] == "validation"
    assert note["metadata_fitted_on_these_items"] is False
    again = apply_metadata_prior(prior, validation).header
    assert again.provenance["metadata_fitted_on_these_items"] is True
    assert again.provenance["choices"][0]["items_digest"] == validation.items_digest


def test_float32_scores_stay_float32_and_agree(prior, photos) -> None:
    test = photos("test", 200)
    narrow = dataclasses.replace(test, scores=test.scores.astype(np.float32))
    found = apply_metadata_prior(prior, narrow).scores
    assert found.dtype == np.float32
    assert found == pytest.approx(apply_metadata_prior(prior, test).scores, abs=2e-6)


def test_inputs_stay_as_they_are(photos, gathered) -> None:
    validation, training = photos("validation", 100), gathered("train", 200)
    scores, before = validation.scores.copy(), training.clone()
    apply_metadata_prior(fit_metadata_prior(validation, training, BOTH), validation)
    assert np.array_equal(validation.scores, scores)
    assert training.equals(before)


def test_another_contender_is_refused(prior, photos) -> None:
    with pytest.raises(NotComparableError, match="contender: other against probe"):
        apply_metadata_prior(prior, photos("test", 20, contender="other"))


def test_a_missing_column_is_refused(prior, photos) -> None:
    test = photos("test", 20)
    bare = dataclasses.replace(test, items=test.items.drop("habitat"))
    with pytest.raises(DecisionError, match="Of the predictions: Unknown column of metadata 'hab"):
        apply_metadata_prior(prior, bare)


def test_what_is_no_stored_prior_is_refused(prior) -> None:
    content = prior.to_dict()
    for broken in (
        {name: value for name, value in content.items() if name != "counts"},
        content | {"more": 1},
        content | {"columns": content["columns"][:1]},
    ):
        with pytest.raises(DecisionError, match="This is not a stored metadata prior"):
            prior_from_dict(broken)
    with pytest.raises(PredictionsError, match="not a stored calibrator"):
        prior_from_dict(content | {"calibrator": {}})
