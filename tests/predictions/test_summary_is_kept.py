import gc
import weakref

import numpy as np
import polars as pl
import pytest

from fieldmark.manifest.labels import LabelSpace
from fieldmark.manifest.taxonomy import build_taxonomy
from fieldmark.predictions import summary
from fieldmark.predictions.header import PredictionsHeader
from fieldmark.predictions.table import Predictions

TREE = build_taxonomy(
    pl.DataFrame({"genus": ["K", "K", "L"], "species": ["ash", "elm", "oak"]}),
    ("genus", "species"),
)


def table() -> Predictions:
    header = PredictionsHeader(score_kind="logits", contender="probe")
    items = pl.DataFrame({"id": ["x", "y"], "label": ["oak", "ash"]})
    scores = np.array([[0.0, 1.0, 2.0], [1.0, 0.5, 0.0]])
    return Predictions(header, items, LabelSpace(("ash", "elm", "oak")), scores, TREE)


@pytest.fixture
def reads(monkeypatch) -> list[int]:
    """Return a list that grows with every pass over the scores."""
    found: list[int] = []
    read = summary._read

    def counted(*arguments):
        found.append(1)
        return read(*arguments)

    monkeypatch.setattr(summary, "_read", counted)
    return found


def test_scores_are_read_once(reads) -> None:
    predictions = table()
    first, ranks = summary.summarise_with_ranks(predictions, TREE)
    assert summary.summarise(predictions) is first
    assert summary.summarise_with_ranks(predictions, TREE)[1] is ranks
    assert len(reads) == 1


def test_the_ranks_of_a_table_are_read_when_they_are_asked_for(reads) -> None:
    predictions = table()
    leaves = summary.summarise(predictions)
    again, ranks = summary.summarise_with_ranks(predictions, TREE)
    assert len(reads) == 2
    assert again.predicted.tolist() == leaves.predicted.tolist()
    assert [len(rank.predicted) for rank in ranks] == [2]


def test_another_table_is_read_by_itself(reads) -> None:
    summary.summarise(table())
    summary.summarise(table())
    assert len(reads) == 2


def test_what_is_kept_goes_with_its_table() -> None:
    predictions = table()
    kept = weakref.ref(summary.summarise_with_ranks(predictions, TREE)[0].predicted)
    del predictions
    gc.collect()
    assert kept() is None


def test_what_is_kept_cannot_be_changed() -> None:
    _, (rank,) = summary.summarise_with_ranks(table(), TREE)
    with pytest.raises(ValueError, match="read-only"):
        rank.confidence[0] = 1.0
