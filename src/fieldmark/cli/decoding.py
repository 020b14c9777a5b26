"""decode: one path of the tree for each item, by one decoder or by all of them."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from fieldmark.cli.console import print_json, print_line
from fieldmark.cli.resampling_options import add_resampling

if TYPE_CHECKING:
    from fieldmark.decision.path_quantities import Poison

_CHOICES = ("all", "leaf", "greedy", "threshold", "roll-up", "minimum-cost", "joint")


def _configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "predictions",
        metavar="PREDICTIONS",
        nargs="?",
        type=Path,
        help="stored predictions over the leaves of a taxonomy; left out where heads are given",
    )
    parser.add_argument("--by", choices=_CHOICES, default="all", help="decoder (default: all)")
    parser.add_argument(
        "--threshold",
        type=float,
        default=0.5,
        help="of the decoder threshold: from 0.5 up to 1 (default: 0.5)",
    )
    parser.add_argument(
        "--poisonous",
        metavar="NAME",
        nargs="+",
        action="extend",
        default=[],
        help="classes that minimum-cost must not call harmless; @FILE reads one name a line",
    )
    parser.add_argument(
        "--poison-cost",
        type=float,
        default=100.0,
        help="of taking a poisonous class for a harmless one; other mistakes cost 1 (default: 100)",
    )
    _add_heads(parser)
    parser.add_argument(
        "--out", metavar="DIR", type=Path, help="folder for paths and, of heads, joint predictions"
    )
    add_resampling(parser)
    parser.add_argument("--json", action="store_true", help="print the document instead of words")


def _add_heads(parser: argparse.ArgumentParser) -> None:
    heads = parser.add_argument_group("a model with one head per rank")
    heads.add_argument("--heads", metavar="DIR", type=Path, help="stored heads of all ranks")
    heads.add_argument(
        "--rank",
        metavar="RANK=DIR",
        action="append",
        default=[],
        dest="ranks",
        help="stored predictions of one head, such as phylum=heads/phylum; once for each rank",
    )
    heads.add_argument("--contender", help="with --rank: name of the model")
    heads.add_argument(
        "--taxonomy",
        metavar="CSV",
        type=Path,
        help="with --rank: columns are the ranks, coarse to fine, the last the leaves",
    )


def _decode(arguments: argparse.Namespace) -> int:
    from fieldmark.cli.decoding_text import print_decoding
    from fieldmark.comparison.rules import ComparisonRules
    from fieldmark.workflows.decoding import DecodingOptions
    from fieldmark.workflows.decoding_stored import decode_stored

    found = decode_stored(
        arguments.predictions,
        DecodingOptions(by=arguments.by, threshold=arguments.threshold, poison=_poison(arguments)),
        heads=arguments.heads,
        ranks=_ranks(arguments.ranks),
        taxonomy=arguments.taxonomy,
        contender=arguments.contender,
        out=arguments.out,
        rules=ComparisonRules(resamples=arguments.resamples, seed=arguments.resampling_seed),
    )
    if arguments.json:
        print_json(found.decoding.to_dict())
        return 0
    print_decoding(found.decoding)
    for line in found.written:
        print_line(line)
    return 0


def _poison(arguments: argparse.Namespace) -> "Poison | None":
    from fieldmark.decision.path_quantities import Poison
    from fieldmark.predictions.importers import read_lines

    names: list[str] = []
    for name in arguments.poisonous:
        names += read_lines(Path(name[1:])) if name.startswith("@") else (name,)
    return Poison(frozenset(names), arguments.poison_cost) if names else None


def _ranks(given: list[str]) -> dict[str, Path]:
    from fieldmark.core.errors import PredictionsError

    found: dict[str, Path] = {}
    for one in given:
        rank, sign, folder = one.partition("=")
        if not sign or not rank or not folder or rank in found:
            raise PredictionsError(
                f"Expected --rank RANK=DIR once for each rank, such as phylum=heads/phylum; got"
                f" '{one}'{' again' if rank in found else ''}."
            )
        found[rank] = Path(folder)
    return found


COMMANDS = {"decode": (_configure, _decode)}
