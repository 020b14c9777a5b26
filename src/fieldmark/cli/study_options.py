"""The options of every command on a study, and how a study is opened."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from fieldmark.cli.console import open_progress

if TYPE_CHECKING:
    from fieldmark.workflows.ground import Ground


def add_study(parser: argparse.ArgumentParser) -> None:
    """Add what every command on a study takes: the study and the overrides."""
    parser.add_argument("study", metavar="STUDY", type=Path, help="study file, or its folder")
    add_overrides(parser)


def add_fold(parser: argparse.ArgumentParser) -> None:
    """Add the option that names one of several splits of a study."""
    parser.add_argument(
        "--fold", metavar="NAME", help="which fold, or number of shots, where a study has several"
    )


def add_overrides(parser: argparse.ArgumentParser) -> None:
    """Add the option that overrides keys of a study."""
    parser.add_argument(
        "--set",
        dest="overrides",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="override one key, such as protocol.seeds=[0]; may be given again",
    )


def open_study(study: Path, overrides: Sequence[str]) -> "Ground":
    """Read a study, its manifest and its split."""
    from fieldmark.evaluation.metrics import METRICS
    from fieldmark.experiments.study_file import read_study
    from fieldmark.workflows.ground import open_ground
    from fieldmark.workflows.taxonomy import TASKS

    file = read_study(study, overrides, tasks=TASKS, metrics=METRICS)
    with open_progress() as progress:
        return open_ground(file, progress=progress)
