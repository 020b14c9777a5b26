"""report: the page of a study, or of stored predictions alone."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from fieldmark.cli.console import open_progress, print_line
from fieldmark.cli.resampling_options import add_resampling
from fieldmark.cli.study_options import add_overrides, open_study
from fieldmark.core.errors import FieldmarkError

if TYPE_CHECKING:
    from fieldmark.manifest.hazards import HazardColumn

_OUT = Path("report")
_OF_PREDICTIONS = "of predictions alone"


def configure_report(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes: a study, or folders of stored predictions."""
    parser.add_argument(
        "paths",
        metavar="STUDY or PREDICTIONS",
        type=Path,
        nargs="+",
        help="a study file or its folder; or one or more folders of stored predictions",
    )
    add_overrides(parser)
    parser.add_argument(
        "--critical",
        action="append",
        default=[],
        metavar="CLASS",
        help="a class that gets a dossier; may be given again",
    )
    group = parser.add_argument_group(f"{_OF_PREDICTIONS}")
    group.add_argument("--out", metavar="DIR", type=Path, help=f"folder (default: {_OUT})")
    group.add_argument("--reference", help="the contender that all others are compared with")
    group.add_argument("--metric", default="accuracy", help="what decides (default: accuracy)")
    group.add_argument("--images", metavar="DIR", type=Path, help="images, named by their ids")
    group.add_argument(
        "--selection", metavar="JSON", type=Path, help="ledger of the choices that were made"
    )
    group.add_argument(
        "--observations", metavar="COLUMN", help="judge what several photos show one of, too"
    )
    group.add_argument(
        "--rule",
        choices=("arithmetic", "log", "vote", "maximum"),
        default="arithmetic",
        help="how the scores of the photos of an observation become one (default: arithmetic)",
    )
    group.add_argument("--title", help="of the page (default: the name of the folder)")
    group.add_argument(
        "--hazard",
        metavar="COLUMN=VALUES",
        help="column of the items that says which classes are poisonous, with the values that mean"
        " so, such as poisonous=1; several with commas",
    )
    group.add_argument(
        "--classes",
        choices=("refuse", "common"),
        default="refuse",
        help="restrict pairs to the classes that both have",
    )
    group.add_argument(
        "--across",
        action="append",
        default=[],
        choices=("contract", "dead-run", "split", "tap"),
        help="this difference is what shall be compared; may be given again",
    )
    add_resampling(parser)


def call_report(arguments: argparse.Namespace) -> int:
    """Write the page, and say what its verdict is and where it lies."""
    from fieldmark.predictions.store import is_prediction_store

    are_stores = [is_prediction_store(path) for path in arguments.paths]
    if any(are_stores):
        page, sentences = _report_predictions(arguments)
    else:
        page, sentences = _report_study(arguments)
    for sentence in sentences:
        print_line(sentence)
    print_line(f"Report: {page}")
    return 0


def _report_study(arguments: argparse.Namespace) -> tuple[Path, tuple[str, ...]]:
    from fieldmark.workflows.reporting import report_study

    if len(arguments.paths) > 1:
        raise FieldmarkError(
            f"Expected one study, or folders of stored predictions; {arguments.paths[0]} and the "
            f"{len(arguments.paths) - 1} others are no such folders. Name one study at a time."
        )
    if arguments.out is not None:
        raise FieldmarkError(
            f"Expected stored predictions with --out; {arguments.paths[0]} is none. The page of a "
            "study lies beside its results: leave --out away."
        )
    if arguments.selection is not None:
        raise FieldmarkError(
            "--selection is for stored predictions; a study records its own choices. Leave it out."
        )
    if arguments.observations is not None:
        raise FieldmarkError(
            "--observations is for stored predictions; a study states protocol.observations. Leave"
            " it out."
        )
    if arguments.hazard is not None:
        raise FieldmarkError(
            "--hazard is for stored predictions; a study names its column in data.hazard, such as "
            "{column: poisonous, values: [1]}. Leave --hazard out."
        )
    if not arguments.paths[0].exists():
        raise FieldmarkError(
            f"Expected a study file, or a folder of a study or of stored predictions, at"
            f" {arguments.paths[0]}; there is none."
        )
    ground = open_study(arguments.paths[0], arguments.overrides)
    with open_progress() as progress:
        return report_study(ground, critical=arguments.critical, progress=progress)


def _report_predictions(arguments: argparse.Namespace) -> tuple[Path, tuple[str, ...]]:
    from fieldmark.comparison.rules import ComparisonRules
    from fieldmark.comparison.selection import read_ledger
    from fieldmark.workflows.judging_report import ReportOptions, report_predictions
    from fieldmark.workflows.levels import Pooling

    if arguments.overrides:
        raise FieldmarkError("--set is for studies; these are stored predictions. Leave it out.")
    if arguments.images is not None and not arguments.images.is_dir():
        raise FieldmarkError(f"Expected a folder of images at {arguments.images}; there is none.")
    by = arguments.observations
    ledger = None if arguments.selection is None else read_ledger(arguments.selection)
    rules = ComparisonRules(
        classes=arguments.classes,
        across=frozenset(arguments.across),
        resamples=arguments.resamples,
        seed=arguments.resampling_seed,
    )
    with open_progress() as progress:
        return report_predictions(
            arguments.paths,
            arguments.out or _OUT,
            reference=arguments.reference,
            critical=arguments.critical,
            options=ReportOptions(
                metric=arguments.metric,
                images=arguments.images,
                title=arguments.title,
                selection=ledger,
                pooling=None if by is None else Pooling(by, arguments.rule),
                hazard=None if arguments.hazard is None else _hazard(arguments.hazard),
            ),
            rules=rules,
            progress=progress,
        )


def _hazard(written: str) -> "HazardColumn":
    """Return the column and values of "poisonous=1".

    Raises:
        FieldmarkError: there is no sign of equality, or nothing before or behind it.
    """
    from fieldmark.manifest.hazards import HazardColumn

    column, _, values = written.partition("=")
    named = tuple(value.strip() for value in values.split(",") if value.strip())
    if not column.strip() or not named:
        raise FieldmarkError(
            f"Expected a column and the values that mean poisonous with --hazard, such as "
            f"poisonous=1; got '{written}'."
        )
    return HazardColumn(column=column.strip(), values=named)
