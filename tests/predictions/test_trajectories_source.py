import numpy as np
import polars as pl
import pytest

from fieldmark.core.errors import PredictionsError
from fieldmark.manifest.labels import LabelSpace
from fieldmark.predictions.header import PredictionsHeader
from fieldmark.predictions.table import Predictions
from fieldmark.predictions.trajectories_source import trajectories_of

ONSETS = pl.DataFrame(
    {"plant": ["1", "2", "9"], "onset": ["6", "never", "3"], "water": ["low", "full", "low"]}
)
ITEMS = {
    "id": ["a", "b", "c", "d"],
    "label": ["well", "dry", "well", "well"],
    "plant": ["1", "1", "2", "2"],
    "day": ["3", "7.5", "3", "4"],
    "group": ["g1", "g1", "g2", "g2"],
}
SCORES = np.array([[0.9, 0.1], [0.2, 0.8], [0.7, 0.3], [0.6, 0.4]])


def predictions(items=None, scores=SCORES, kind="probabilities", classes=("well", "dry"), **header):
    return Predictions(
        header=PredictionsHeader(score_kind=kind, contender="probe", **header),
        items=pl.DataFrame(ITEMS | (items or {})),
        label_space=LabelSpace(classes),
        scores=np.asarray(scores),
    )


def found(table=None, **options):
    settings = {"specimen": "plant", "time": "day", "positive": "dry", "onset": ONSETS} | options
    return trajectories_of(table or predictions(), **settings)


def test_items_become_specimens_by_time():
    seen = found()
    assert (seen.specimens, seen.times.tolist()) == (("1", "2"), [3.0, 4.0, 7.5])
    np.testing.assert_array_equal(seen.probability, [[0.1, np.nan, 0.8], [0.3, 0.4, np.nan]])
    assert seen.imaged.tolist() == [[True, False, True], [True, True, False]]
    assert seen.positive.tolist() == [[False, False, True], [False, False, False]]
    assert (seen.onset, seen.groups) == ((6.0, None), ("g1", "g2"))
    assert (seen.control, seen.folds, seen.training_prevalence) == (None, None, None)


def test_the_header_travels_along():
    table = predictions(
        seed=3, fold="f1", split="test", training_label_counts={"well": 3, "dry": 1}
    )
    seen = found(table)
    assert (seen.contender, seen.split, seen.seed) == ("probe", "test", 3)
    assert (seen.folds, seen.training_prevalence) == (("f1", "f1"), 0.25)
    assert (seen.items_digest, seen.header_digest) == (table.items_digest, table.header.digest)


def test_a_training_part_with_one_state_gives_no_prevalence():
    assert found(predictions(training_label_counts={"well": 3})).training_prevalence is None


def test_a_fold_column_goes_before_the_header():
    table = predictions({"fold": ["x", "x", "y", "y"]}, fold="f1")
    assert found(table).folds == ("x", "y")


def test_the_table_of_onsets_goes_before_the_items():
    assert found(onset=ONSETS.with_columns(group=pl.col("water"))).groups == ("low", "full")


def test_controls_are_named_by_a_column_of_either_table():
    assert found(control=("water", "full")).control == (False, True)
    table = predictions({"pot": ["x", "x", "y", "y"]})
    assert found(table, control=("pot", "y")).control == (False, True)


def test_logits_become_probabilities_and_further_classes_are_allowed():
    scores = np.log([[0.2, 0.1, 0.7]] * 4)
    seen = found(predictions(scores=scores, kind="logits", classes=("well", "dry", "dead")))
    assert seen.probability[0, 0] == pytest.approx(0.1)


def test_views_are_averaged_when_asked_to():
    table = predictions({"day": ["3", "7.5", "3", "3"]})
    assert found(table, views="mean").probability[1, 0] == pytest.approx(0.35)
    with pytest.raises(PredictionsError, match=r"1 of 3 have several \(first: '2' at 3 has 2\)"):
        found(table)


def test_views_with_two_labels_are_refused():
    table = predictions({"day": ["3", "7.5", "3", "3"], "label": ["well", "dry", "well", "dry"]})
    with pytest.raises(PredictionsError, match=r"one label for all views .* \(first: '2' at 3\)"):
        found(table, views="mean")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"specimen": "plnt"}, "column 'plnt' in the items; there is none; did you mean 'plant'"),
        ({"time": "hour"}, "column 'hour' in the items; there is none"),
        ({"time": "label"}, r"numbers in 'label'; 4 of 4 are none \(first: 'well' and 3 more\)"),
        ({"positive": "dri"}, r"among the classes 'well', 'dry'; got 'dri' \(nearest: 'dry'\)"),
        ({"onset": ONSETS[:1]}, r"each of 2 specimens; 1 are not in the table .* \(first: '2'\)"),
        ({"control": ("wtr", "x")}, "column 'wtr' in the table of onsets; there is none"),
        ({"control": ("water", "none")}, "controls with water 'none'; there is no such specimen"),
    ],
)
def test_what_is_missing_is_named(options, message):
    with pytest.raises(PredictionsError, match=message):
        found(**options)


def test_a_specimen_has_one_group():
    with pytest.raises(PredictionsError, match="one group for each specimen; 1 have several"):
        found(predictions({"group": ["g1", "g3", "g2", "g2"]}))


def test_a_group_is_needed_for_every_specimen():
    with pytest.raises(PredictionsError, match="a group for every specimen; 1 have none"):
        found(onset=ONSETS.with_columns(group=pl.Series(["a", None, "b"])))


def test_a_time_is_needed_for_every_item():
    with pytest.raises(PredictionsError, match="Expected 'day' for every item; 1 have none"):
        found(predictions({"day": ["3", None, "3", "4"]}))


def test_similarities_are_no_probabilities():
    with pytest.raises(PredictionsError, match=r"got similarities over 2 classes\. Calibrate"):
        found(predictions(kind="similarities"))
