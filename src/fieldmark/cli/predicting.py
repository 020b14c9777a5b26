"""predict: answers of a bundle, or of a contender of a study, for new images."""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from fieldmark.cli.console import open_progress, print_line
from fieldmark.cli.region_options import add_regions, region_columns
from fieldmark.cli.study_options import add_fold, add_study, open_study
from fieldmark.core.checks import count_of
from fieldmark.core.errors import StudyError

if TYPE_CHECKING:
    from fieldmark.images.regions import Region
    from fieldmark.workflows.answers import Answer


def _configure(parser: argparse.ArgumentParser) -> None:
    parser.usage = "fieldmark predict (BUNDLE | STUDY CONTENDER) IMAGE..."
    parser.description = (
        "Answer for new images: with a bundle that fieldmark export wrote, or with a trained "
        "contender of a study. Folders are answered image by image. Where the model looks at a "
        "mask or box of each photo, IMAGE is a table with a column 'path' and those columns."
    )
    add_study(parser)
    parser.add_argument("images", metavar="IMAGE", nargs="+", help="files, folders, or one table")
    add_regions(parser)
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
    images, regions = _photos(arguments, arguments.images)
    with open_progress() as progress:
        return answer_with_bundle(
            load_bundle(arguments.study),
            images,
            regions=regions,
            top=arguments.top,
            unreadable="exclude" if arguments.skip_unreadable else "fail",
            progress=progress,
        )


def _ask_study(arguments: argparse.Namespace) -> "tuple[Answer, ...]":
    from fieldmark.workflows.answering import answer

    contender, *named = arguments.images
    if not named:
        raise StudyError(
            f"Expected a contender and at least one image after the study {arguments.study}; got"
            f" '{contender}' alone. A bundle needs no contender, but there is none at"
            f" {arguments.study}."
        )
    images, regions = _photos(arguments, named)
    ground = open_study(arguments.study, arguments.overrides)
    with open_progress() as progress:
        return answer(
            ground,
            contender,
            images,
            regions=regions,
            seed=arguments.seed,
            fold=arguments.fold,
            top=arguments.top,
            unreadable="exclude" if arguments.skip_unreadable else None,
            progress=progress,
        )


def _photos(
    arguments: argparse.Namespace, named: Sequence[str]
) -> "tuple[list[Path], list[Region] | None]":
    """Return the photos that were named, one by one or by a table, and what of each counts."""
    from fieldmark.workflows.photo_tables import TABLE_ENDINGS, read_photo_table

    paths = [Path(name) for name in named]
    is_table = len(paths) == 1 and paths[0].suffix.lower() in TABLE_ENDINGS
    columns = region_columns(arguments, is_table=is_table)
    if not is_table:
        return paths, None
    table = read_photo_table(paths[0], regions=columns)
    regions = None if table.regions is None else list(table.regions.values())
    return list(table.paths.values()), regions


def _as_json(found: "Answer") -> str:
    return json.dumps(found.to_dict(), ensure_ascii=False, allow_nan=False)


COMMANDS = {"predict": (_configure, _predict)}
