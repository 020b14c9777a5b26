"""plan: the cells of a study, what they share, and how long what is left will take."""

import argparse
from typing import TYPE_CHECKING

from fieldmark.cli.console import print_json, print_line, print_table
from fieldmark.cli.study_options import add_study, open_study
from fieldmark.core.checks import count_of
from fieldmark.experiments.durations import in_words

if TYPE_CHECKING:
    from fieldmark.experiments.study_plan import PlanRow, StudyPlan

_HEADS = ("contender", "folds", "seeds", "cells", "done", "pack", "each takes", "left")


def _configure(parser: argparse.ArgumentParser) -> None:
    add_study(parser)
    parser.add_argument("--json", action="store_true", help="print the plan as JSON")


def _plan(arguments: argparse.Namespace) -> int:
    from fieldmark.experiments.factors import factor_changes
    from fieldmark.experiments.study_plan import plan_sentence, study_plan

    ground = open_study(arguments.study, arguments.overrides)
    records = [ground.ledger.settled_record(spec) for spec in ground.cells]
    found = study_plan(ground.file.study, ground.cells, records)
    if arguments.json:
        print_json(found.to_dict())
        return 0
    print_line(plan_sentence(found))
    print_table("", _HEADS, [_cells(row) for row in found.rows])
    for pack in found.packs:
        one_call = "; could be trained in one call" if pack.one_call and pack.cells > 1 else ""
        print_line(
            f"Pack {pack.name} ({count_of(pack.cells, 'cell')}) shares {pack.shares}{one_call}."
        )
    for change in factor_changes(ground.file.study):
        if change.warning:
            print_line(f"note: {change.warning}")
    print_line(_rest(found))
    return 0


def _cells(row: "PlanRow") -> tuple[str, ...]:
    numbers = (row.folds, row.seeds, row.cells, row.done)
    return (
        row.name,
        *(f"{number:,}" for number in numbers),
        row.pack,
        _time(row.seconds_each),
        "–" if row.cells == row.done else _time(row.seconds_left),
    )


def _time(seconds: float | None) -> str:
    return "?" if seconds is None else in_words(seconds)


def _rest(found: "StudyPlan") -> str:
    left = found.cells - found.done
    if not left:
        return "Nothing is left to run."
    if found.seconds_left is None:
        unknown = [row.name for row in found.rows if row.seconds_left is None]
        return (
            f"{count_of(left, 'cell')} left; how long they take is not known (?) before one of "
            f"{unknown[0]} has run."
        )
    return f"{count_of(left, 'cell')} left, about {in_words(found.seconds_left)} one after another."


COMMANDS = {"plan": (_configure, _plan)}
