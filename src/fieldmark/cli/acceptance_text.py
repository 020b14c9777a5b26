"""What a table of synonyms changed in foreign predictions, in lines."""

from collections.abc import Iterator
from typing import Final

from fieldmark.core.checks import count_of, first_few
from fieldmark.predictions.accepted_import import Acceptance
from fieldmark.predictions.header import ScoreKind

_MERGED: Final = {
    ScoreKind.PROBABILITIES: "their probabilities are summed",
    ScoreKind.LOGITS: "their logits are combined as the softmax sums them (log-sum-exp)",
    ScoreKind.SIMILARITIES: "the largest similarity counts",
}


def acceptance_lines(changed: Acceptance, kind: ScoreKind, source: str) -> Iterator[str]:
    """Yield what was renamed and merged, and which synonyms met nothing.

    Args:
        changed: what was done.
        kind: what the scores are.
        source: the name of the table of synonyms.

    Example:
        >>> changed = Acceptance({"old": "new"}, {"new": ("old", "new")}, 1, ("older",))
        >>> for line in acceptance_lines(changed, ScoreKind.LOGITS, "s.csv"):
        ...     print(line[:66])
        Names that gave way to their accepted name (s.csv): 1 (first: 'old
        Classes that have become one column: 1 (first: 'new' of 'old', 'ne
        Synonyms that are neither a class nor a label: 1 ('older').
    """
    if changed.replaced:
        old, new = next(iter(changed.replaced.items()))
        yield (
            f"Names that gave way to their accepted name ({source}): {len(changed.replaced):,} "
            f"(first: '{old}' is '{new}'), in the labels of {count_of(changed.items, 'item')}."
        )
    else:
        yield f"No class and no label gave way ({source}); are the names written as there?"
    if changed.merged:
        into, names = next(iter(changed.merged.items()))
        yield (
            f"Classes that have become one column: {len(changed.merged):,} (first: '{into}' of "
            f"{first_few(names)}); {_MERGED[kind]}."
        )
    if changed.unmet:
        yield (
            f"Synonyms that are neither a class nor a label: {len(changed.unmet):,} "
            f"({first_few(changed.unmet)})."
        )
