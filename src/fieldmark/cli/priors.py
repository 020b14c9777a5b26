"""prior: metadata such as habitat and month, weighed beside stored predictions."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from fieldmark.cli.console import open_progress, print_json, print_line, print_table
from fieldmark.cli.resampling_options import add_resampling

if TYPE_CHECKING:
    from fieldmark.experiments.observing import YearsConfig
    from fieldmark.workflows.metadata import PriorReport


def _configure_prior(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "validation", metavar="VALIDATION", type=Path, help="stored predictions to fit weights on"
    )
    parser.add_argument(
        "test", metavar="TEST", type=Path, help="stored predictions of the same model to report on"
    )
    parser.add_argument(
        "--training",
        required=True,
        metavar="TABLE",
        type=Path,
        help="CSV or Parquet of training items: id, label and metadata",
    )
    parser.add_argument(
        "--columns",
        required=True,
        metavar="NAMES",
        help="metadata, such as habitat,month,latitude:8 (a number cut into 8 bins)",
    )
    parser.add_argument(
        "--items", metavar="TABLE", type=Path, help="metadata of the predicted items, by id"
    )
    parser.add_argument("--id", default="id", metavar="COLUMN", help="column of ids in the tables")
    parser.add_argument(
        "--label", default="label", metavar="COLUMN", help="column of labels of the training items"
    )
    parser.add_argument("--group", metavar="COLUMN", help="column of groups of the training items")
    parser.add_argument(
        "--accept",
        action="append",
        default=[],
        metavar="COLUMN",
        help="this column has one value a label, and is known before the answer all the same",
    )
    parser.add_argument("--years", metavar="COLUMN", help="column of years of the training items")
    parser.add_argument("--since", type=int, metavar="YEAR", help="first year that is counted")
    parser.add_argument("--before", type=int, metavar="YEAR", help="from here on none is counted")
    _add_reporting(parser)


def _add_reporting(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--observations", metavar="COLUMN", help="judge observations too: the column of their names"
    )
    parser.add_argument(
        "--rule",
        choices=("arithmetic", "log", "vote", "maximum"),
        default="arithmetic",
        help="how scores of the photos of an observation become one (default: arithmetic)",
    )
    parser.add_argument("--metric", default="accuracy", help="what the verdicts are about")
    parser.add_argument("--level", type=float, default=0.95, help="coverage of the intervals")
    add_resampling(parser)
    parser.add_argument("--out", metavar="DIR", type=Path, help="store the prior and predictions")
    parser.add_argument("--json", action="store_true", help="print the document instead of words")


def _prior(arguments: argparse.Namespace) -> int:
    from fieldmark.comparison.judged_tables import require_comparable
    from fieldmark.comparison.rules import ComparisonRules
    from fieldmark.decision.metadata_record import MetadataSettings
    from fieldmark.workflows.levels import Pooling
    from fieldmark.workflows.metadata import PriorTables, metadata_prior_of

    require_comparable(arguments.metric)
    columns, bins = columns_and_bins(arguments.columns)
    rules = ComparisonRules(
        level=arguments.level, resamples=arguments.resamples, seed=arguments.resampling_seed
    )
    pooled = arguments.observations
    with open_progress() as progress:
        found = metadata_prior_of(
            (arguments.validation, arguments.test),
            PriorTables(
                training=arguments.training,
                items=arguments.items,
                id=arguments.id,
                label=arguments.label,
                group=arguments.group,
                years=_years(arguments),
            ),
            MetadataSettings(columns=columns, bins=bins, accept=tuple(arguments.accept)),
            pooling=None if pooled is None else Pooling(pooled, arguments.rule),
            metric=arguments.metric,
            rules=rules,
            out=arguments.out,
            progress=progress,
        )
    if arguments.json:
        print_json(found.to_dict())
        return 0
    _print_report(found)
    if arguments.out is not None:
        print_line(f"The prior and the predictions under it are in {arguments.out}.")
    return 0


def columns_and_bins(text: str) -> tuple[tuple[str, ...], tuple[tuple[str, int], ...]]:
    """Return the columns of "habitat,month,latitude:8", and how many bins some are cut into.

    Example:
        >>> columns_and_bins("habitat, latitude:8")
        (('habitat', 'latitude'), (('latitude', 8),))
    """
    names, bins = [], []
    for one in filter(None, (part.strip() for part in text.split(","))):
        name, colon, number = one.rpartition(":")
        if colon and number.isdecimal():
            bins.append((name, int(number)))
        names.append(name if colon and number.isdecimal() else one)
    return tuple(names), tuple(bins)


def _years(arguments: argparse.Namespace) -> "YearsConfig | None":
    from pydantic import ValidationError

    from fieldmark.core.errors import DecisionError
    from fieldmark.experiments.observing import YearsConfig

    if arguments.years is None:
        if arguments.since is not None or arguments.before is not None:
            raise DecisionError(
                "Expected the column of years with --since or --before; there is none. Name it"
                " with --years."
            )
        return None
    try:
        return YearsConfig(column=arguments.years, since=arguments.since, before=arguments.before)
    except ValidationError as error:
        raise DecisionError(f"Of --years: {error.errors()[0]['msg']}") from None


def _print_report(found: "PriorReport") -> None:
    from fieldmark.evaluation.metrics import definition_of
    from fieldmark.workflows.levels import SHOWN

    for sentence in found.prior.sentences():
        print_line(sentence)
    levels = found.levels
    if levels.observations is not None:
        print_line(levels.observations.in_words)
    for level in dict.fromkeys(row.level for row in levels.rows):
        rows = [row for row in levels.rows if row.level == level]
        lines = []
        for metric in SHOWN:
            for rank in dict.fromkeys(e.rank for e in rows[0].estimates):
                estimates = [row.estimate(metric, rank) for row in rows]
                title = definition_of(metric).title + ("" if rank is None else f", {rank}")
                if all(estimates):
                    cells = (f"{e.value_text()} ({e.interval_text()})" for e in estimates if e)
                    lines.append((title, *cells))
        head = ("metric", *(row.treatment for row in rows))
        print_table(f"by {level}, of {rows[0].n:,} {level}s", head, lines)
    for one in levels.verdicts:
        if one.comparison is None:
            print_line(f"{one.step}, {one.counted}: the fit decided against it, nothing changes.")
        else:
            print_line(f"{one.counted}: {one.comparison.sentence()}")
    for note in levels.remarks:
        print_line(f"- {note}")


COMMANDS = {"prior": (_configure_prior, _prior)}
