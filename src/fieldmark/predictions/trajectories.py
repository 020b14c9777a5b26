"""Probabilities over time: what a contender says of each specimen on each day it was imaged."""

import dataclasses
import math
from collections.abc import Sized
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from fieldmark.core.checks import count_of, first_few
from fieldmark.core.errors import PredictionsError

__all__ = ["Trajectories", "seen_until"]

BoolArray = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float64]

_Value = TypeVar("_Value")
_Scalar = TypeVar("_Scalar", bound=np.generic)


@dataclasses.dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Trajectories:
    """Probabilities of one state by specimen and time, checked once, read-only.

    Days on which a specimen was not imaged are never filled: the mask says so, and the probability
    is NaN there, so that a number that forgets the mask is seen to be none.

    Attributes:
        contender: who made the predictions.
        split: part of the split that the specimens come from.
        specimens: unique names.
        times: float64 (n_times,), finite, increasing; in days unless stated otherwise.
        probability: float64 (n_specimens, n_times), probability of the positive state, 0 to 1;
            NaN where not imaged.
        imaged: bool (n_specimens, n_times); every specimen at least once.
        positive: bool (n_specimens, n_times), whether the label is the positive state; False where
            not imaged.
        onset: time at which the state begins, for each specimen; None is "never".
        groups: what must not be torn apart, such as the genotype; None when there are none.
        control: whether the specimen is a control; None when that is not stated.
        folds: fold that each specimen was predicted in; None outside cross-validation.
        seed: training seed; None when there was none or it is not known.
        training_prevalence: share of positive labels that the contender was trained on; None when
            it is not known.
        items_digest: digest of ids and labels of the predictions.
        header_digest: digest of the header of the predictions.

    Raises:
        PredictionsError: shapes, names, times, probabilities or onsets are not as stated.

    Example:
        >>> seen = Trajectories(
        ...     contender="probe", split="test", specimens=("p1", "p2"), times=np.array([1.0, 4.0]),
        ...     probability=np.array([[0.2, 0.9], [0.1, np.nan]]),
        ...     imaged=np.array([[True, True], [True, False]]),
        ...     positive=np.array([[False, True], [False, False]]), onset=(3.0, None),
        ...     items_digest="", header_digest="")
        >>> seen
        Trajectories('probe', 2 specimens, 2 times, 3 of 4 imaged, split 'test')
        >>> seen.onset_times.tolist(), seen.begins.tolist(), seen.unaffected.tolist()
        ([3.0, inf], [True, False], [False, True])
    """

    contender: str
    split: str
    specimens: tuple[str, ...]
    times: FloatArray
    probability: FloatArray
    imaged: BoolArray
    positive: BoolArray
    onset: tuple[float | None, ...]
    items_digest: str
    header_digest: str
    groups: tuple[str, ...] | None = None
    control: tuple[bool, ...] | None = None
    folds: tuple[str, ...] | None = None
    seed: int | None = None
    training_prevalence: float | None = None

    def __post_init__(self) -> None:
        self._check_shapes()
        self._check_numbers()
        self._check_onsets()
        object.__setattr__(self, "times", _read_only(self.times))
        object.__setattr__(self, "probability", _read_only(self.probability))
        object.__setattr__(self, "imaged", _read_only(self.imaged))
        object.__setattr__(self, "positive", _read_only(self.positive))

    def __repr__(self) -> str:
        return (
            f"Trajectories('{self.contender}', {count_of(self.n, 'specimen')}, "
            f"{count_of(len(self.times), 'time')}, {self.imaged.sum():,} of {self.imaged.size:,} "
            f"imaged, split '{self.split}')"
        )

    @property
    def n(self) -> int:
        """Number of specimens; at least 1."""
        return len(self.specimens)

    @property
    def end(self) -> float:
        """The last time; an onset beyond it has not been observed."""
        return float(self.times[-1])

    @property
    def onset_times(self) -> FloatArray:
        """Onset of each specimen, float64 (n,); inf is "never"."""
        return np.array([math.inf if day is None else day for day in self.onset])

    @property
    def begins(self) -> BoolArray:
        """Whether the onset lies within the observed time, bool (n,)."""
        return self.onset_times <= self.end

    @property
    def later(self) -> int:
        """Number of specimens whose onset lies beyond the observed time."""
        onset = self.onset_times
        return int(np.count_nonzero(np.isfinite(onset) & (onset > self.end)))

    @property
    def unaffected(self) -> BoolArray:
        """Who can only be alarmed falsely, bool (n,): controls, or those with onset "never"."""
        never = np.isinf(self.onset_times)
        return never if self.control is None else never & np.array(self.control)

    @property
    def contradictions(self) -> int:
        """Number of imaged days whose label says something else than the onset."""
        begun = self.times >= self.onset_times[:, None]
        return int(np.count_nonzero((begun != self.positive) & self.imaged))

    def _check_shapes(self) -> None:
        if not self.specimens or not len(self.times):
            raise PredictionsError(
                f"Expected at least one specimen and one time; got {len(self.specimens)} and "
                f"{len(self.times)}."
            )
        if len(set(self.specimens)) < self.n:
            raise PredictionsError("Expected every specimen once; a name stands more than once.")
        expected = (self.n, len(self.times))
        shapes = {
            "probability": self.probability.shape,
            "imaged": self.imaged.shape,
            "positive": self.positive.shape,
        }
        for name, shape in shapes.items():
            if shape != expected:
                raise PredictionsError(
                    f"Expected {name} of shape {expected} (specimens, times); got {shape}."
                )
        columns: dict[str, Sized | None] = {
            "onset": self.onset,
            "groups": self.groups,
            "control": self.control,
            "folds": self.folds,
        }
        for name, values in columns.items():
            if values is not None and len(values) != self.n:
                raise PredictionsError(
                    f"Expected {name} for each of {count_of(self.n, 'specimen')}; got "
                    f"{len(values)}."
                )

    def _check_numbers(self) -> None:
        if not np.isfinite(self.times).all() or not (np.diff(self.times) > 0).all():
            raise PredictionsError("Expected finite times, each after the one before.")
        seen = self.probability[self.imaged]
        if not ((seen >= 0) & (seen <= 1)).all():
            raise PredictionsError("Expected probabilities from 0 to 1 on every imaged day.")
        if not np.isnan(self.probability[~self.imaged]).all() or self.positive[~self.imaged].any():
            raise PredictionsError(
                "Expected no probability (NaN) and no positive label on days without an image; "
                "such days are never filled."
            )
        unseen = [
            name for name, row in zip(self.specimens, self.imaged, strict=True) if not row.any()
        ]
        if unseen:
            raise PredictionsError(
                f"Expected every specimen to be imaged at least once; {first_few(unseen)} "
                f"{'is' if len(unseen) == 1 else 'are'} not. Leave out what was never imaged, and "
                "say so."
            )

    def _check_onsets(self) -> None:
        days = [day for day in self.onset if day is not None]
        if not np.isfinite(days).all():
            raise PredictionsError("Expected finite onsets; write None for 'never'.")
        if self.control is None:
            return
        ill = [
            name
            for name, day, control in zip(self.specimens, self.onset, self.control, strict=True)
            if control and day is not None
        ]
        if ill:
            raise PredictionsError(
                f"Expected no onset for a control; {len(ill):,} have one (first: "
                f"{first_few(ill, 1)}). Correct the onset, or which are controls."
            )


def seen_until(trajectories: Trajectories, day: float) -> Trajectories:
    """Return what was known at the end of ``day``: later days are dropped, the truth stays.

    A specimen that was first imaged later is left out.

    Args:
        trajectories: over the whole time.
        day: the last day that is seen.

    Raises:
        PredictionsError: nothing was imaged by then.
    """
    kept: BoolArray = np.less_equal(trajectories.times, day)
    rows = np.logical_or.reduce(trajectories.imaged[:, kept], axis=1)
    if not rows.any():
        raise PredictionsError(
            f"Expected an imaged day on or before {day:g}; the first is {trajectories.times[0]:g}."
        )
    seen = np.ix_(rows, kept)
    return dataclasses.replace(
        trajectories,
        specimens=_kept(trajectories.specimens, rows),
        times=trajectories.times[kept],
        probability=trajectories.probability[seen],
        imaged=trajectories.imaged[seen],
        positive=trajectories.positive[seen],
        onset=_kept(trajectories.onset, rows),
        groups=None if trajectories.groups is None else _kept(trajectories.groups, rows),
        control=None if trajectories.control is None else _kept(trajectories.control, rows),
        folds=None if trajectories.folds is None else _kept(trajectories.folds, rows),
    )


def _kept(values: tuple[_Value, ...], rows: BoolArray) -> tuple[_Value, ...]:
    return tuple(value for value, keep in zip(values, rows, strict=True) if keep)


def _read_only(array: npt.NDArray[_Scalar]) -> npt.NDArray[_Scalar]:
    view = array.view()
    view.flags.writeable = False
    return view
