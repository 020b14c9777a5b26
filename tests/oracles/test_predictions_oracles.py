"""Summaries, roll-up and import against independent implementations."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from scipy import sparse, special
from sklearn import metrics

from fieldmark.manifest.labels import LabelSpace
from fieldmark.manifest.taxonomy import build_taxonomy
from fieldmark.predictions.header import PredictionsHeader
from fieldmark.predictions.importers import import_predictions
from fieldmark.predictions.rollup import roll_up
from fieldmark.predictions.summary import summarise
from fieldmark.predictions.table import Predictions, ScoreKind

N, CLASSES, GENERA = 400, 60, 11
GENERATOR = np.random.default_rng(7)
LOGITS = GENERATOR.normal(scale=3, size=(N, CLASSES))
TRUTH = GENERATOR.integers(CLASSES, size=N)
GENUS = np.sort(np.append(np.arange(GENERA), GENERATOR.integers(GENERA, size=CLASSES - GENERA)))
NAMES = [f"s{column:02}" for column in range(CLASSES)]
TREE = build_taxonomy(
    pl.DataFrame({"genus": [f"g{genus:02}" for genus in GENUS], "species": NAMES}),
    ("genus", "species"),
)


def table(scores: np.ndarray, kind: str) -> Predictions:
    return Predictions(
        header=PredictionsHeader(score_kind=kind, contender="oracle"),
        items=pl.DataFrame(
            {"id": [str(row) for row in range(N)], "label": [NAMES[column] for column in TRUTH]}
        ),
        label_space=LabelSpace(tuple(NAMES)),
        scores=scores,
        taxonomy=TREE,
    )


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_probabilities_of_logits_are_scipys(dtype: type[np.floating]) -> None:
    found = summarise(table(LOGITS.astype(dtype), "logits"))
    expected = special.log_softmax(LOGITS, axis=1)[np.arange(N), TRUTH]
    tolerance = 1e-5 if dtype is np.float32 else 1e-12
    assert found.truth_log_probability == pytest.approx(expected, rel=tolerance, abs=tolerance)
    assert found.top_score == pytest.approx(special.softmax(LOGITS, axis=1).max(1), rel=tolerance)


def test_accuracy_top_five_and_log_loss_are_scikit_learns() -> None:
    found = summarise(table(LOGITS, "logits"))
    shares = special.softmax(LOGITS, axis=1)
    every = np.arange(CLASSES)
    assert found.right.mean() == metrics.accuracy_score(TRUTH, LOGITS.argmax(1))
    top_5 = metrics.top_k_accuracy_score(TRUTH, LOGITS, k=5, labels=every)
    assert (found.truth_rank <= 5).mean() == top_5
    log_loss = metrics.log_loss(TRUTH, shares, labels=every)
    assert -found.truth_log_probability.mean() == pytest.approx(log_loss, rel=1e-12)


def test_rolling_up_is_a_product_with_a_sparse_matrix() -> None:
    membership = sparse.csr_array((np.ones(CLASSES), (np.arange(CLASSES), GENUS)))
    shares = special.softmax(LOGITS, axis=1)
    rolled = roll_up(table(shares, "probabilities"), "genus")
    assert rolled.scores == pytest.approx(shares @ membership, abs=1e-12)
    logits = roll_up(table(LOGITS, "logits"), "genus")
    assert special.softmax(logits.scores, axis=1) == pytest.approx(shares @ membership, abs=1e-12)


def test_rolled_up_logits_are_scipys_logsumexp() -> None:
    rolled = roll_up(table(LOGITS, "logits"), "genus").scores
    for genus in range(GENERA):
        expected = special.logsumexp(LOGITS[:, genus == GENUS], axis=1)
        assert rolled[:, genus] == pytest.approx(expected, rel=1e-12, abs=1e-12)


def test_an_imported_csv_is_what_polars_reads(tmp_path: Path) -> None:
    frame = pl.DataFrame(LOGITS, schema=[f"score:{name}" for name in NAMES]).with_columns(
        id=pl.Series([f"photo, {row}" for row in range(N)]), label=pl.lit("s00")
    )
    frame.write_csv(tmp_path / "logits.csv")
    stored = import_predictions(
        tmp_path / "logits.csv", kind=ScoreKind.LOGITS, out=tmp_path / "store"
    )
    scores = pl.read_csv(tmp_path / "logits.csv").select(pl.col("^score:.*$").cast(pl.Float32))
    assert stored.ids.equals(frame["id"])
    assert np.allclose(stored.scores, scores.to_numpy(), rtol=2e-7)
