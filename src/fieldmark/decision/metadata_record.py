"""The record of a metadata prior: what it counted, how much it counts for, and whether it gains."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from fieldmark.core.checks import count_of, first_few
from fieldmark.core.digests import digest_of
from fieldmark.core.errors import DecisionError
from fieldmark.decision.calibrators import Calibrator, calibrator_from_dict
from fieldmark.decision.metadata_columns import MetadataColumn
from fieldmark.decision.metadata_tuning import FLOOR_COUNT, MetadataCounts


@dataclass(frozen=True, slots=True, kw_only=True)
class MetadataSettings:
    """What a metadata prior learns from.

    Attributes:
        columns: of the items, such as "habitat" and "month".
        bins: how many bins a column of numbers is cut into, by its name; others are categories.
        accept: columns that have one value only for each label, and are known before the answer
            all the same.
        level: coverage of the one-sided bound that the gain must clear, in (0.5, 1).
        resamples: number of bootstrap draws of the gain.
        seed: of folds, draws, and of the items where not all are tuned on.

    Raises:
        DecisionError: no column, one twice, bins or accepted names of other columns, fewer than
            two bins, or no level.
    """

    columns: tuple[str, ...]
    bins: tuple[tuple[str, int], ...] = ()
    accept: tuple[str, ...] = ()
    level: float = 0.95
    resamples: int = 2000
    seed: int = 0

    def __post_init__(self) -> None:
        if not self.columns or len(set(self.columns)) < len(self.columns):
            raise DecisionError(
                f"Expected at least one column of metadata, each once; got {list(self.columns)}."
            )
        foreign = [n for n in (*dict(self.bins), *self.accept) if n not in self.columns]
        if foreign:
            raise DecisionError(
                f"Expected bins and accepted columns among {first_few(self.columns, 9)}; got"
                f" {first_few(foreign)}. Name it among the columns too, or leave it out."
            )
        few = [(name, number) for name, number in self.bins if number < 2]
        if few:
            raise DecisionError(f"Expected at least 2 bins of '{few[0][0]}'; got {few[0][1]}.")
        if not 0.5 < self.level < 1:
            raise DecisionError(f"Expected a level between 0.5 and 1; got {self.level}.")


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class MetadataPrior:
    """What metadata say about classes, learnt on training items, weighed on others.

    Attributes:
        contender: whose scores it was weighed with.
        seed: training seed of the contender; None where there is none.
        fold: fold of the contender; None outside cross-validation.
        classes: the classes, in the order of the score columns.
        columns: how the values of each column are numbered.
        counts: how often each class comes with each value, among training items.
        weights: one a column, at least 0; all 0 where the prior adds nothing.
        tuned_weights: what was found before it was asked whether the prior adds anything.
        shrinkage: how many items the overall prior counts for at each value.
        calibrator: the temperature that comes first.
        trained_on: which items were counted, in words.
        training_items: how many, whose label is a class.
        lacking: number of classes without a training item.
        fitted_on: name of the part that temperature, weights and shrinkage were fitted on.
        fitted_items_digest: digest of its items.
        n: number of its items that were weighed on.
        groups: number of groups that were kept whole; None for independent items.
        gain: cross-fitted fall of the log loss, by the prior.
        gain_low: its one-sided lower bound.
        level: coverage of that bound.
    """

    contender: str
    seed: int | None
    fold: str | None
    classes: tuple[str, ...]
    columns: tuple[MetadataColumn, ...]
    counts: MetadataCounts
    weights: tuple[float, ...]
    tuned_weights: tuple[float, ...]
    shrinkage: float
    calibrator: Calibrator
    trained_on: str
    training_items: int
    lacking: int
    fitted_on: str
    fitted_items_digest: str
    n: int
    groups: int | None
    gain: float
    gain_low: float
    level: float

    @property
    def is_kept(self) -> bool:
        """Whether the lower bound of the gain is above zero; otherwise all weights are 0."""
        return self.gain_low > 0

    @property
    def digest(self) -> str:
        """Digest of everything."""
        return digest_of(self.to_dict())

    def to_dict(self) -> dict[str, Any]:
        """Return the record as it is written to JSON; of the counts, those that are not 0."""
        plain = {name: getattr(self, name) for name in _PLAIN}
        return plain | {
            "classes": list(self.classes),
            "columns": [asdict(column) for column in self.columns],
            "counts": {
                "by_class": self.counts.by_class.tolist(),
                "by_value": [_sparse(counts) for counts in self.counts.by_value],
            },
            "weights": list(self.weights),
            "tuned_weights": list(self.tuned_weights),
            "calibrator": self.calibrator.to_dict(),
            "is_kept": self.is_kept,
            "sentences": list(self.sentences()),
        }

    def sentences(self) -> tuple[str, ...]:
        """Return what was learnt, found and decided, one sentence each."""
        lacking = (
            f"; {count_of(self.lacking, 'class', 'classes')} without a training item count as"
            f" {FLOOR_COUNT:g} of one each"
            if self.lacking
            else ""
        )
        parts = [
            f"{column.in_words} {weight:.2f}"
            for column, weight in zip(self.columns, self.tuned_weights, strict=True)
        ]
        units = "" if self.groups is None else f" in {count_of(self.groups, 'group')}"
        return (
            f"Counted on {count_of(self.training_items, 'training item')}"
            f" ({self.trained_on}){lacking}.",
            f"Weights by log loss on '{self.fitted_on}', after temperature"
            f" {self.calibrator.temperature:.3f}: {', '.join(parts)}; each value"
            f" is drawn to the overall prior by {self.shrinkage:.3g} items.",
            f"Log loss of {self.contender} falls by {self.gain:.4f} (lower bound"
            f" {self.gain_low:+.4f} at {100 * self.level:g} %), cross-fitted on"
            f" {count_of(self.n, 'item')}{units} of '{self.fitted_on}'.",
            "The prior is kept."
            if self.is_kept
            else "The prior adds nothing that can be shown: its weights are 0.",
        )


def prior_from_dict(content: Mapping[str, Any]) -> MetadataPrior:
    """Return the prior that ``to_dict`` wrote.

    Raises:
        DecisionError: a field is missing or unknown, or the counts are not those of the columns.
    """
    plain = {name: value for name, value in content.items() if name not in ("is_kept", "sentences")}
    try:
        columns = tuple(
            MetadataColumn(name=one["name"], values=tuple(one["values"]), edges=tuple(one["edges"]))
            for one in plain["columns"]
        )
        width = len(plain["classes"])
        counts = MetadataCounts(
            tuple(
                _dense(triples, (column.size, width))
                for triples, column in zip(plain["counts"]["by_value"], columns, strict=True)
            ),
            np.array(plain["counts"]["by_class"], dtype=np.int64),
        )
        return MetadataPrior(
            **plain
            | {"columns": columns, "counts": counts}
            | {name: tuple(plain[name]) for name in ("classes", "weights", "tuned_weights")}
            | {"calibrator": calibrator_from_dict(plain["calibrator"])}
        )
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise DecisionError(f"This is not a stored metadata prior: {error}.") from None


_PLAIN = (
    "contender",
    "seed",
    "fold",
    "shrinkage",
    "trained_on",
    "training_items",
    "lacking",
    "fitted_on",
    "fitted_items_digest",
    "n",
    "groups",
    "gain",
    "gain_low",
    "level",
)


def _sparse(counts: np.ndarray[Any, np.dtype[np.int64]]) -> list[list[int]]:
    """Return value, class and count of what is not 0."""
    values, classes = np.nonzero(counts)
    return np.stack([values, classes, counts[values, classes]], axis=1).tolist()  # type: ignore[no-any-return]


def _dense(triples: list[list[int]], shape: tuple[int, int]) -> np.ndarray[Any, np.dtype[np.int64]]:
    counts = np.zeros(shape, dtype=np.int64)
    for value, place, count in triples:
        counts[value, place] = count
    return counts
