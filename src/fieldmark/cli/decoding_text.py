"""Decoders as sentences and one table; ``--json`` and ``--out`` hold every number."""

from fieldmark.cli.console import print_line, print_table
from fieldmark.core.checks import count_of
from fieldmark.evaluation.estimates import Estimate
from fieldmark.report.decodings import DecoderRow, Decoding


def print_decoding(found: Decoding) -> None:
    """Write how the decoders of one contender compare to standard output."""
    print_line(
        f"{found.contender} on '{found.split}': {count_of(found.n, 'item')},"
        f" {count_of(found.candidates, 'leaf', 'leaves')} below {', '.join(found.ranks[:-1])}."
    )
    has_cost = any(row.estimate("realised_cost") for row in found.rows)
    columns = (
        "decoder",
        "all ranks right",
        *found.ranks,
        "hier. F1",
        "severity (all)",
        *(("poison cost",) if has_cost else ()),
        "contradictions",
    )
    print_table("", columns, [_row(row, found, has_cost=has_cost) for row in found.rows])
    print_line("At each rank: right of the answered (share answered, where not all are).")
    for row in found.rows:
        mark = "!" if row.is_diagnosis else "-"
        print_line(f"{mark} {row.decoder}: {row.title}")
    for sentence in found.sentences:
        print_line(sentence)


def _row(row: DecoderRow, found: Decoding, *, has_cost: bool) -> tuple[str, ...]:
    right = row.estimate("all_ranks_right")
    severity, height = row.estimate("mistake_severity"), row.estimate("mean_lca_height")
    cells = [
        _share(right) + ("" if right is None or right.low is None else _ends(right)),
        *(_at_rank(row, rank) for rank in found.ranks),
        _share(row.estimate("hierarchical_f1")),
        "-" if height is None else f"{_number(severity)} ({_number(height)})",
    ]
    if has_cost:
        cells.append(_number(row.estimate("realised_cost")))
    return (f"({row.decoder})" if row.is_diagnosis else row.decoder, *cells, _torn(row))


def _torn(row: DecoderRow) -> str:
    return _share(row.estimate("path_contradiction_rate"))


def _at_rank(row: DecoderRow, rank: str) -> str:
    answered = row.estimate("answered", rank)
    right = _share(row.estimate("accuracy_of_answered", rank))
    if answered is None or answered.value == 1:
        return right
    return f"{right} ({_share(answered)})"


def _share(estimate: Estimate | None) -> str:
    return "?" if estimate is None or estimate.value is None else f"{100 * estimate.value:.1f} %"


def _ends(estimate: Estimate) -> str:
    return f" ({estimate.interval_text().split('interval ')[-1]})"


def _number(estimate: Estimate | None) -> str:
    return "-" if estimate is None or estimate.value is None else f"{estimate.value:.2f}"
