"""handoff: one page for whoever goes on with a study."""

import argparse
from pathlib import Path

from fieldmark.cli.console import open_progress, print_line
from fieldmark.cli.study_options import add_study, open_study


def _configure_handoff(parser: argparse.ArgumentParser) -> None:
    add_study(parser)
    parser.add_argument(
        "--out",
        metavar="FILE",
        type=Path,
        help="the page, .html or .md; the other lies beside it (default: with the results)",
    )


def _handoff(arguments: argparse.Namespace) -> int:
    from fieldmark.workflows.handoff import hand_off

    ground = open_study(arguments.study, arguments.overrides)
    with open_progress() as progress:
        page = hand_off(ground, out=arguments.out, progress=progress)
    print_line(f"Hand-off: {page}")
    return 0


COMMANDS = {"handoff": (_configure_handoff, _handoff)}
