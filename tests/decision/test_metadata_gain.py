import dataclasses

import polars as pl
import pytest

from fieldmark.core.errors import DecisionError
from fieldmark.decision.calibrators import fit_calibrator
from fieldmark.decision.metadata_columns import MetadataColumn, learn_column
from fieldmark.decision.metadata_gain import enough_of, tuning_items
from fieldmark.decision.metadata_prior import fit_metadata_prior
from fieldmark.decision.metadata_record import MetadataSettings


def grouped(table, size: int):
    groups = [f"g{row // size}" for row in range(table.n)]
    return dataclasses.replace(table, items=table.items.with_columns(group=pl.Series(groups)))


def test_of_a_large_table_whole_groups_are_drawn(photos, monkeypatch) -> None:
    monkeypatch.setattr("fieldmark.decision.metadata_gain.MOST_SCORES", 6 * 100)
    table = grouped(photos("validation", 300), 3)
    found = enough_of(table, seed=0)
    assert found.n == 99
    assert set(found.items["group"].value_counts()["count"]) == {3}
    assert enough_of(table, seed=0) == found
    assert enough_of(photos("validation", 100), seed=0).n == 100


def test_a_large_part_is_weighed_on_some_of_it(photos, gathered, monkeypatch) -> None:
    monkeypatch.setattr("fieldmark.decision.metadata_gain.MOST_SCORES", 6 * 200)
    validation = photos("validation", 500)
    settings = MetadataSettings(columns=("habitat",))
    prior = fit_metadata_prior(validation, gathered("train", 900), settings)
    assert (prior.n, prior.groups) == (200, None)
    assert prior.fitted_items_digest == validation.items_digest


def test_groups_stay_whole(photos, gathered) -> None:
    settings = MetadataSettings(columns=("habitat",))
    prior = fit_metadata_prior(
        grouped(photos("validation", 500), 5), gathered("train", 900), settings
    )
    assert prior.groups == 100
    assert "in 100 groups of 'validation'" in prior.sentences()[2]


def test_values_that_training_never_saw_are_refused(photos) -> None:
    table = photos("validation", 20)
    calibrator = fit_calibrator(table, kind="temperature")
    with pytest.raises(DecisionError, match=r"values of 'habitat' in 'validation'.* none of 20"):
        tuning_items(table, calibrator, [MetadataColumn(name="habitat", values=("lake",))])


def test_one_group_is_refused(photos, gathered) -> None:
    table = grouped(photos("validation", 20), 20)
    calibrator = fit_calibrator(table, kind="temperature")
    column = learn_column(gathered("train", 100), "habitat")
    with pytest.raises(DecisionError, match="at least two items or groups to weigh"):
        tuning_items(table, calibrator, [column])
