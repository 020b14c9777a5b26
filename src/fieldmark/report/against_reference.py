"""The verdicts on many contenders against one reference, in a few words."""

from collections.abc import Mapping, Sequence

from fieldmark.comparison.outcome import Comparison
from fieldmark.core.checks import count_of

_OPPOSITE = {"better": "worse", "worse": "better"}
_WORDS = {
    "better": "better than",
    "worse": "worse than",
    "equivalent": "equivalent to",
    "not distinguishable": "not distinguishable from",
}


def verdict_between(comparisons: Sequence[Comparison], first: str, second: str) -> str | None:
    """Return how the first stands to the second; None where the two were not compared.

    Args:
        comparisons: on one metric.
        first: a contender.
        second: another one.
    """
    for comparison in comparisons:
        if (comparison.a, comparison.b) == (first, second):
            return comparison.verdict
        if (comparison.a, comparison.b) == (second, first):
            return _OPPOSITE.get(comparison.verdict, comparison.verdict)
    return None


def against_reference(
    names: Sequence[str], comparisons: Sequence[Comparison]
) -> tuple[str, str] | None:
    """Return the contender that all others were compared with, and what came of that in words.

    Args:
        names: contenders, the best value first.
        comparisons: on one metric.

    Returns:
        None where no contender, or every one, was compared with all others.
    """
    verdicts = {
        name: {other: verdict_between(comparisons, other, name) for other in names if other != name}
        for name in names
    }
    shared = [name for name, found in verdicts.items() if found and None not in found.values()]
    if len(shared) != 1:
        return None
    (reference,) = shared
    return reference, _in_words(reference, verdicts[reference])


def _in_words(reference: str, verdicts: Mapping[str, str | None]) -> str:
    """Return how many contenders have each verdict; the few that differ are named."""
    whole = count_of(len(verdicts), "contender")
    if set(verdicts.values()) == {"not distinguishable"}:
        return f"none of {whole} is distinguishable from {reference}"
    groups = {word: [n for n, found in verdicts.items() if found == word] for word in _WORDS}
    said: list[str] = []
    for word, members in groups.items():
        if members:
            who = " and ".join(members) if len(members) <= 2 else f"{len(members)}"
            is_or_are = "is" if len(members) == 1 else "are"
            said.append(f"{who} {is_or_are} {_WORDS[word]} {'it' if said else reference}")
    return f"of {whole}, {', '.join(said)}"
