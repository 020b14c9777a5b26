"""What a report shows of decoders: the same scores of one contender, decoded in several ways."""

from dataclasses import dataclass
from typing import Any

from fieldmark.comparison.outcome import Comparison
from fieldmark.core.errors import FieldmarkError
from fieldmark.evaluation.estimates import Estimate, find_estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class DecoderRow:
    """One decoder, and what was measured of its answers.

    Attributes:
        decoder: its name, such as "greedy".
        title: what it does, in a few words, with its settings.
        estimates: of its answers.
        is_diagnosis: whether it is no answer, but each rank read by itself.
    """

    decoder: str
    title: str
    estimates: tuple[Estimate, ...]
    is_diagnosis: bool = False

    def estimate(self, metric: str, rank: str | None = None) -> Estimate | None:
        """Return the stored estimate of a metric at a rank, if any."""
        return find_estimate(self.estimates, metric, rank)

    def to_dict(self) -> dict[str, Any]:
        """Return the record as it is written to JSON."""
        return {
            "decoder": self.decoder,
            "title": self.title,
            "is_diagnosis": self.is_diagnosis,
            "estimates": [estimate.to_dict() for estimate in self.estimates],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoding:
    """The decoders of one contender, on the same items.

    Attributes:
        contender: who made the scores.
        split: name of the part.
        ranks: names of the ranks, coarse to fine.
        n: number of items.
        candidates: number of leaves that could be answered.
        rows: one a decoder, that which the others are compared with first; the diagnosis last.
        comparisons: paired verdicts between decoders, corrected for their number.
        seed: of the scores; None where there is none.
        seeds: how many the contender has; the table is of one.

    Raises:
        FieldmarkError: there is no row.
    """

    contender: str
    split: str
    ranks: tuple[str, ...]
    n: int
    candidates: int
    rows: tuple[DecoderRow, ...]
    comparisons: tuple[Comparison, ...] = ()
    seed: int | None = None
    seeds: int = 1

    def __post_init__(self) -> None:
        if not self.rows:
            raise FieldmarkError("Expected at least one decoder to show; got none.")

    @property
    def sentences(self) -> tuple[str, ...]:
        """What the diagnosis found, and the verdicts on whole paths of what answers every rank.

        A decoder that stops above the leaves for some items is not right there by its nature; its
        verdicts stand in the table.
        """
        diagnosis = (self._contradictions(row) for row in self.rows if row.is_diagnosis)
        whole = {f"{self.contender}, {row.decoder}" for row in self.rows if self._is_whole(row)}
        verdicts = (one.sentence() for one in self.on("all_ranks_right") if one.a in whole)
        return (*diagnosis, *verdicts)

    def on(self, metric: str) -> tuple[Comparison, ...]:
        """Return the comparisons on one metric."""
        return tuple(one for one in self.comparisons if one.metric == metric)

    @property
    def seed_in_words(self) -> str:
        """Which of several seeds it is, such as "seed 0, one of 5"; "" for the only one."""
        return f"seed {self.seed}, one of {self.seeds}" if self.seeds > 1 else ""

    def to_dict(self) -> dict[str, Any]:
        """Return the record as it is written to JSON."""
        return {
            "contender": self.contender,
            "split": self.split,
            "ranks": list(self.ranks),
            "n": self.n,
            "candidates": self.candidates,
            "seed": self.seed,
            "seeds": self.seeds,
            "decoders": [row.to_dict() for row in self.rows],
            "comparisons": [one.to_dict() for one in self.comparisons],
        }

    def _is_whole(self, row: DecoderRow) -> bool:
        answered = row.estimate("answered", self.ranks[-1])
        return answered is not None and answered.value == 1

    def _contradictions(self, row: DecoderRow) -> str:
        found = row.estimate("path_contradiction_rate")
        if found is None or found.value is None:
            return ""
        fine, coarse = self.ranks[-1], self.ranks[-2] if len(self.ranks) > 1 else "rank"
        of = f" ({self.contender}, {self.seed_in_words})" if self.seeds > 1 else ""
        return (
            f"Read rank by rank{of}, {found.value_text()} of {found.n:,} items contradict"
            f" themselves ({found.interval_text()}), such as an answer at rank {fine} outside the"
            f" one at rank {coarse}. That is a diagnosis and no answer: every decoder answers a"
            " path of the tree."
        )
