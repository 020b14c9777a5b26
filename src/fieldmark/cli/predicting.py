"""predict: answers of a bundle, or of a contender of a study, for new images."""

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from fieldmark.cli.console import open_progress, print_line
from fieldmark.cli.study_options import add_fold, add_study, open_study
from fieldmark.core.checks import count_of
from fieldmark.core.errors import StudyError

if TYPE_CHECKING:
    from fieldmark.workflows.answers import Answer


def _configure(parser: argparse.ArgumentParser) -> None:
    parser.usage = "fieldmark predict (BUNDLE | STUDY CONTENDER) IMAGE..."
    parser.description = (
        "Answer for new images: with a bundle that fieldmark export wrote, or with a trained "
        "contender of a study. Folders are answered image by image."
    )
    add_study(parser)
    parser.add_argument("images", metavar="IMAGE", nargs="+", help="files or folders")
    parser.add_argument("--seed", type=int, help="which trained seed answers (default: the first)")
    add_fold(parser)
    parser.add_argument("--top", type=int, default=3, help="how many classes to name")
    parser.add_argument(
        "--skip-unreadable", action="store_true", help="leave out images that cannot be read"
    )
    output = parser.add_mutually_exclusive_group()
    output.add_argument("--json", action="store_true", help="one JSON document a line and image")
    output.add_argument("--jsonl", metavar="OUT", type=Path, help="write these lines to a file")


def _predict(arguments: argparse.Namespace) -> int:
    from fieldmark.export.bundle import is_bundle

    ask = _ask_bundle if is_bundle(arguments.study) else _ask_study
    answers = ask(arguments)
    if arguments.jsonl is not None:
        from fieldmark.core.storage import write_text

        write_text(arguments.jsonl, "".join(f"{_as_json(found)}\n" for found in answers))
        print_line(f"Wrote {count_of(len(answers), 'answer')} to {arguments.jsonl}.")
        return 0
    for found in answers:
        print_line(_as_json(found) if arguments.json else found.sentence())
    return 0


def _ask_bundle(arguments: argparse.Namespace) -> "tuple[Answer, ...]":
    from fieldmark.export.loading import load_bundle
    from fieldmark.workflows.answering import answer_with_bundle

    if arguments.seed is not None or arguments.fold is not None or arguments.overrides:
        raise StudyError(
            f"{arguments.study} is a bundle, whose model is settled; leave out --seed, --fold and"
            " --set."
        )
    with open_progress() as progress:
        return answer_with_bundle(
            load_bundle(arguments.study),
            [Path(image) for image in arguments.images],
            top=arguments.top,
            unreadable="exclude" if arguments.skip_unreadable else "fail",
            progress=progress,
        )


def _ask_study(arguments: argparse.Namespace) -> "tuple[Answer, ...]":
    from fieldmark.workflows.answering import answer

    contender, *images = arguments.images
    if not images:
        raise StudyError(
            f"Expected a contender and at least one image after the study {arguments.study}; got"
            f" '{contender}' alone. A bundle needs no contender, but there is none at"
            f" {arguments.study}."
        )
    ground = open_study(arguments.study, arguments.overrides)
    with open_progress() as progress:
        return answer(
            ground,
            contender,
            [Path(image) for image in images],
            seed=arguments.seed,
            fold=arguments.fold,
            top=arguments.top,
            unreadable="exclude" if arguments.skip_unreadable else None,
            progress=progress,
        )


def _as_json(found: "Answer") -> str:
    return json.dumps(found.to_dict(), ensure_ascii=False, allow_nan=False)


COMMANDS = {"predict": (_configure, _predict)}
