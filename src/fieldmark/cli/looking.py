"""preview, duplicates: look at the images before anything is trained on them."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from fieldmark.cli.console import open_progress, print_json, print_line
from fieldmark.cli.study_options import add_fold, add_study, open_study
from fieldmark.core.checks import count_of

if TYPE_CHECKING:
    from fieldmark.workflows.twin_groups import Duplicates

_TABLES = (".csv", ".tsv", ".parquet")
_SHOWN = 5


def _configure_preview(parser: argparse.ArgumentParser) -> None:
    add_study(parser)
    parser.add_argument("contender", metavar="CONTENDER", help="a contender with a backbone")
    parser.add_argument("--images", type=int, default=6, metavar="N", help="how many images")
    parser.add_argument("--epochs", type=int, default=5, metavar="N", help="versions of each")
    parser.add_argument(
        "--preset", metavar="NAME", help="show this augmentation (default: the contender's own)"
    )
    parser.add_argument("--seed", type=int, help="seed of the training (default: the first)")
    add_fold(parser)
    parser.add_argument(
        "--out", type=Path, metavar="FILE.png", help="default: preview-CONTENDER-PRESET.png"
    )


def _preview(arguments: argparse.Namespace) -> int:
    from fieldmark.workflows.preview import preview, write_sheet

    ground = open_study(arguments.study, arguments.overrides)
    found = preview(
        ground.on(arguments.fold),
        arguments.contender,
        images=arguments.images,
        epochs=arguments.epochs,
        preset=arguments.preset,
        seed=arguments.seed,
    )
    default = Path(f"preview-{arguments.contender}-{found.preset.name}.png")
    path = write_sheet(found, arguments.out or default)
    for sentence in found.left_out:
        print_line(f"left out: {sentence}")
    print_line(f"{count_of(len(found.image_ids), 'image')} under '{found.preset.name}': {path}")
    return 0


def _configure_duplicates(parser: argparse.ArgumentParser) -> None:
    add_study(parser)
    parser.usage = "fieldmark duplicates STUDY|MANIFEST [options]"
    parser.add_argument(
        "--by",
        default="bytes,hash",
        metavar="KINDS",
        help="bytes, hash (perceptual) and embedding, with commas (default: bytes,hash)",
    )
    add_fold(parser)
    parser.add_argument("--hash-bits", type=int, default=4, help="bits of 64 that may differ")
    parser.add_argument("--cosine", type=float, default=0.98, help="what embeddings must reach")
    parser.add_argument("--contender", help="whose backbone embeds (default: the first with one)")
    parser.add_argument(
        "--predictions",
        type=Path,
        metavar="DIR",
        help="stored predictions: their accuracy with and without the twins of training images",
    )
    parser.add_argument("--resamples", type=int, default=2000, help="bootstrap draws")
    parser.add_argument(
        "--out", type=Path, metavar="CSV", help="write one row per image with twins"
    )
    parser.add_argument("--json", action="store_true", help="print the document instead of text")
    table = parser.add_argument_group("a manifest instead of a study")
    table.add_argument("--images", type=Path, metavar="DIR", help="default: the table's folder")
    for name in ("id", "path", "label"):
        table.add_argument(f"--{name}", default=name, metavar="COLUMN")
    table.add_argument(
        "--split", metavar="COLUMN", help="column that says which part an image is in"
    )


def _duplicates(arguments: argparse.Namespace) -> int:
    from fieldmark.predictions.store import load_predictions
    from fieldmark.workflows.twin_groups import write_duplicates
    from fieldmark.workflows.twins import inflation

    found = _found(arguments)
    inflated = None
    if arguments.predictions is not None:
        predictions = load_predictions(arguments.predictions)
        inflated = inflation(found, predictions, resamples=arguments.resamples)
    if arguments.out is not None:
        write_duplicates(found, arguments.out)
    if arguments.json:
        extra = {} if inflated is None else {"inflation": inflated.to_dict()}
        print_json(found.to_dict() | extra)
        return 0
    _tell_duplicates(found)
    if inflated is not None:
        print_line(inflated.sentence())
    if arguments.out is not None:
        print_line(f"Every image with twins: {arguments.out}")
    return 0


def _found(arguments: argparse.Namespace) -> "Duplicates":
    from fieldmark.workflows.twins import find_duplicates, find_duplicates_of_study

    by = tuple(dict.fromkeys(kind.strip() for kind in arguments.by.split(",")))
    with open_progress() as progress:
        if arguments.study.suffix.lower() not in _TABLES:
            return find_duplicates_of_study(
                open_study(arguments.study, arguments.overrides).on(arguments.fold),
                by=by,
                progress=progress,
                hash_bits=arguments.hash_bits,
                cosine=arguments.cosine,
                contender=arguments.contender,
            )
        from fieldmark.manifest.sources import ManifestColumns, read_manifest
        from fieldmark.manifest.splits import split_from_column

        columns = ManifestColumns(id=arguments.id, path=arguments.path, label=arguments.label)
        folder = arguments.images or arguments.study.parent
        manifest = read_manifest(arguments.study, columns=columns, images=folder)
        split = split_from_column(manifest, arguments.split) if arguments.split else None
        return find_duplicates(
            manifest, split, by=by, progress=progress, hash_bits=arguments.hash_bits
        )


def _tell_duplicates(found: "Duplicates") -> None:
    for sentence in found.sentences():
        print_line(sentence)
    part_of = found.part_of()
    torn = found.straddling()
    for group in torn[:_SHOWN]:
        members = (f"'{id_}' in {part_of.get(id_, 'no part')}" for id_ in group.ids[:_SHOWN])
        more = len(group.ids) - _SHOWN
        print_line(f"    {group.by}: {', '.join(members)}{f' and {more:,} more' * (more > 0)}")
    if len(torn) > _SHOWN:
        print_line(f"    and {count_of(len(torn) - _SHOWN, 'group')} more in several parts")
    for sentence in found.unreadable[:_SHOWN]:
        print_line(f"left out: {sentence}")
    if len(found.unreadable) > _SHOWN:
        print_line(f"left out: {count_of(len(found.unreadable) - _SHOWN, 'image')} more")


COMMANDS = {
    "preview": (_configure_preview, _preview),
    "duplicates": (_configure_duplicates, _duplicates),
}
