"""compare: a verdict on stored predictions, or a refusal that says why."""

import argparse
from pathlib import Path

from fieldmark.cli.console import print_json, print_line
from fieldmark.cli.resampling_options import add_resampling


def _configure_compare(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("first", metavar="A", type=Path, help="stored predictions")
    parser.add_argument("second", metavar="B", type=Path, help="stored predictions to compare with")
    parser.add_argument("--metric", default="accuracy", help="what decides (default: accuracy)")
    parser.add_argument("--rank", help="compare at this rank of the taxonomy")
    parser.add_argument(
        "--margin", type=float, help="a difference below this counts as none, such as 0.01"
    )
    parser.add_argument(
        "--classes",
        choices=("refuse", "common"),
        default="refuse",
        help="restrict both to the classes that both have",
    )
    parser.add_argument(
        "--across",
        action="append",
        default=[],
        choices=("contract", "dead-run", "split", "tap"),
        help="this difference is what shall be compared; may be given again",
    )
    add_resampling(parser)
    parser.add_argument("--json", action="store_true", help="print the document instead of words")


def _compare(arguments: argparse.Namespace) -> int:
    from fieldmark.comparison.verdict import compare
    from fieldmark.predictions.store import load_predictions

    found = compare(
        load_predictions(arguments.first),
        load_predictions(arguments.second),
        metric=arguments.metric,
        rank=arguments.rank,
        margin=arguments.margin,
        classes=arguments.classes,
        across=frozenset(arguments.across),
        resamples=arguments.resamples,
        seed=arguments.resampling_seed,
    )
    if arguments.json:
        print_json(found.to_dict())
        return 0
    print_line(found.sentence())
    for note in found.notes:
        print_line(f"- {note}")
    return 0


COMMANDS = {"compare": (_configure_compare, _compare)}
