"""evaluate: every number of stored predictions with its interval."""

import argparse
from pathlib import Path

from fieldmark.cli.console import print_json
from fieldmark.cli.resampling_options import add_resampling


def _configure_evaluate(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("predictions", metavar="PREDICTIONS", type=Path, help="stored predictions")
    add_resampling(parser)
    parser.add_argument("--level", type=float, default=0.95, help="level of the intervals")
    parser.add_argument("--json", action="store_true", help="print the document instead of a table")


def _evaluate(arguments: argparse.Namespace) -> int:
    from fieldmark.cli.evaluation_text import print_evaluation
    from fieldmark.evaluation.evaluate import evaluate_predictions
    from fieldmark.predictions.store import load_predictions

    predictions = load_predictions(arguments.predictions)
    found = evaluate_predictions(
        predictions,
        resamples=arguments.resamples,
        seed=arguments.resampling_seed,
        level=arguments.level,
    )
    if arguments.json:
        print_json(found.to_dict())
        return 0
    print_evaluation(found)
    return 0


COMMANDS = {"evaluate": (_configure_evaluate, _evaluate)}
