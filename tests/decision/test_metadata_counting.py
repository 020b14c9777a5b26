import dataclasses

import numpy as np
import polars as pl
import pytest

from fieldmark.core.errors import DecisionError, NotComparableError
from fieldmark.decision.metadata_columns import learn_column
from fieldmark.decision.metadata_counting import check_tables, counts_of
from fieldmark.decision.metadata_record import MetadataSettings
from fieldmark.manifest.labels import LabelSpace
from fieldmark.manifest.taxonomy import build_taxonomy
from fieldmark.predictions.header import ScoreKind

HABITAT = MetadataSettings(columns=("habitat",))


def test_items_are_counted_by_class_and_value() -> None:
    training = pl.DataFrame({"label": ["a", "b", "a", "z", "a"], "m": ["x", "x", "y", "x", None]})
    counts = counts_of(training, [learn_column(training, "m")], LabelSpace(("a", "b", "c")))
    assert counts.by_class.tolist() == [3, 1, 0]
    assert counts.by_value[0].tolist() == [[1, 1, 0], [1, 0, 0]]


def test_labels_of_no_class_at_all_are_refused() -> None:
    training = pl.DataFrame({"label": ["A. b."], "m": ["x"]})
    with pytest.raises(DecisionError, match=r"none of 1 is \(first label: 'A. b.'\)"):
        counts_of(training, [learn_column(training, "m")], LabelSpace(("a", "b")))


def test_similarities_are_refused(photos, gathered) -> None:
    table = photos("validation", 20)
    header = table.header.model_copy(update={"score_kind": ScoreKind.SIMILARITIES})
    similar = dataclasses.replace(table, header=header, scores=np.clip(table.scores, -1, 1))
    with pytest.raises(NotComparableError, match="'probe' are similarities, which are no odds"):
        check_tables(similar, gathered("train", 20), HABITAT)


@pytest.mark.parametrize("name", ["id", "label", "group", "split"])
def test_a_name_is_no_metadata(photos, gathered, name: str) -> None:
    with pytest.raises(DecisionError, match=f"'{name}' is no metadata"):
        check_tables(
            photos("validation", 20), gathered("train", 20), MetadataSettings(columns=(name,))
        )


def test_a_rank_of_the_taxonomy_is_no_metadata(photos, gathered) -> None:
    names = {"genus": ["g"] * 6, "species": [f"s{one}" for one in range(6)]}
    tree = build_taxonomy(pl.DataFrame(names), ("genus", "species"))
    table = dataclasses.replace(photos("validation", 20), taxonomy=tree)
    with pytest.raises(DecisionError, match="'genus' is no metadata"):
        check_tables(table, gathered("train", 20), MetadataSettings(columns=("genus",)))


@pytest.mark.parametrize("whose", ["the predictions", "the training items"])
def test_a_missing_column_is_named(photos, gathered, whose: str) -> None:
    table, training = photos("validation", 20), gathered("train", 20)
    if whose == "the predictions":
        table = dataclasses.replace(table, items=table.items.drop("habitat"))
    else:
        training = training.drop("habitat")
    with pytest.raises(DecisionError, match=f"Of {whose}: Unknown column of metadata 'habitat'"):
        check_tables(table, training, HABITAT)


def test_training_items_of_the_fitting_part_are_refused(photos, gathered) -> None:
    both = pl.concat([gathered("train", 20), gathered("validation", 20)[:3]])
    with pytest.raises(DecisionError, match=r"3 of 20 items stand in both \(first: 'validation-0'"):
        check_tables(photos("validation", 20), both, HABITAT)
