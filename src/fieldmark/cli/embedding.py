"""embed: vectors of images, computed once and kept."""

import argparse
import json
from pathlib import Path
from typing import Any

from fieldmark.backbones.runtimes import LEAST_COSINE, REFERENCE, RUNTIMES
from fieldmark.backbones.specs import TAPS, BackboneSpec
from fieldmark.cli.console import open_progress, print_json, print_line, print_table
from fieldmark.cli.region_options import add_regions, region_columns
from fieldmark.core.errors import WeightsError

_BATCH = 32


def _configure(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("source", metavar="MANIFEST|FOLDER", type=Path, help="a table with paths, or a folder")
    add("--images", metavar="DIR", type=Path, help="where a table's paths begin (default: there)")
    add("--backbone", metavar="NAME", required=True, help="of timm, or open_clip:MODEL[/TAG]")
    add("--weights", default="random", help="random, a file, a tag, or hf-hub:OWNER/REPOSITORY")
    add("--options", type=_fields, default={}, metavar="JSON", help="of the network")
    add("--preprocessing", type=_fields, default={}, metavar="JSON", help="fields that differ")
    add("--licence", help="of the weights, where it is known better")
    add(
        "--tap",
        action="append",
        dest="taps",
        default=[],
        metavar="TAP",
        help=f"where vectors are taken, of one pass; may be given again: {', '.join(TAPS)}",
    )
    add("--runtime", default=REFERENCE, help=f"what runs the network: {', '.join(RUNTIMES)}")
    add("--out", metavar="DIR", type=Path, default=Path("embeddings"), help="folder of the stores")
    add_regions(parser)
    add("--hdf5", metavar="FILE", type=Path, help="write specimen/time/view -> vector as well")
    add("--dtype", choices=("float16", "float32"), default="float32", help="of stored values")
    add("--unreadable", choices=("fail", "exclude"), default="fail", help="what to do with those")
    add("--batch-size", type=int, default=_BATCH, help="images per pass")
    add("--json", action="store_true", help="one JSON document")


def _embed(arguments: argparse.Namespace) -> int:
    from fieldmark.workflows.embedding import EmbeddingPlan, embed, photos_of

    plan = EmbeddingPlan(
        spec=_spec(arguments),
        taps=tuple(arguments.taps),
        runtime=arguments.runtime,
        dtype=arguments.dtype,
        unreadable=arguments.unreadable,
        batch_size=arguments.batch_size,
    )
    is_table = not arguments.source.is_dir()
    columns = region_columns(arguments, is_table=is_table)
    photos = photos_of(arguments.source, root=arguments.images, regions=columns)
    with open_progress() as progress:
        found = embed(
            photos.paths,
            plan,
            out=arguments.out,
            regions=photos.regions,
            hdf5=arguments.hdf5,
            progress=progress,
        )
    told = [
        {
            "tap": tap,
            "images": len(each.embeddings),
            "excluded": len(each.embeddings.excluded),
            "width": each.embeddings.width,
            "computed": each.computed,
            "store": str(each.store),
            "hdf5": None if each.hdf5 is None else str(each.hdf5),
            "licence": each.licence,
            "check": each.check,
            "identity": each.embeddings.tap,
        }
        for tap, each in found.items()
    ]
    print_json(told) if arguments.json else _print(told)
    return 0


def _spec(arguments: argparse.Namespace) -> BackboneSpec:
    spec = BackboneSpec(
        arguments.backbone,
        arguments.weights,
        options=arguments.options,
        tap=(arguments.taps or ["pooled"])[0],
        preprocessing=arguments.preprocessing,
        licence=arguments.licence,
    )
    if spec.source != "file":
        return spec
    weights = str(Path(spec.weights).resolve())
    return BackboneSpec(**(spec.to_dict() | {"weights": weights}))


def _print(told: list[dict[str, Any]]) -> None:
    columns = ("tap", "images", "width", "computed", "excluded", "store")
    print_table("", columns, [[f"{each[name]}" for name in columns] for each in told])
    for each in told:
        if each["check"] is not None:
            print_line(
                f"{each['identity']['runtime']} against torch float32 at {each['tap']}: cosine at "
                f"least {each['check']['lowest_cosine']:.6f} on {each['check']['pictures']} check "
                f"pictures ({LEAST_COSINE} is the least that is accepted)."
            )
        if each["hdf5"] is not None:
            print_line(f"Wrote {each['hdf5']}.")
    print_line(f"Licence of the weights: {told[0]['licence'] or 'not known'}.")


def _fields(text: str) -> dict[str, Any]:
    try:
        return dict(json.loads(text))
    except (ValueError, TypeError):
        raise WeightsError(
            f"Expected a JSON object such as '{{\"img_size\": 224}}'; found {text!r}."
        ) from None


COMMANDS = {"embed": (_configure, _embed)}
