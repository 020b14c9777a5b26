"""predict: answers of a contender for new images."""

import argparse
import json
from pathlib import Path

from fieldmark.cli.console import open_progress, print_line
from fieldmark.cli.study_options import add_study, open_study


def _configure(parser: argparse.ArgumentParser) -> None:
    add_study(parser)
    parser.add_argument("contender", metavar="CONTENDER", help="a trained contender of the study")
    parser.add_argument("images", metavar="IMAGE", nargs="+", type=Path, help="files or folders")
    parser.add_argument("--seed", type=int, help="which trained seed answers (default: the first)")
    parser.add_argument("--top", type=int, default=3, help="how many classes to name")
    parser.add_argument("--json", action="store_true", help="one JSON document a line and image")


def _predict(arguments: argparse.Namespace) -> int:
    from fieldmark.workflows.answering import answer

    ground = open_study(arguments.study, arguments.overrides)
    with open_progress() as progress:
        answers = answer(
            ground,
            arguments.contender,
            arguments.images,
            seed=arguments.seed,
            top=arguments.top,
            progress=progress,
        )
    for found in answers:
        if arguments.json:
            print_line(json.dumps(found.to_dict(), ensure_ascii=False, allow_nan=False))
        else:
            print_line(found.sentence())
    return 0


COMMANDS = {"predict": (_configure, _predict)}
