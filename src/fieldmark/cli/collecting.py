"""collect: results of a study that ran elsewhere."""

import argparse
from pathlib import Path

from fieldmark.cli.console import print_line
from fieldmark.cli.study_options import add_study, open_study


def _configure_collect(parser: argparse.ArgumentParser) -> None:
    add_study(parser)
    parser.add_argument(
        "source", metavar="ARCHIVE", type=Path, help="what collect.sh packed, or a folder"
    )


def _collect(arguments: argparse.Namespace) -> int:
    from fieldmark.core.errors import RunFailedError
    from fieldmark.experiments.engines.collecting import collect

    ground = open_study(arguments.study, arguments.overrides)
    collected = collect(arguments.source, ground.cells, ground.ledger)
    if collected.refused:
        raise RunFailedError(collected.sentence)
    print_line(collected.sentence)
    return 0


COMMANDS = {"collect": (_configure_collect, _collect)}
