"""evaluate: every number of stored predictions with its interval."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from fieldmark.cli.console import print_json, print_line
from fieldmark.cli.ranking import (
    add_ranking_options,
    evaluate_stored_rankings,
    refuse_ranking_options,
)
from fieldmark.cli.resampling_options import add_resampling
from fieldmark.core.checks import count_of
from fieldmark.core.errors import PredictionsError

if TYPE_CHECKING:
    import polars as pl

    from fieldmark.cli.evaluation_details import EvaluationDetails
    from fieldmark.evaluation.record import Evaluation
    from fieldmark.predictions.table import Predictions

_SLICE_METRIC = "accuracy"


def _configure_evaluate(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "predictions", metavar="PREDICTIONS", type=Path, help="or rankings: the folder they are in"
    )
    asked = parser.add_argument_group("what else to show")
    asked.add_argument(
        "--universe",
        metavar="M",
        type=int,
        help="expected accuracy in random sets of M of the candidates, exactly",
    )
    asked.add_argument(
        "--slice-by",
        metavar="COLUMN",
        nargs="+",
        action="extend",
        default=[],
        help="the worst slices by a column of the items, or by a rank of the labels",
    )
    asked.add_argument(
        "--slice-metric",
        metavar="METRIC",
        default=_SLICE_METRIC,
        help=f"what orders the slices (default: {_SLICE_METRIC})",
    )
    asked.add_argument(
        "--back-off",
        action="store_true",
        help="accuracy and depth against coverage, when unsure answers move up a rank",
    )
    asked.add_argument("--confused", metavar="N", type=int, help="the N most frequent mix-ups")
    _add_files(parser)
    _add_baselines(parser)
    add_ranking_options(parser)
    add_resampling(parser)
    parser.add_argument("--level", type=float, default=0.95, help="level of the intervals")
    parser.add_argument("--json", action="store_true", help="print the document instead of tables")


def _add_files(parser: argparse.ArgumentParser) -> None:
    files = parser.add_argument_group("files")
    files.add_argument(
        "--per-class", metavar="CSV", type=Path, help="write precision, recall and F1 of each class"
    )
    files.add_argument(
        "--errors", metavar="CSV", type=Path, help="write every wrong item, with its answer"
    )
    files.add_argument("--items", metavar="CSV", type=Path, help="write every item, right ones too")


def _add_baselines(parser: argparse.ArgumentParser) -> None:
    baselines = parser.add_argument_group("baselines that never look at the image")
    baselines.add_argument(
        "--metadata",
        metavar="COLUMN",
        nargs="+",
        action="extend",
        default=[],
        help="answer from this column of the items alone",
    )
    baselines.add_argument(
        "--training-items",
        metavar="TABLE",
        type=Path,
        help="CSV, TSV or Parquet with a column label and those columns, to learn from (default:"
        " the evaluated items of other groups)",
    )


def _evaluate(arguments: argparse.Namespace) -> int:
    from fieldmark.predictions.rankings_store import stored_kind

    if stored_kind(arguments.predictions) == "rankings":
        return evaluate_stored_rankings(arguments)
    refuse_ranking_options(arguments)
    return _evaluate_predictions(arguments)


def _evaluate_predictions(arguments: argparse.Namespace) -> int:
    from fieldmark.cli.evaluation_details import details_of
    from fieldmark.evaluation.evaluate import evaluate_predictions
    from fieldmark.predictions.store import load_predictions

    for path in (arguments.per_class, arguments.errors, arguments.items):
        _require_folder(path)
    predictions = load_predictions(arguments.predictions)
    details = details_of(predictions, arguments)
    found = evaluate_predictions(
        predictions,
        resamples=arguments.resamples,
        seed=arguments.resampling_seed,
        level=arguments.level,
        training_items=_training_items(arguments.training_items),
        metadata=arguments.metadata,
    )
    if arguments.json:
        print_json(found.to_dict() | details.to_dict())
    else:
        _print(found, details, slice_metric=arguments.slice_metric)
    _write_files(predictions, arguments)
    return 0


def _print(found: "Evaluation", details: "EvaluationDetails", *, slice_metric: str) -> None:
    from fieldmark.cli.evaluation_details_text import (
        print_backoff,
        print_confused,
        print_slices,
        print_universe,
    )
    from fieldmark.cli.evaluation_text import print_evaluation, print_warnings

    print_evaluation(found)
    if details.universe:
        print_universe(details.universe, candidates=details.candidates)
    if details.backoff is not None:
        print_backoff(details.backoff)
    if details.slices is not None:
        print_slices(details.slices, slice_metric, whole=found.estimate(slice_metric))
    if details.confused is not None:
        print_confused(details.confused)
    print_warnings(found)


def _write_files(predictions: "Predictions", arguments: argparse.Namespace) -> None:
    from fieldmark.evaluation.class_table import class_table
    from fieldmark.evaluation.error_table import error_table
    from fieldmark.evaluation.per_class import per_class

    if arguments.per_class is not None:
        results = per_class(
            predictions,
            level=arguments.level,
            resamples=arguments.resamples,
            seed=arguments.resampling_seed,
        )
        _write(class_table(results), arguments.per_class, ("class", "classes"), arguments)
    if arguments.errors is not None:
        _write(error_table(predictions), arguments.errors, ("error", "errors"), arguments)
    if arguments.items is not None:
        table = error_table(predictions, errors_only=False)
        _write(table, arguments.items, ("item", "items"), arguments)


def _write(
    table: "pl.DataFrame", path: Path, nouns: tuple[str, str], arguments: argparse.Namespace
) -> None:
    table.write_csv(path)
    if not arguments.json:
        print_line(f"Wrote {count_of(table.height, *nouns)} to {path}.")


def _require_folder(path: Path | None) -> None:
    if path is not None and (path.is_dir() or not path.parent.is_dir()):
        what = "a folder" if path.is_dir() else "in no folder that exists"
        raise PredictionsError(f"Expected a CSV file to write; {path} is {what}. Name a file.")


def _training_items(path: Path | None) -> "pl.DataFrame | None":
    from fieldmark.manifest.text_tables import read_text_table

    return None if path is None else read_text_table(path).frame


COMMANDS = {"evaluate": (_configure_evaluate, _evaluate)}
