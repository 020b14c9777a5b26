"""new, check, status, report, schema: what is done with a study."""

import argparse
import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from fieldmark.cli.console import open_progress, print_json, print_line
from fieldmark.cli.reporting import call_report, configure_report
from fieldmark.cli.standing import call_status, configure_status
from fieldmark.cli.study_options import add_study, open_study
from fieldmark.core.checks import count_of

if TYPE_CHECKING:
    from fieldmark.manifest.findings import Finding
    from fieldmark.workflows.ground import Ground


def _configure_new(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("system", metavar="SYSTEM", help="kind of study: taxonomy")
    parser.add_argument("folder", metavar="DIR", type=Path, help="a new folder")
    parser.add_argument("--seed", type=int, default=0, help="seed of the generated data")
    parser.add_argument(
        "--layout",
        default="table",
        metavar="NAME",
        help="how the data lie: table (one table of images), or fungitastic (its files)",
    )


def _new(arguments: argparse.Namespace) -> int:
    from fieldmark.workflows.templates import write_study

    with open_progress() as progress:
        study = write_study(
            arguments.system,
            arguments.folder,
            seed=arguments.seed,
            progress=progress,
            layout=arguments.layout,
        )
    print_line(f"Wrote {study}. Next: fieldmark check {arguments.folder}")
    return 0


def _check(arguments: argparse.Namespace) -> int:
    from fieldmark.workflows.auditing import audit_study
    from fieldmark.workflows.readiness import contender_problems

    ground = open_study(arguments.study, arguments.overrides)
    with open_progress() as progress:
        findings = audit_study(ground, read_images=not arguments.skip_pixels, progress=progress)
        problems = contender_problems(ground, progress=progress)
    if arguments.json:
        found = [dataclasses.asdict(finding) for finding in findings]
        print_json({"findings": found, "contenders": problems})
    else:
        _tell_check(ground, findings, problems)
    return 2 if problems or any(finding.severity == "error" for finding in findings) else 0


def _tell_check(
    ground: "Ground", findings: "Sequence[Finding]", problems: Mapping[str, str]
) -> None:
    parts = ground.splits.in_words
    classes = count_of(len(ground.manifest.label_names), "class", "classes")
    contenders = count_of(len(ground.file.study.contenders), "contender")
    print_line(
        f"{ground.file.study.study}: {count_of(len(ground.manifest), 'image')}, {classes}; "
        f"{parts}; {contenders}, {count_of(len(ground.cells), 'cell')}."
    )
    for finding in findings:
        print_line(f"{finding.severity}: {finding.message}")
    for name, problem in problems.items():
        print_line(f"error: the contender '{name}' cannot run: {problem}")
    errors = sum(finding.severity == "error" for finding in findings) + len(problems)
    verdict = f"{count_of(errors, 'error')}: mend them before running." if errors else "no errors."
    print_line(f"Audit: {count_of(len(findings) + len(problems), 'finding')}, {verdict}")


def _configure_check(parser: argparse.ArgumentParser) -> None:
    add_study(parser)
    parser.add_argument("--json", action="store_true", help="print the findings as JSON")
    parser.add_argument(
        "--skip-pixels",
        action="store_true",
        help="decode no image: sooner, but blind to damaged files and near-copies",
    )


def _configure_schema(parser: argparse.ArgumentParser) -> None:
    parser.epilog = "Point your editor at the file: fieldmark schema > study.schema.json"


def _schema(_: argparse.Namespace) -> int:
    from fieldmark.experiments.study_file import study_schema

    print_json(study_schema())
    return 0


COMMANDS = {
    "new": (_configure_new, _new),
    "check": (_configure_check, _check),
    "status": (configure_status, call_status),
    "report": (configure_report, call_report),
    "schema": (_configure_schema, _schema),
}
