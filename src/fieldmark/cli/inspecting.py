"""inspect: one observation of a study, or new photos of one, on one page."""

import argparse
import re
from pathlib import Path
from typing import TYPE_CHECKING

from fieldmark.cli.console import open_progress, print_line
from fieldmark.cli.study_options import add_study, open_study
from fieldmark.core.errors import StudyError

if TYPE_CHECKING:
    from fieldmark.report.inspection import Inspection
    from fieldmark.workflows.ground import Ground

_LONGEST_NAME = 80


def _configure(parser: argparse.ArgumentParser) -> None:
    parser.usage = "fieldmark inspect STUDY (OBSERVATION | --photos FILE...) [options]"
    parser.description = (
        "Show one observation: its photos, what each contender answers at each rank, alone and "
        "over all photos, where it departs from the label, and the nearest training images."
    )
    add_study(parser)
    parser.add_argument(
        "observation",
        metavar="OBSERVATION",
        nargs="?",
        help="an observation (a value of the group column), or the id of one of its images",
    )
    parser.add_argument(
        "--photos", metavar="FILE", type=Path, nargs="+", help="new photos of one thing instead"
    )
    parser.add_argument("--by", metavar="COLUMN", help="what names observations (default: group)")
    parser.add_argument("--contender", metavar="NAME", help="ask this one alone (default: all)")
    parser.add_argument("--seed", type=int, help="which trained seed answers (default: the first)")
    parser.add_argument(
        "--bundle", metavar="DIR", type=Path, help="with --photos: a bundle that answers too"
    )
    parser.add_argument(
        "--sure", type=float, default=0.65, metavar="SHARE", help="what is sure (default: 0.65)"
    )
    parser.add_argument(
        "--neighbours", type=int, default=6, metavar="N", help="training images a photo; 0: none"
    )
    parser.add_argument("--out", metavar="FILE.html", type=Path, help="default: with the results")


def _inspect(arguments: argparse.Namespace) -> int:
    from fieldmark.core.storage import write_text
    from fieldmark.report.inspection import render_inspection
    from fieldmark.report.inspection_text import inspection_lines
    from fieldmark.workflows.nearest_training import INSPECTIONS

    _check(arguments)
    ground = open_study(arguments.study, arguments.overrides)
    found = _inspection(ground, arguments)
    name = re.sub(r"[^\w.-]+", "-", arguments.observation or arguments.photos[0].stem)
    page = arguments.out or ground.results / INSPECTIONS / f"{name[-_LONGEST_NAME:]}.html"
    write_text(page, render_inspection(found))
    for line in inspection_lines(found):
        print_line(line)
    print_line(f"Page: {page}")
    return 0


def _check(arguments: argparse.Namespace) -> None:
    if (arguments.observation is None) == (arguments.photos is None):
        what = "neither" if arguments.photos is None else "both"
        raise StudyError(
            f"Expected the name of an observation, or new photos after --photos; got {what}."
        )
    if arguments.photos is None and arguments.bundle is not None:
        raise StudyError("--bundle answers new photos: name them by --photos, or leave it out.")
    if arguments.photos is not None and arguments.by is not None:
        raise StudyError(
            "--by names a column of the manifest, which new photos are not in: leave it out."
        )


def _inspection(ground: "Ground", arguments: argparse.Namespace) -> "Inspection":
    from fieldmark.workflows.inspecting import InspectionOptions, inspect_observation

    options = InspectionOptions(
        contender=arguments.contender,
        seed=arguments.seed,
        sure=arguments.sure,
        neighbours=arguments.neighbours,
    )
    with open_progress() as progress:
        if arguments.photos is None:
            name, by = arguments.observation, arguments.by
            return inspect_observation(ground, name, by=by, options=options, progress=progress)
        from fieldmark.workflows.inspecting_photos import inspect_photos

        return inspect_photos(
            ground, arguments.photos, bundle=arguments.bundle, options=options, progress=progress
        )


COMMANDS = {"inspect": (_configure, _inspect)}
