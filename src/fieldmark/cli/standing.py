"""status: how a study stands, once or while it runs."""

import argparse
import time
from typing import TYPE_CHECKING, Final

from fieldmark.cli.console import print_json, print_line, print_table, table_of
from fieldmark.cli.standing_text import MOST_CELLS, StandingText, standing_text
from fieldmark.cli.study_options import add_study, open_study
from fieldmark.core.errors import FieldmarkError

if TYPE_CHECKING:
    from rich.console import Group

    from fieldmark.workflows.ground import Ground
    from fieldmark.workflows.standing import Standing

_REFRESH_SECONDS: Final = 2.0
_INTERRUPTED: Final = 130


def configure_status(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    add_study(parser)
    parser.add_argument("--json", action="store_true", help="print the records as JSON")
    parser.add_argument(
        "--watch", action="store_true", help="show it anew every two seconds until all is settled"
    )
    parser.add_argument(
        "--all",
        action="store_true",
        help=f"a row for each cell, even of more than {MOST_CELLS}; else for each contender",
    )


def call_status(arguments: argparse.Namespace) -> int:
    """Show how a study stands, once or until every cell is done or has failed."""
    from fieldmark.workflows.standing import standing_of

    if arguments.json and arguments.watch:
        raise FieldmarkError("Expected one of --json and --watch; got both. Leave one out.")
    ground = open_study(arguments.study, arguments.overrides)
    every_cell = arguments.all or len(ground.cells) <= MOST_CELLS
    if arguments.watch:
        return _watch(ground, every_cell=every_cell)
    standing = standing_of(ground)
    if arguments.json:
        print_json(
            [_plain(record.model_dump(mode="json"), standing) for record in standing.records]
        )
        return 0
    text = _text(ground, standing, every_cell=every_cell)
    print_table("", text.columns, text.rows)
    for line in text.lines:
        print_line(line)
    return 0


def _watch(ground: "Ground", *, every_cell: bool) -> int:
    from rich.console import Console
    from rich.live import Live

    from fieldmark.workflows.standing import standing_of

    standing = standing_of(ground)
    shown = _drawn(_text(ground, standing, every_cell=every_cell))
    with Live(shown, console=Console(highlight=False), auto_refresh=False) as live:
        try:
            while not standing.is_settled:
                time.sleep(_REFRESH_SECONDS)
                standing = standing_of(ground)
                live.update(_drawn(_text(ground, standing, every_cell=every_cell)), refresh=True)
        except KeyboardInterrupt:
            return _INTERRUPTED
    return 0


def _text(ground: "Ground", standing: "Standing", *, every_cell: bool) -> StandingText:
    logs = {
        spec.id: str(ground.ledger.log_path(spec))
        for spec, record in zip(ground.cells, standing.records, strict=True)
        if record.error
    }
    return standing_text(standing, logs, every_cell=every_cell)


def _drawn(text: StandingText) -> "Group":
    from rich.console import Group
    from rich.text import Text

    return Group(table_of("", text.columns, text.rows), *(Text(line) for line in text.lines))


def _plain(record: dict[str, object], standing: "Standing") -> dict[str, object]:
    """Return a record as JSON, with the curves of a cell that is being trained."""
    curves = standing.curves.get(str(record["cell"]), ())
    return record | ({"curves": {curve.name: curve.values for curve in curves}} if curves else {})
