import numpy as np
import polars as pl
import pytest

from fieldmark.core.errors import PredictionsError
from fieldmark.evaluation.evaluate import evaluate_predictions
from fieldmark.evaluation.metadata_baselines import PRIOR_WITHIN_GROUP
from fieldmark.predictions.table import Predictions


@pytest.fixture
def table(make):
    """Twelve items; the month says the label, but for one item."""
    labels = ["a"] * 6 + ["b"] * 6
    month = [9] * 6 + [10] * 5 + [9]
    plain = make(np.full((12, 2), 0.5), labels)
    return with_columns(plain, month=month)


def with_columns(table, **columns):
    items = table.items.with_columns(**{k: pl.Series(k, v) for k, v in columns.items()})
    return Predictions(
        table.header, items, table.label_space, table.scores, taxonomy=table.taxonomy
    )


def accuracies(table, **settings):
    found = evaluate_predictions(table, resamples=50, **settings)
    return {
        b.contender: b.value for b in found.baselines if (b.metric, b.rank) == ("accuracy", None)
    }


def test_a_column_alone_answers_from_the_other_items(table):
    found = accuracies(table, metadata=["month"])
    assert found["month only, from the evaluated items beside it"] == pytest.approx(11 / 12)


def test_a_column_alone_answers_from_other_groups(table):
    grouped = with_columns(table, group=["x"] * 6 + ["y"] * 6)
    found = accuracies(grouped, metadata=["month"])
    assert found["month only, from the evaluated items of other groups"] == 0.0


def test_a_column_alone_answers_from_training_items_where_they_are_given(table):
    training = pl.DataFrame({"label": ["b", "b", "a"], "month": ["9", "9", "10"]})
    found = accuracies(table, metadata=["month"], training_items=training)
    assert found["month only, from the training items"] == pytest.approx(1 / 12)
    assert found["majority class of the training labels"] == 0.5


def test_training_labels_that_are_counted_win_over_training_items(table):
    training = pl.DataFrame({"label": ["b"]})
    found = accuracies(table, training_items=training, training_labels={"a": 3})
    assert found["majority class of the training labels"] == 0.5
    assert found["prior of the training labels"] == 0.5


def test_a_missing_value_is_a_value_of_its_own(table):
    some = with_columns(table, month=[None] * 6 + [10] * 6)
    assert accuracies(some, metadata=["month"])[
        "month only, from the evaluated items beside it"
    ] == pytest.approx(1.0)


def test_places_give_the_label_of_the_nearest(table):
    placed = with_columns(
        table, latitude=[0.0] * 6 + [10.0] * 6, longitude=[float(i) / 100 for i in range(12)]
    )
    assert accuracies(placed)["nearest location, from the evaluated items beside it"] == 1.0


def test_items_without_a_place_get_the_most_frequent_label(table):
    placed = with_columns(table, latitude=[None] * 12, longitude=[0.0] * 12)
    name = "nearest location, from the evaluated items beside it"
    assert accuracies(placed)[name] == 0.0


def test_groups_that_were_trained_on_give_a_prior_within_the_group(table):
    grouped = with_columns(table, group=["x"] * 6 + ["y"] * 4 + ["new"] * 2)
    training = pl.DataFrame({"label": ["a", "a", "b", "b"], "group": ["x", "x", "x", "y"]})
    found = accuracies(grouped, training_items=training)
    assert found[PRIOR_WITHIN_GROUP] == pytest.approx((6 * 2 / 3 + 4 * 1 + 2 * 0.5) / 12)


def test_other_groups_say_nothing_about_a_group(table):
    grouped = with_columns(table, group=["x"] * 6 + ["y"] * 6)
    assert PRIOR_WITHIN_GROUP not in accuracies(grouped)
    training = pl.DataFrame({"label": ["a"], "group": ["elsewhere"]})
    assert PRIOR_WITHIN_GROUP not in accuracies(grouped, training_items=training)


def test_baselines_of_columns_stand_at_every_rank_and_in_the_skill(make, tree):
    labels = ["a", "b", "c", "d"] * 5
    plain = make(np.full((20, 4), 0.25), labels, taxonomy=tree)
    found = evaluate_predictions(
        with_columns(plain, colour=labels), resamples=20, metadata=["colour"]
    )
    name = "colour only, from the evaluated items beside it"
    ranks = [b.rank for b in found.baselines if (b.contender, b.metric) == (name, "accuracy")]
    assert ranks == [None, "family", "genus"]
    assert found.estimate("accuracy_skill").value is None
    assert name in found.estimate("accuracy_skill").method
    assert found.metadata == ("colour",)


def test_an_unknown_column_is_refused_with_the_nearest(table):
    with pytest.raises(
        PredictionsError, match="Of the predictions: Unknown column 'mnth'; did you"
    ):
        evaluate_predictions(table, metadata=["mnth"])
    with pytest.raises(PredictionsError, match="Of the predictions: Unknown column 'label'"):
        evaluate_predictions(table, metadata=["label"])
    with pytest.raises(PredictionsError, match="Of the training items: Unknown column 'month'"):
        evaluate_predictions(
            table, metadata=["month"], training_items=pl.DataFrame({"label": ["a"]})
        )


def test_training_items_without_labels_are_refused(table):
    with pytest.raises(
        PredictionsError, match="column 'label' of the training items; they have id"
    ):
        evaluate_predictions(table, training_items=pl.DataFrame({"id": ["t"]}))
    with pytest.raises(
        PredictionsError, match="column 'label' of the training items; they have id"
    ):
        evaluate_predictions(
            table, training_labels={"a": 1}, training_items=pl.DataFrame({"id": ["t"]})
        )


def test_training_items_that_are_evaluated_are_refused(table):
    training = pl.DataFrame({"id": ["i3", "t1"], "label": ["a", "b"]})
    with pytest.raises(PredictionsError, match="1 of the 12 evaluated items is a training item"):
        evaluate_predictions(table, training_items=training)
