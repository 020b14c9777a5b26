"""The ledger of choices: what was chosen, among how many, by which metric, on which items."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from fieldmark.comparison.optimism import expected_optimism
from fieldmark.core.checks import count_of
from fieldmark.core.errors import PredictionsError, StoreError
from fieldmark.core.storage import read_json, write_json
from fieldmark.evaluation.metrics import METRICS
from fieldmark.predictions.table import Predictions

_FORMAT = "fieldmark selection 1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One choice that was made by looking at the items of a part.

    Attributes:
        contender: whose checkpoint, threshold, weight or prompt was chosen.
        what: what was chosen, such as "checkpoint".
        chosen: the one that was taken, such as "epoch 17".
        candidates: among how many; at least 1.
        metric: by which metric of the catalogue.
        part: on which part of the split.
        items_digest: digest of its items and labels; None when it is not known, then the name of
            the part decides.
        optimism: by how much the chosen one is expected to look too good, in the scale of the
            metric, from a bootstrap of the whole choice; None when it was not estimated.

    Raises:
        PredictionsError: there is no candidate, or the optimism is below 0.
    """

    contender: str
    what: str
    candidates: int
    metric: str
    part: str
    chosen: str = ""
    items_digest: str | None = None
    optimism: float | None = None

    def __post_init__(self) -> None:
        if self.candidates < 1 or not (self.optimism is None or self.optimism >= 0):
            raise PredictionsError(
                f"Expected the choice of a {self.what} among at least 1 candidate, with an optimism"
                f" of at least 0; got {self.candidates} and {self.optimism}."
            )

    def was_made_on(self, table: Predictions) -> bool:
        """Return whether the choice was made on the very items of a table of its contender."""
        if self.candidates == 1 or table.header.contender != self.contender:
            return False
        if self.items_digest is None:
            return table.header.split == self.part
        return table.items_digest == self.items_digest


@dataclass(frozen=True, slots=True)
class SelectionLedger:
    """Every choice that was made before something is reported; nothing is ever taken out.

    Attributes:
        choices: in the order in which they were made.

    Example:
        >>> ledger = SelectionLedger().with_choice(Choice(contender="probe", what="checkpoint",
        ...     chosen="epoch 17", candidates=30, metric="accuracy", part="test"))
        >>> len(ledger.choices)
        1
    """

    choices: tuple[Choice, ...] = ()

    def with_choice(self, choice: Choice) -> "SelectionLedger":
        """Return the ledger with one more choice."""
        return SelectionLedger((*self.choices, choice))

    def on(self, tables: Sequence[Predictions]) -> tuple[Choice, ...]:
        """Return the choices that were made on the items of one of the tables, by its contender."""
        return tuple(
            choice for choice in self.choices if any(choice.was_made_on(table) for table in tables)
        )


def recorded_choices(tables: Sequence[Predictions]) -> SelectionLedger:
    """Return the choices that tables of predictions carry themselves, such as a fusion's weight.

    They stand as a list under ``choices`` in the provenance of a header, each with the fields of
    `Choice`.

    Raises:
        StoreError: what stands there is no list of choices.
    """
    found: dict[Choice, None] = {}
    for table in tables:
        stored = table.header.provenance.get("choices", [])
        try:
            found |= dict.fromkeys(Choice(**one) for one in stored)
        except (TypeError, PredictionsError) as error:
            raise StoreError(
                f"The choices in the header of {table.header.contender} are damaged ({error})."
            ) from None
    return SelectionLedger(tuple(found))


def write_ledger(ledger: SelectionLedger, path: Path) -> None:
    """Write a ledger as JSON, whole or not at all."""
    write_json(path, {"format": _FORMAT, "choices": [asdict(one) for one in ledger.choices]})


def read_ledger(path: Path) -> SelectionLedger:
    """Return a stored ledger.

    Raises:
        StoreError: the file is missing, or is no ledger.
    """
    content = read_json(path)
    if not isinstance(content, dict) or content.get("format") != _FORMAT:
        raise StoreError(f"Expected a selection ledger ('{_FORMAT}') in {path}; it is none.")
    try:
        return SelectionLedger(tuple(_choice(one) for one in content["choices"]))
    except (TypeError, KeyError, PredictionsError) as error:
        raise StoreError(f"The selection ledger {path} is damaged ({error}).") from None


def stamp(choice: Choice, *, value: float, n: int, metric: str) -> str:
    """Return the sentence that stands beside a result reported on the items of its own choice.

    Without an estimate from all candidates, the optimism of a share is bounded by
    SE x E[maximum of k normal numbers], SE = sqrt(v (1 - v) / n), as if they were independent.

    Args:
        choice: made on the items that are reported.
        value: the reported value.
        n: number of items.
        metric: the metric that is reported.
    """
    among = f"the best of {choice.candidates:,} by {choice.metric}"
    said = f"{choice.contender}: its {choice.what} was chosen on these items, {among}"
    return f"{said}; {optimism_in_words(choice, value=value, n=n, metric=metric)}"


def optimism_in_words(choice: Choice, *, value: float | None, n: int, metric: str) -> str:
    """Return by how much a result looks too good that is reported on the items of its choice.

    Args:
        choice: made on the items that are reported.
        value: the reported value; None where the metric was not measured.
        n: number of items.
        metric: the metric that is reported.

    Example:
        >>> chosen = Choice(contender="probe", what="checkpoint", candidates=30, metric="accuracy",
        ...     part="test", optimism=0.012)
        >>> optimism_in_words(chosen, value=0.9, n=1226, metric="accuracy")
        'expected optimism 1.20 points'
    """
    if metric != choice.metric:
        return f"its {metric} is optimistic too, by how much is not known"
    is_share = metric in METRICS and METRICS[metric].scale == "share"
    if choice.optimism is not None:
        return f"expected optimism {_amount(choice.optimism, is_share=is_share)}"
    if not is_share or value is None or not 0 <= value <= 1:
        return "its optimism is not known without the candidates' predictions"
    error = math.sqrt(value * (1 - value) / n)
    bound = expected_optimism(error, choice.candidates)
    return (
        f"expected optimism at most {_amount(bound, is_share=True)} (standard error over"
        f" {count_of(n, 'item')} x expected maximum of {choice.candidates:,} normal numbers)"
    )


def candidates_in(choices: Sequence[Choice]) -> int:
    """Return how many ways there were to choose, at most: the product over the choices."""
    return math.prod(choice.candidates for choice in choices)


def _choice(content: dict[str, Any]) -> Choice:
    return Choice(**content)


def _amount(optimism: float, *, is_share: bool) -> str:
    return f"{100 * optimism:.2f} points" if is_share else f"{optimism:.3g}"
