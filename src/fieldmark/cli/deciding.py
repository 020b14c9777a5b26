"""decide, plan-recall: thresholds with a promise."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from fieldmark.cli.console import print_json, print_line
from fieldmark.cli.resampling_options import add_resampling

if TYPE_CHECKING:
    from fieldmark.decision.policy import Policy


def _configure_decide(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "predictions",
        metavar="PREDICTIONS",
        nargs="?",
        type=Path,
        help="a folder whose sub-folders are parts, or one table whose items name their part;"
        " may be left out when both parts are paths",
    )
    parser.add_argument("--policy", required=True, metavar="YAML", type=Path, help="the rule")
    parser.add_argument(
        "--fit-on", required=True, metavar="PART", help="part that the rule is fitted on"
    )
    parser.add_argument(
        "--report-on", required=True, metavar="PART", help="part that is reported; other items"
    )
    parser.add_argument(
        "--calibrate-on",
        metavar="PART",
        help="part for the calibrator alone (default: the fitted part, halved where the rule makes"
        " a promise)",
    )
    parser.add_argument(
        "--part-column",
        metavar="COLUMN",
        help="names the part in one table (split or part)",
    )
    parser.add_argument("--out", metavar="DIR", type=Path, help="folder for decisions and items")
    add_resampling(parser)
    parser.add_argument("--json", action="store_true", help="print the document instead of words")


def _decide(arguments: argparse.Namespace) -> int:
    from fieldmark.cli.decision_text import print_decisions
    from fieldmark.decision.decide import decide
    from fieldmark.decision.decisions_store import save_decisions
    from fieldmark.predictions.part_folders import load_part

    policy = read_policy(arguments.policy)
    parts = [
        name and load_part(arguments.predictions, name, column=arguments.part_column)
        for name in (arguments.fit_on, arguments.report_on, arguments.calibrate_on)
    ]
    found = decide(
        parts[0],
        parts[1],
        policy,
        calibrate_on=parts[2] or None,
        resamples=arguments.resamples,
        seed=arguments.resampling_seed,
    )
    if arguments.out is not None:
        save_decisions(found, arguments.out)
    if arguments.json:
        print_json(found.to_dict())
        return 0
    print_decisions(found)
    if arguments.out is not None:
        print_line(f"Decisions and items are in {arguments.out}.")
    return 0


def read_policy(path: Path) -> "Policy":
    """Return the policy that a YAML file describes.

    Raises:
        DecisionError: the file is missing, names no rule, or asks for something that does not
            exist: one sentence for each problem, with its line.
        StudyError: the file is not YAML.
    """
    from pydantic import ValidationError

    from fieldmark.core.errors import DecisionError
    from fieldmark.decision.policy import policy_class
    from fieldmark.experiments.problems import problems_in
    from fieldmark.experiments.yaml_document import read_yaml

    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise DecisionError(f"{path.name} is not UTF-8; save it as UTF-8.") from None
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise DecisionError(f"The policy {path} cannot be read ({reason}).") from None
    document = read_yaml(text, path.name)
    kind = policy_class(document.content, name=path.name)
    try:
        return kind.model_validate(document.content)
    except ValidationError as error:
        problems = problems_in(error, document, whole="the policy")
        raise DecisionError("\n".join(problems)) from None


def _configure_plan(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--target", required=True, type=float, help="the recall to promise, such as 0.99"
    )
    parser.add_argument(
        "--confidence", type=float, default=0.95, help="confidence of the promise (default: 0.95)"
    )
    parser.add_argument(
        "--positives",
        required=True,
        type=int,
        help="number of independent positives at hand; of lots where items come in lots",
    )
    parser.add_argument("--misses", type=int, help="how many of them are missed at present")
    parser.add_argument("--json", action="store_true", help="print the document instead of words")


def _plan(arguments: argparse.Namespace) -> int:
    from fieldmark.decision.planner import plan_recall

    plan = plan_recall(
        arguments.target, arguments.confidence, arguments.positives, misses=arguments.misses
    )
    if arguments.json:
        print_json(plan.to_dict())
        return 0
    print_line(plan.sentence())
    needed = ", ".join(f"{count:,}" for count in plan.needed_by_misses)
    print_line(f"Positives needed for 0, 1, 2 and 3 misses: {needed} ({plan.source}).")
    return 0


COMMANDS = {
    "decide": (_configure_decide, _decide),
    "plan-recall": (_configure_plan, _plan),
}
