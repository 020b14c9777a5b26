"""How long the rest of a study will take, from what its cells have taken so far."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable


class Outlook:
    """What is left to run, and how long it will take.

    A cell is expected to take as long as the mean cell of its contender; where none of that
    contender is measured, as long as its running ones let expect; and else as the mean of all.

    Args:
        pending: the contender of each cell.

    Example:
        >>> outlook = Outlook(["probe", "probe", "knn"])
        >>> outlook.finish("probe", seconds=10.0)
        >>> outlook.cells_left, outlook.seconds_left
        (2, 20.0)
    """

    def __init__(self, pending: Iterable[str]) -> None:
        self._pending = Counter(pending)
        self._cells: Counter[str] = Counter()
        self._seconds: dict[str, float] = defaultdict(float)
        self._begun: dict[str, list[tuple[float, float]]] = defaultdict(list)

    def begin(self, contender: str, *, seconds: float, share: float) -> None:
        """Take note of a running cell; it stays on the list.

        Args:
            contender: whose.
            seconds: how long it has run.
            share: how much of it is done, as far as its present step tells, in [0, 1].
        """
        self._begun[contender].append((seconds, share))

    def finish(self, contender: str, *, seconds: float | None) -> None:
        """Take a cell off the list; ``seconds`` is None when nothing is learnt from it."""
        self._pending[contender] -= 1
        if seconds is not None:
            self._cells[contender] += 1
            self._seconds[contender] += seconds

    @property
    def cells_left(self) -> int:
        """How many cells have not run."""
        return self._pending.total()

    @property
    def seconds_left(self) -> float | None:
        """The seconds that they will take, or None before anything is measured."""
        means = {name: self._seconds[name] / cells for name, cells in self._cells.items()}
        for name, begun in self._begun.items():
            expected = [seconds / share for seconds, share in begun if seconds and share]
            if name not in means and expected:
                means[name] = math.fsum(expected) / len(expected)
        if not means:
            return None
        overall = math.fsum(means.values()) / len(means)
        if self._cells:
            overall = math.fsum(self._seconds.values()) / self._cells.total()
        left = sum(count * means.get(name, overall) for name, count in self._pending.items())
        spent = (
            min(seconds, means.get(name, overall))
            for name, begun in self._begun.items()
            for seconds, _ in begun
        )
        return left - math.fsum(spent)


def in_words(seconds: float) -> str:
    """Return a duration as a person would say it.

    Example:
        >>> in_words(0.4), in_words(59.6), in_words(3599), in_words(90_000)
        ('less than a second', '1 min', '1 h', '25 h')
        >>> in_words(75), in_words(5_400)
        ('1 min 15 s', '1 h 30 min')
    """
    whole = round(seconds)
    if whole < 1:
        return "less than a second"
    if whole < 60:
        return f"{whole} s"
    if whole < 3570:
        return _two_units(whole, "min", "s")
    return _two_units(round(seconds / 60), "h", "min")


def _two_units(count: int, large: str, small: str) -> str:
    whole, rest = divmod(count, 60)
    return f"{whole} {large} {rest} {small}" if rest else f"{whole} {large}"
