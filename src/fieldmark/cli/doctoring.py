"""doctor: what stands in the way of a study, before it runs."""

import argparse
import dataclasses
from typing import TYPE_CHECKING

from fieldmark.cli.console import open_progress, print_json, print_line
from fieldmark.cli.study_options import add_study, open_study
from fieldmark.core.checks import count_of

if TYPE_CHECKING:
    from fieldmark.workflows.doctor import Check


def _configure_doctor(parser: argparse.ArgumentParser) -> None:
    add_study(parser)
    parser.add_argument("--json", action="store_true", help="print what was seen as JSON")


def _doctor(arguments: argparse.Namespace) -> int:
    from fieldmark.workflows.doctor import examine

    ground = open_study(arguments.study, arguments.overrides)
    checks: list[Check] = []
    with open_progress() as progress:
        for check in examine(ground, progress=progress):
            checks.append(check)
            if not arguments.json:
                print_line(_line_of(check))
    ailing = sum(not check.is_ok for check in checks)
    if arguments.json:
        print_json([dataclasses.asdict(check) for check in checks])
    elif ailing:
        print_line(f"{count_of(ailing, 'thing')} to mend before running.")
    else:
        print_line(f"Nothing is in the way. Next: fieldmark run {arguments.study}")
    return 1 if ailing else 0


def _line_of(check: "Check") -> str:
    subject = f"{check.name} of {check.contender}" if check.contender else check.name
    return f"{'ok' if check.is_ok else 'MEND':<5}{subject}: {check.message}"


COMMANDS = {"doctor": (_configure_doctor, _doctor)}
