"""export, verify: a model as a folder that answers without its study."""

import argparse
import sys
from pathlib import Path

from fieldmark.cli.console import print_json, print_line
from fieldmark.cli.study_options import add_fold, add_study, open_study
from fieldmark.core.checks import count_of


def _configure_export(parser: argparse.ArgumentParser) -> None:
    add_study(parser)
    parser.add_argument("contender", metavar="CONTENDER", help="a trained contender of the study")
    parser.add_argument("--out", metavar="DIR", type=Path, required=True, help="a new folder")
    parser.add_argument("--seed", type=int, help="which trained seed (default: the first)")
    add_fold(parser)
    parser.add_argument(
        "--calibrator", metavar="FILE", type=Path, help="a calibrator, or decisions that used one"
    )
    parser.add_argument(
        "--operating-point", metavar="FILE", type=Path, help="what 'fieldmark decide --out' wrote"
    )
    parser.add_argument(
        "--licence",
        dest="licences",
        action="append",
        default=[],
        metavar="NOTE",
        help="one sentence on what may be done with the weights; may be given again",
    )


def _export(arguments: argparse.Namespace) -> int:
    from fieldmark.workflows.exporting import export_contender

    bundle = export_contender(
        open_study(arguments.study, arguments.overrides),
        arguments.contender,
        arguments.out,
        seed=arguments.seed,
        fold=arguments.fold,
        calibrator=arguments.calibrator,
        operating_point=arguments.operating_point,
        licences=arguments.licences,
    )
    size = sum(file.bytes for file in bundle.files.values()) / 1e6
    print_line(
        f"Wrote {count_of(len(bundle.files) + 1, 'file')}, {size:,.1f} MB, to {arguments.out}, and"
        f" its test vectors agree. Next: fieldmark predict {arguments.out} IMAGE"
    )
    return 0


def _configure_verify(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("bundle", metavar="BUNDLE", type=Path, help="folder of a bundle")
    parser.add_argument("--json", action="store_true", help="print the findings as JSON")


def _verify(arguments: argparse.Namespace) -> int:
    from fieldmark.export.verifying import verify_bundle

    found = verify_bundle(arguments.bundle)
    if arguments.json:
        print_json(
            {
                "digest": found.bundle.digest,
                "vectors": found.vectors,
                "largest_difference": found.largest_difference,
                "problems": list(found.problems),
            }
        )
    elif not found.problems:
        print_line(found.sentence())
    else:
        for problem in found.problems:
            sys.stderr.write(f"fieldmark: {arguments.bundle}: {problem}\n")
    return 2 if found.problems else 0


COMMANDS = {"export": (_configure_export, _export), "verify": (_configure_verify, _verify)}
