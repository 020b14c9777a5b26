"""run: the cells that are missing, in this process or by an engine."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from fieldmark.cli.console import open_progress, print_line
from fieldmark.cli.launching import ENGINES
from fieldmark.cli.study_options import add_study, open_study
from fieldmark.core.checks import unknown_choice
from fieldmark.core.errors import StudyError

if TYPE_CHECKING:
    from fieldmark.workflows.ground import Ground

_AS_TOLD = "-"

# option: (attribute, the engines that it belongs to)
_BELONGS = {
    "--engine-file": ("engine_file", ("local", "slurm", "script")),
    "--engine-set": ("engine_settings", ("local", "slurm", "script")),
    "--workers": ("workers", ("local",)),
    "--threads": ("threads", ("local",)),
    "--devices": ("devices", ("local",)),
    "--wait": ("wait", ("slurm",)),
    "--out": ("out", ("script",)),
    "--with-images": ("with_images", ("script",)),
}


def _configure_run(parser: argparse.ArgumentParser) -> None:
    add_study(parser)
    parser.add_argument(
        "--cells",
        metavar="ID[,ID...]",
        help="run these cells alone; @FILE names a file with one id a line, - reads them from "
        "standard input, one at a time",
    )
    parser.add_argument(
        "--engine", default="here", metavar="NAME", help=f"where cells run: {', '.join(ENGINES)}"
    )
    parser.add_argument("--workers", type=int, metavar="N", help="local: processes at once")
    parser.add_argument("--threads", type=int, metavar="T", help="local: threads of each")
    parser.add_argument(
        "--devices", metavar="0,1", help="local: GPUs, of which each worker gets one"
    )
    parser.add_argument(
        "--wait",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="slurm: wait until all cells have ended (the default), or return when submitted",
    )
    parser.add_argument(
        "--out", type=Path, metavar="FOLDER", help="script: the new folder to carry elsewhere"
    )
    parser.add_argument(
        "--with-images",
        action="store_true",
        default=None,
        help="script: carry the images along; else FIELDMARK_IMAGES says there where they lie",
    )
    parser.add_argument(
        "--engine-file",
        type=Path,
        metavar="FILE",
        help="settings of engines; by default engines.yaml beside the study",
    )
    parser.add_argument(
        "--engine-set",
        dest="engine_settings",
        action="append",
        metavar="KEY=VALUE",
        help="set one of them, such as slurm.partition=gpu; may be given again",
    )


def _run(arguments: argparse.Namespace) -> int:
    from fieldmark.experiments.cell_choice import choose_cells
    from fieldmark.experiments.factors import factor_changes

    launch = _engine_of(arguments)
    ground = open_study(arguments.study, arguments.overrides)
    if arguments.cells == _AS_TOLD:
        return _run_as_told(ground)
    cells = choose_cells(ground.cells, arguments.cells) if arguments.cells else ground.cells
    for change in factor_changes(ground.file.study):
        if change.warning:
            print_line(f"note: {change.warning}")
    return launch(ground, cells, arguments)


def _run_as_told(ground: "Ground") -> int:
    """Run the cells whose ids come in, one at a time, until there are no more; say which ended."""
    from fieldmark.experiments.cell_choice import cells_named
    from fieldmark.experiments.engines.calls import ended_line
    from fieldmark.workflows.taxonomy import run_study

    code = 0
    with open_progress() as progress:
        for line in sys.stdin:
            (spec,) = cells_named(ground.cells, [line.strip()])
            # Whoever hands out the cells waits for none, and looks at them again later.
            summary = run_study(ground, cells=[spec], progress=progress, wait=False)
            code = max(code, summary.exit_code)
            print_line(ended_line(spec.id))
            sys.stdout.flush()
    return code


def _engine_of(arguments: argparse.Namespace) -> Callable[..., int]:
    """Return what runs cells; refuse an engine that does not exist and options of another."""
    name = arguments.engine
    if name not in ENGINES:
        raise StudyError(unknown_choice("engine", name, ENGINES))
    if arguments.cells == _AS_TOLD and name != "here":
        raise StudyError(f"--cells - belongs to --engine here; this is --engine {name}.")
    for option, (attribute, engines) in _BELONGS.items():
        if getattr(arguments, attribute) is not None and name not in engines:
            raise StudyError(
                f"{option} belongs to --engine {' or '.join(engines)}; this is --engine {name}."
            )
    return ENGINES[name]


COMMANDS = {"run": (_configure_run, _run)}
