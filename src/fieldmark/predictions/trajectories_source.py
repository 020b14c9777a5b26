"""Trajectories from stored predictions whose items say specimen and time, and a table of onsets."""

from typing import Literal

import numpy as np
import polars as pl
from scipy.special import log_softmax

from fieldmark.core.checks import count_of, first_few, nearest
from fieldmark.core.errors import PredictionsError
from fieldmark.predictions.header import ScoreKind
from fieldmark.predictions.table import Predictions
from fieldmark.predictions.trajectories import FloatArray, Trajectories
from fieldmark.predictions.trajectories_onsets import (
    NEVER,
    ONSET,
    no_column,
    numbers_in,
    onset_table,
)

Control = tuple[str, str]
Views = Literal["one", "mean"]


def trajectories_of(
    predictions: Predictions,
    *,
    specimen: str,
    time: str,
    positive: str,
    onset: pl.DataFrame,
    control: Control | None = None,
    views: Views = "one",
) -> Trajectories:
    """Return the trajectories of stored predictions.

    Columns "group" and "fold" are taken over where there are any, from the table of onsets or else
    from the items; a specimen has one of each.

    Args:
        predictions: probabilities or logits; one item for each specimen, time and view.
        specimen: column that names the specimen, in the items and in ``onset``.
        time: column of the items with the time, a number.
        positive: the class whose onset is meant.
        onset: a row for each specimen, with columns ``specimen`` and "onset": a time, or empty or
            "never" where the state never begins. More specimens than were predicted are allowed.
        control: column (of ``onset``, else of the items) and its value for controls; None when it
            is not stated which specimens are controls.
        views: "one" expects one item for each specimen and time; "mean" averages the probabilities
            of several.

    Raises:
        PredictionsError: a column, class or specimen is missing, a time is no number, or several
            items stand for one specimen and time and are not to be averaged.

    Example:
        >>> from fieldmark.manifest.labels import LabelSpace
        >>> from fieldmark.predictions.header import PredictionsHeader
        >>> predictions = Predictions(
        ...     header=PredictionsHeader(score_kind="probabilities", contender="probe"),
        ...     items=pl.DataFrame({"id": ["a", "b", "c"], "label": ["well", "dry", "well"],
        ...         "plant": ["1", "1", "2"], "day": ["3", "7", "3"]}),
        ...     label_space=LabelSpace(("well", "dry")),
        ...     scores=np.array([[0.9, 0.1], [0.2, 0.8], [0.7, 0.3]]))
        >>> found = trajectories_of(predictions, specimen="plant", time="day", positive="dry",
        ...     onset=pl.DataFrame({"plant": ["1", "2"], "onset": ["6", None]}))
        >>> found.probability.tolist(), found.onset
        ([[0.1, 0.8], [0.3, nan]], (6.0, None))
    """
    items = _items(predictions, specimen, time, positive)
    cells = _cells(items, views)
    specimens = tuple(cells["specimen"].unique(maintain_order=True).to_list())
    truth = _rows_of(onset_table(onset, specimen=specimen), specimen, specimens)
    times = np.unique(cells["time"].to_numpy())
    rows = cells["specimen"].replace_strict(specimens, range(len(specimens)), return_dtype=pl.Int64)
    place = (rows.to_numpy(), np.searchsorted(times, cells["time"].to_numpy()))
    probability = np.full((len(specimens), len(times)), np.nan)
    probability[place] = cells["probability"].to_numpy()
    positives = np.zeros(probability.shape, bool)
    positives[place] = cells["positive"].to_numpy()
    header = predictions.header
    in_one_fold = None if header.fold is None else (header.fold,) * len(specimens)
    return Trajectories(
        contender=header.contender,
        split=header.split,
        specimens=specimens,
        times=times,
        probability=probability,
        imaged=~np.isnan(probability),
        positive=positives,
        onset=tuple(truth[ONSET].to_list()),
        groups=_carried("group", truth, items),
        control=None if control is None else _controls(control, truth, items),
        folds=_carried("fold", truth, items) or in_one_fold,
        seed=header.seed,
        training_prevalence=_training_prevalence(predictions, positive),
        items_digest=predictions.items_digest,
        header_digest=header.digest,
    )


def _items(predictions: Predictions, specimen: str, time: str, positive: str) -> pl.DataFrame:
    items = predictions.items
    for column in (specimen, time):
        if column not in items.columns:
            raise no_column(column, "items", items.columns)
        if items[column].null_count():
            raise PredictionsError(
                f"Expected '{column}' for every item; {items[column].null_count():,} have none."
            )
    return items.select(
        pl.all().exclude("label").cast(pl.String).name.prefix("item:"),
        pl.col(specimen).cast(pl.String).alias("specimen"),
        numbers_in(items[time].cast(pl.String), time).alias("time"),
        (pl.col("label") == positive).alias("positive"),
        pl.Series("probability", _probability(predictions, positive)),
    )


def _probability(predictions: Predictions, positive: str) -> FloatArray:
    classes = predictions.label_space.classes
    if positive not in classes:
        guess = nearest(positive, classes)
        hint = f" (nearest: '{guess}')" if guess else ""
        raise PredictionsError(
            f"Expected the positive class among the classes {first_few(classes)}; got "
            f"'{positive}'{hint}."
        )
    scores = np.asarray(predictions.scores, dtype=np.float64)
    kind, column = predictions.header.score_kind, classes.index(positive)
    if kind is ScoreKind.SIMILARITIES or len(classes) < 2:
        raise PredictionsError(
            f"Expected probabilities or logits over at least two classes; got {kind.value} over "
            f"{count_of(len(classes), 'class', 'classes')}. Calibrate similarities first."
        )
    if kind is ScoreKind.LOGITS:
        scores = np.exp(log_softmax(scores, axis=1))
    found: FloatArray = np.clip(scores[:, column], 0.0, 1.0)
    return found


def _cells(items: pl.DataFrame, views: Views) -> pl.DataFrame:
    cells = items.group_by("specimen", "time", maintain_order=True).agg(
        pl.col("probability").mean(),
        pl.col("positive").first(),
        pl.len().alias("views"),
        pl.col("positive").n_unique().alias("labels"),
        pl.col("item:id").first(),
    )
    several = cells.filter(pl.col("views") > 1)
    if views == "one" and several.height:
        first = several.row(0, named=True)
        raise PredictionsError(
            f"Expected one item for each specimen and time; {several.height:,} of {cells.height:,} "
            f"have several (first: '{first['specimen']}' at {first['time']:g} has "
            f"{first['views']}). If these are views of one state, average them: views 'mean'."
        )
    torn = cells.filter(pl.col("labels") > 1)
    if torn.height:
        first = torn.row(0, named=True)
        raise PredictionsError(
            f"Expected one label for all views of a specimen at a time; {torn.height:,} have two "
            f"(first: '{first['specimen']}' at {first['time']:g})."
        )
    return cells


def _rows_of(table: pl.DataFrame, specimen: str, specimens: tuple[str, ...]) -> pl.DataFrame:
    wanted = pl.DataFrame({specimen: specimens})
    missing = wanted.join(table, on=specimen, how="anti")[specimen].to_list()
    if missing:
        raise PredictionsError(
            f"Expected an onset, or '{NEVER}', for each of "
            f"{count_of(len(specimens), 'specimen')}; {len(missing):,} are not in the table of "
            f"onsets (first: {first_few(missing)}). Add their rows."
        )
    return wanted.join(table, on=specimen, how="left", maintain_order="left")


def _carried(column: str, truth: pl.DataFrame, items: pl.DataFrame) -> tuple[str, ...] | None:
    """Return a column by specimen, from the table of onsets or else from the items."""
    if column in truth.columns:
        values = truth[column].cast(pl.String)
    elif f"item:{column}" in items.columns:
        found = items.group_by("specimen", maintain_order=True).agg(
            pl.col(f"item:{column}").first().alias("value"),
            pl.col(f"item:{column}").n_unique().alias("values"),
        )
        torn = found.filter(pl.col("values") > 1)["specimen"].to_list()
        if torn:
            raise PredictionsError(
                f"Expected one {column} for each specimen; {len(torn):,} have several (first: "
                f"{first_few(torn, 1)})."
            )
        values = found["value"]
    else:
        return None
    if values.null_count():
        raise PredictionsError(
            f"Expected a {column} for every specimen; {values.null_count():,} have none."
        )
    return tuple(values.to_list())


def _controls(control: Control, truth: pl.DataFrame, items: pl.DataFrame) -> tuple[bool, ...]:
    column, value = control
    values = _carried(column, truth, items)
    if values is None:
        raise no_column(column, "table of onsets", truth.columns)
    if value not in values:
        raise PredictionsError(
            f"Expected controls with {column} '{value}'; there is no such specimen. There are: "
            f"{first_few(sorted(set(values)))}."
        )
    return tuple(found == value for found in values)


def _training_prevalence(predictions: Predictions, positive: str) -> float | None:
    counts = predictions.header.training_label_counts
    if not counts or not 0 < counts.get(positive, 0) < sum(counts.values()):
        return None
    return counts[positive] / sum(counts.values())
