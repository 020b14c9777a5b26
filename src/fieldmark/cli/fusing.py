"""fuse, pool: scores of several contenders, or of several photos, made one."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from fieldmark.cli.console import print_json, print_line, print_table
from fieldmark.core.checks import count_of

if TYPE_CHECKING:
    from fieldmark.workflows.fusing import FusionReport


def _configure_fuse(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("first", metavar="A", type=Path, help="stored predictions")
    parser.add_argument("second", metavar="B", type=Path, help="stored predictions to fuse with")
    parser.add_argument("--fit-on", required=True, metavar="PART", help="part that chooses weights")
    parser.add_argument("--report-on", required=True, metavar="PART", help="part that is reported")
    parser.add_argument(
        "--method",
        choices=("linear", "log-linear", "per-class", "stacked"),
        default="log-linear",
        help="how the probabilities are pooled (default: log-linear)",
    )
    parser.add_argument(
        "--metric",
        choices=("accuracy", "top_5_accuracy", "balanced_accuracy"),
        default="accuracy",
        help="what chooses the weight and must gain (default: accuracy)",
    )
    parser.add_argument(
        "--classes",
        choices=("refuse", "common"),
        default="refuse",
        help="restrict both to the classes that both have",
    )
    parser.add_argument("--out", metavar="DIR", type=Path, help="store who answers, and how")
    parser.add_argument("--json", action="store_true", help="print the document instead of words")


def _fuse(arguments: argparse.Namespace) -> int:
    from fieldmark.decision.fusing import FusionSettings
    from fieldmark.workflows.fusing import fuse_stored

    found = fuse_stored(
        (arguments.first, arguments.second),
        fit_on=arguments.fit_on,
        report_on=arguments.report_on,
        settings=FusionSettings(method=arguments.method, metric=arguments.metric),
        common=arguments.classes,
        out=arguments.out,
    )
    if arguments.json:
        print_json(found.to_dict())
        return 0
    _print_report(found)
    if arguments.out is not None:
        print_line(f"The fusion and its predictions are in {arguments.out}.")
    return 0


def _print_report(found: "FusionReport") -> None:
    from fieldmark.evaluation.metrics import definition_of
    from fieldmark.workflows.fusing import REPORTED

    print_line(found.complementarity.sentence())
    for sentence in found.fusion.sentences():
        print_line(sentence)
    rows = []
    for metric in REPORTED:
        estimates = [evaluation.estimate(metric) for evaluation in found.evaluations]
        if all(estimates):
            cells = [f"{one.value_text()} ({one.interval_text()})" for one in estimates if one]
            rows.append((definition_of(metric).title, *cells))
    names = [evaluation.contender for evaluation in found.evaluations]
    first = found.evaluations[0]
    print_table(
        f"'{first.split}', {count_of(first.n, 'item')}, {first.classes:,} classes",
        ("metric", *names),
        rows,
    )
    print_line(found.verdict.sentence())
    for note in found.notes:
        print_line(f"- {note}")


def _configure_pool(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("predictions", metavar="PREDICTIONS", type=Path, help="stored predictions")
    parser.add_argument(
        "--by", required=True, metavar="COLUMN", help="column that names the specimen"
    )
    parser.add_argument(
        "--rule",
        choices=("arithmetic", "log", "vote", "maximum"),
        default="arithmetic",
        help="how scores of photos become one (default: arithmetic)",
    )
    parser.add_argument(
        "--out", required=True, metavar="DIR", type=Path, help="folder for the pooled predictions"
    )


def _pool(arguments: argparse.Namespace) -> int:
    from fieldmark.predictions.pooling import pool
    from fieldmark.predictions.store import load_predictions, save_predictions

    photos = load_predictions(arguments.predictions)
    pooled = pool(photos, arguments.by, rule=arguments.rule)
    save_predictions(pooled, arguments.out)
    print_line(
        f"Pooled {count_of(photos.n, 'photo')} into {count_of(pooled.n, 'specimen')} by the"
        f" {arguments.rule} rule, in {arguments.out}."
    )
    return 0


COMMANDS = {
    "fuse": (_configure_fuse, _fuse),
    "pool": (_configure_pool, _pool),
}
