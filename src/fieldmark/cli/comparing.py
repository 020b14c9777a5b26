"""compare: a verdict on stored predictions, or a refusal that says why."""

import argparse
from pathlib import Path
from typing import Any

from fieldmark.cli.console import print_json, print_line
from fieldmark.cli.resampling_options import add_resampling


def _configure_compare(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "tables",
        metavar="DIR",
        nargs="+",
        type=Path,
        help="stored predictions: the challengers, and last the reference; tables of one contender"
        " are its seeds, or its folds with --folds",
    )
    parser.add_argument(
        "--reference", metavar="NAME", help="contender that the others are compared with"
    )
    parser.add_argument("--metric", default="accuracy", help="what decides (default: accuracy)")
    parser.add_argument("--rank", help="compare at this rank of the taxonomy")
    parser.add_argument(
        "--margin", type=float, help="a difference below this counts as none, such as 0.01"
    )
    parser.add_argument(
        "--test",
        default="default",
        choices=("default", "mcnemar", "sign-flips", "swaps", "paired-bootstrap"),
        help="default: exact McNemar, else sign flips, else swaps, whichever fits first",
    )
    parser.add_argument(
        "--folds",
        action="store_true",
        help="tables are folds of a cross-validation: corrected resampled t-test",
    )
    parser.add_argument(
        "--rope",
        type=float,
        help="with --folds: half width of what does not matter, for the Bayesian version",
    )
    _add_allowances(parser)
    parser.add_argument(
        "--claims", metavar="YAML", type=Path, help="check the claims in this file too"
    )
    parser.add_argument(
        "--selection", metavar="JSON", type=Path, help="ledger of the choices that were made"
    )
    parser.add_argument("--level", type=float, default=0.95, help="coverage of the interval")
    add_resampling(parser)
    parser.add_argument("--json", action="store_true", help="print the document instead of words")


def _add_allowances(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--classes",
        choices=("refuse", "common"),
        default="refuse",
        help="restrict all to the classes that all have",
    )
    parser.add_argument(
        "--universe",
        metavar="M",
        type=int,
        help="compare in expectation among M random candidates; classes may differ",
    )
    parser.add_argument(
        "--labels",
        choices=("refuse", "first", "second", "both"),
        default="refuse",
        help="whose labels count where the tables have different ones; both: two verdicts",
    )
    parser.add_argument(
        "--across",
        action="append",
        default=[],
        choices=("contract", "dead-run", "split", "tap"),
        help="this difference is what shall be compared; may be given again",
    )


def _compare(arguments: argparse.Namespace) -> int:
    from fieldmark.cli.verdicts import judge_tables

    found = judge_tables(arguments)
    if arguments.json:
        print_json(_document(found))
        return 0
    noted = [set(comparison.notes) for comparison in found.comparisons]
    shared = set.intersection(*noted) if noted else set()
    for comparison in found.comparisons:
        print_line(comparison.sentence())
        for note in dict.fromkeys(comparison.notes):
            if note not in shared:
                print_line(f"  - {note}")
    notes = found.comparisons[0].notes if found.comparisons else ()
    for note in (*(note for note in dict.fromkeys(notes) if note in shared), *found.further):
        print_line(f"- {note}")
    for claim in found.claims:
        print_line(claim.sentence)
    return 0


def _document(found: Any) -> Any:
    """Return the verdict alone where there is but one, else everything by name."""
    comparisons = [comparison.to_dict() for comparison in found.comparisons]
    if len(comparisons) == 1 and not found.claims and not found.rope:
        return comparisons[0]
    document: dict[str, Any] = {"comparisons": comparisons}
    if found.rope:
        document["rope"] = found.rope.to_dict()
    if found.claims:
        document["claims"] = [claim.to_dict() for claim in found.claims]
    return document


COMMANDS = {"compare": (_configure_compare, _compare)}
