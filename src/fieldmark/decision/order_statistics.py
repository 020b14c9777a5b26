"""How many positives a promise on recall needs, and which of their scores may be the threshold.

Everything here is exact for independent positives that were never used for training, choosing a
model or stopping early. With continuous scores the stated probabilities are met; with ties, where
the alarm is raised at the threshold itself, they are upper bounds.
"""

from bisect import bisect_left, bisect_right

from scipy.special import bdtr, betaincinv

from fieldmark.core.errors import DecisionError

SOURCE = "Tong, Feng and Li (2018), Neyman-Pearson classification: umbrella algorithm (E11)"


def violation(order: int, positives: int, *, target_recall: float) -> float:
    """Return the probability that the threshold at an order statistic misses the recall.

    Args:
        order: which score is the threshold, 1 for the lowest of the positives.
        positives: number of positives, at least 1.
        target_recall: share of all positives that must reach the threshold, in (0, 1).

    Source:
        Methods E11: v(r) = sum over j < r of C(n, j) alpha^j (1 - alpha)^(n - j), alpha one minus
        the recall.

    Example:
        >>> round(violation(2, 566, target_recall=0.99), 6)
        0.022736
    """
    return float(bdtr(order - 1, positives, 1 - target_recall))


def highest_order(positives: int, *, target_recall: float, confidence: float) -> int | None:
    """Return the highest order statistic that keeps the promise, or None when none does.

    The threshold at order r lets r - 1 of these positives pass, and that is how many may be missed.

    Args:
        positives: number of positives, 0 or more.
        target_recall: in (0, 1).
        confidence: probability with which the recall is kept, in (0, 1).

    Raises:
        DecisionError: a share outside (0, 1) or a negative count.

    Example:
        >>> [highest_order(n, target_recall=0.99, confidence=0.95) for n in (298, 299, 473, 566)]
        [None, 1, 2, 2]
    """
    require_promise(target_recall, confidence)
    _require_count(positives, "positives")
    orders = range(1, positives + 1)
    found = bisect_right(
        orders,
        1 - confidence,
        key=lambda order: violation(order, positives, target_recall=target_recall),
    )
    return found or None


def positives_needed(misses: int, *, target_recall: float, confidence: float) -> int:
    """Return how many positives are needed so that ``misses`` among them keep the promise.

    Args:
        misses: number of positives that are let pass, 0 or more.
        target_recall: in (0, 1).
        confidence: in (0, 1).

    Raises:
        DecisionError: a share outside (0, 1) or a negative count.

    Example:
        >>> [positives_needed(m, target_recall=0.99, confidence=0.95) for m in range(4)]
        [299, 473, 628, 773]
    """
    require_promise(target_recall, confidence)
    _require_count(misses, "misses")
    least, most = misses + 1, misses + 2
    while violation(misses + 1, most, target_recall=target_recall) > 1 - confidence:
        least, most = most, 2 * most
    # The violation falls with the number of positives: bisect_left needs a key that rises.
    candidates = range(least, most + 1)
    return candidates[
        bisect_left(
            candidates,
            confidence,
            key=lambda n: 1 - violation(misses + 1, n, target_recall=target_recall),
        )
    ]


def recall_lower_bound(misses: int, positives: int, *, confidence: float) -> float:
    """Return the recall that can be claimed from a new set: the one-sided Clopper-Pearson bound.

    Args:
        misses: number of positives that were let pass.
        positives: number of positives; 0 gives the bound 0.
        confidence: in (0, 1).

    Raises:
        DecisionError: a confidence outside (0, 1), or more misses than positives.

    Source:
        Methods E11: BetaInv(1 - confidence; n - k, k + 1). Clopper and Pearson (1934).

    Example:
        >>> round(recall_lower_bound(2, 135, confidence=0.95), 4)
        0.9541
    """
    require_share(confidence, "confidence")
    _require_count(misses, "misses")
    if misses > positives:
        raise DecisionError(
            f"Expected at most as many misses as positives, {positives:,}; got {misses:,}."
        )
    if misses == positives:
        return 0.0
    return float(betaincinv(positives - misses, misses + 1, 1 - confidence))


def require_promise(target: float, confidence: float) -> None:
    """Raise unless the share that is promised and its confidence lie between 0 and 1.

    Raises:
        DecisionError: one of them does not.
    """
    require_share(target, "target")
    require_share(confidence, "confidence")


def require_share(value: float, name: str) -> None:
    """Raise unless ``value`` lies strictly between 0 and 1.

    Raises:
        DecisionError: it does not.
    """
    if not 0 < value < 1:
        raise DecisionError(f"Expected a {name} between 0 and 1, such as 0.95; got {value}.")


def _require_count(count: int, name: str) -> None:
    if count < 0:
        raise DecisionError(f"Expected a number of {name} of at least 0; got {count}.")
