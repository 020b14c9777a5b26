"""Whether two tables of predictions may stand side by side, and item by item which row is which."""

from dataclasses import dataclass

from fieldmark.comparison.common_classes import over_common_classes, refuse_other_classes
from fieldmark.comparison.rules import STRICT, ComparisonRules
from fieldmark.core.checks import field_differences
from fieldmark.core.errors import NotComparableError
from fieldmark.evaluation.answers import rows_in_order_of
from fieldmark.evaluation.resampling import IntArray
from fieldmark.predictions.table import Predictions


@dataclass(frozen=True, eq=False, slots=True)
class Pair:
    """Two tables that may be compared.

    Attributes:
        a: the first table, restricted to the common classes where that was asked for.
        b: the second table.
        rows: int64 array (n,): item i of ``a`` is row rows[i] of ``b``.
        notes: what a reader should know, one sentence each.
    """

    a: Predictions
    b: Predictions
    rows: IntArray
    notes: tuple[str, ...]


def pair(a: Predictions, b: Predictions, *, rules: ComparisonRules = STRICT) -> Pair:
    """Return two tables matched item by item, or refuse in words.

    They must be over the same classes (in any order), on the same items with the same labels, from
    the same split, and made with the same preprocessing contract and feature tap. Different
    backbones, weights, seeds and score kinds are what is compared. What a table does not record
    cannot be checked and is noted. Compared at a universe, tables may have classes of their own.

    Args:
        a: first table.
        b: second table.
        rules: what may differ.

    Raises:
        NotComparableError: they may not be compared; the message says why, and the way out.
    """
    notes: tuple[str, ...] = ()
    if rules.classes == "common":
        (a, b), notes = over_common_classes([a, b])
    elif rules.universe is None:
        refuse_other_classes(a, b)
    rows = rows_in_order_of(a, b)
    checks = (_label_note, _split_note, _contract_note, _tap_note)
    checked = [check(a, b, rules.across) for check in checks]
    return Pair(a, b, rows, (*notes, *(note for found in checked for note in found)))


def _label_note(a: Predictions, b: Predictions, across: frozenset[str]) -> list[str]:  # noqa: ARG001
    first, second = a.header.label_version, b.header.label_version
    if first is None or second is None or first == second:
        return []
    return [f"label versions {first} and {second} agree on these items"]


def _split_note(a: Predictions, b: Predictions, across: frozenset[str]) -> list[str]:
    first, second = a.header.split_digest, b.header.split_digest
    if first is None or second is None or first == second:
        return []
    differ = f"split digests {first[:12]} against {second[:12]}"
    if "split" in across:
        return [f"across splits: {differ}"]
    raise NotComparableError(
        f"Predictions of {_names(a, b)} come from different splits: {differ}. What one was tested"
        " on, the other may have been trained on. Predict both on one split, or allow it with"
        " `--across split`."
    )


def _contract_note(a: Predictions, b: Predictions, across: frozenset[str]) -> list[str]:
    silent = dict.fromkeys(
        table.header.contender for table in (a, b) if table.header.contract is None
    )
    if silent:
        return [f"the preprocessing contract of {' and '.join(silent)} is not recorded"]
    differ = field_differences(a.header.contract or {}, b.header.contract or {})
    if not differ:
        return []
    if "contract" in across:
        return [f"across preprocessing contracts: {'; '.join(differ)}"]
    raise NotComparableError(
        f"Predictions of {_names(a, b)} were made with different preprocessing contracts:"
        f" {'; '.join(differ)}. Predict again with one contract, or allow it with"
        " `--across contract` where it is the question."
    )


def _tap_note(a: Predictions, b: Predictions, across: frozenset[str]) -> list[str]:
    first, second = a.header.tap or {}, b.header.tap or {}
    if not first or not second or first.get("tap") == second.get("tap"):
        return []
    differ = f"tap {first.get('tap', 'absent')} against {second.get('tap', 'absent')}"
    if "tap" in across:
        return [f"across feature taps: {differ}"]
    raise NotComparableError(
        f"Predictions of {_names(a, b)} tap their backbones at different places: {differ}. Tap"
        " both at the same place, or allow it with `--across tap` where it is the question."
    )


def _names(a: Predictions, b: Predictions) -> str:
    return f"{a.header.contender} and {b.header.contender}"
