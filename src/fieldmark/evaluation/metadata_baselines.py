"""Baselines that never look at the image: a column of the table, the nearest place, the group.

They learn from training items where these are given. Otherwise they learn from the other evaluated
items, each time without the item's own group, and their name says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from fieldmark.core.checks import unknown_choice
from fieldmark.core.errors import PredictionsError
from fieldmark.evaluation.answers import Answers
from fieldmark.evaluation.baselines import answering_subject, answers_of_codes
from fieldmark.evaluation.guesses import guess_metrics
from fieldmark.evaluation.label_codes import candidate_codes
from fieldmark.evaluation.majorities import majorities
from fieldmark.evaluation.measuring import Expected, Judged, Subject
from fieldmark.evaluation.nearest_location import PLACE, nearest_rows, places_of
from fieldmark.evaluation.resampling import IntArray, Units
from fieldmark.manifest.taxonomy import Taxonomy
from fieldmark.predictions.validity import check_training

PRIOR_WITHIN_GROUP = "prior within the group, from the training items"


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class KnownItems:
    """What a baseline learns from, and for whom.

    Attributes:
        asked: the evaluated items, with their columns.
        known: the items to learn from, with a column label and others.
        own: int64 (n,), the group of each evaluated item where ``known`` are the evaluated items
            themselves, so that nobody learns from its own group; None for training items.
        words: what is learnt from, such as "the training items".
    """

    asked: pl.DataFrame
    known: pl.DataFrame
    own: IntArray | None
    words: str

    def values(self, column: str) -> tuple[IntArray, IntArray]:
        """Return the codes of the values of a column, of the asked and of the known items.

        A missing value is a value of its own.
        """
        parts = [frame[column].cast(pl.String) for frame in (self.asked, self.known)]
        texts = pl.concat(parts).fill_null("\0missing").to_numpy().astype(np.str_)
        codes = np.unique(texts, return_inverse=True)[1]
        return codes[: self.asked.height], codes[self.asked.height :]


def known_items(items: pl.DataFrame, training: pl.DataFrame | None, units: Units) -> KnownItems:
    """Return what the baselines of these items learn from.

    Args:
        items: the evaluated items, with columns label and any others.
        training: the training items, with the same columns; None for the other evaluated items.
        units: the groups of the evaluated items.

    Raises:
        PredictionsError: the training items have no column label, or hold an evaluated item.
    """
    if training is None:
        words = "of other groups" if units.clustered else "beside it"
        words = f"the evaluated items {words}"
        return KnownItems(asked=items, known=items, own=units.codes, words=words)
    _require_label(training)
    if "id" in training.columns:
        check_training(items["id"], training["id"].cast(pl.String))
    return KnownItems(asked=items, known=training, own=None, words="the training items")


def counts_of_labels(training: pl.DataFrame) -> dict[str, int]:
    """Return how many training items have each label.

    Raises:
        PredictionsError: the training items have no column label.
    """
    _require_label(training)
    counted = training["label"].cast(pl.String).drop_nulls().value_counts(name="items")
    return dict(counted.sort("label").iter_rows())


def metadata_subjects(
    judged: Judged, learnt: KnownItems, *, metadata: Sequence[str], taxonomy: Taxonomy | None
) -> list[Subject]:
    """Return the baselines that these items allow.

    Each named column gives one: the most frequent label among the known items of the same value,
    in class order where several are equally frequent, of all known items where there is none.
    Columns latitude and longitude give the label of the nearest known item. Training items with
    groups that are evaluated too give the prior within the group.

    Args:
        judged: the answers that the baselines stand beside.
        learnt: what they learn from.
        metadata: columns to answer from.
        taxonomy: the tree, when there are ranks above the leaves.

    Raises:
        PredictionsError: a column is missing, or a place is not on earth.
    """
    labels = learnt.known["label"].cast(pl.String).to_list()
    codes = [candidate_codes(answers, labels, taxonomy) for answers in judged.levels]
    found = []
    for column in metadata:
        _require_column(learnt, column)
        levels = [
            _answered(answers, known, *learnt.values(column), learnt.own)
            for answers, known in zip(judged.levels, codes, strict=True)
        ]
        name = f"{column} only, from {learnt.words}"
        found.append(answering_subject(name, judged, levels))
    if all(set(PLACE) <= set(frame.columns) for frame in (learnt.asked, learnt.known)):
        found.append(_nearest_subject(judged, learnt, codes))
    if learnt.own is None and all("group" in f.columns for f in (learnt.asked, learnt.known)):
        found += _within_group(judged, learnt, codes)
    return found


def _answered(
    answers: Answers, labels: IntArray, asked: IntArray, known: IntArray, own: IntArray | None
) -> Answers:
    return answers_of_codes(answers, majorities(labels, known, asked, own, answers.candidates))


def _nearest_subject(judged: Judged, learnt: KnownItems, codes: Sequence[IntArray]) -> Subject:
    usable = np.flatnonzero(codes[0] >= 0)
    own = None if learnt.own is None else (learnt.own[usable], learnt.own)
    rows = nearest_rows(places_of(learnt.known)[usable], places_of(learnt.asked), own)
    levels = []
    for answers, labels in zip(judged.levels, codes, strict=True):
        nowhere = np.zeros(answers.n, dtype=np.int64), np.zeros(len(labels), dtype=np.int64)
        fallback = _answered(answers, labels, *nowhere, learnt.own)
        nearest = labels[usable][rows] if usable.size else fallback.predicted
        predicted = np.where(rows >= 0, nearest, fallback.predicted)
        levels.append(answers_of_codes(answers, predicted))
    return answering_subject(f"nearest location, from {learnt.words}", judged, levels)


def _within_group(
    judged: Judged, learnt: KnownItems, codes: Sequence[IntArray]
) -> tuple[Subject, ...]:
    asked, known = learnt.values("group")
    if not np.isin(asked, known).any():
        return ()
    found = tuple(
        metric
        for answers, labels in zip(judged.levels, codes, strict=True)
        for metric in guess_metrics(answers, _of_group(answers, labels, asked, known), None)
    )
    return (Subject(PRIOR_WITHIN_GROUP, (Expected(found),)),)


def _of_group(
    answers: Answers, labels: IntArray, asked: IntArray, known: IntArray
) -> npt.NDArray[np.float64]:
    """Return the share of each label in its item's group, or in all groups where it has none."""
    inside = labels >= 0
    overall = np.bincount(labels[inside], minlength=len(answers.classes))
    width, groups = len(answers.classes), int(max(asked.max(), known.max())) + 1
    sizes = np.bincount(known[inside], minlength=groups)[asked]
    pairs, count = np.unique(known[inside] * width + labels[inside], return_counts=True)
    hits = _looked_up(pairs, count, asked * width + answers.truth)
    by_prior = overall[answers.truth] / max(overall.sum(), 1)
    return np.where(sizes > 0, hits / np.maximum(sizes, 1), by_prior)


def _looked_up(
    keys: IntArray, values: npt.NDArray[np.integer], asked: IntArray
) -> npt.NDArray[np.integer]:
    if not keys.size:
        return np.zeros(len(asked), dtype=np.int64)
    place = np.searchsorted(keys, asked).clip(max=len(keys) - 1)
    return np.where(keys[place] == asked, values[place], 0)


def _require_column(learnt: KnownItems, column: str) -> None:
    for frame, whose in ((learnt.asked, "the predictions"), (learnt.known, "the training items")):
        if column not in frame.columns or column in {"id", "label"}:
            there = [name for name in frame.columns if name not in {"id", "label"}]
            raise PredictionsError(f"Of {whose}: {unknown_choice('column', column, there)}")


def _require_label(training: pl.DataFrame) -> None:
    if "label" not in training.columns:
        raise PredictionsError(
            "Expected a column 'label' of the training items; they have"
            f" {', '.join(training.columns) or 'no column'}."
        )
