"""onset: when something begins, judged from scores by day."""

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from fieldmark.cli.console import print_json
from fieldmark.cli.resampling_options import add_resampling
from fieldmark.core.errors import PredictionsError

if TYPE_CHECKING:
    from fieldmark.evaluation.onset_rules import OnsetRule
    from fieldmark.predictions.trajectories import Trajectories

_FIT = "fit"
# options that only some rules read, with their defaults
_OF_RULES: Mapping[str, tuple[object, tuple[str, ...]]] = {
    "run": (2, ("consecutive",)),
    "reading": ("median", ("change-point",)),
    "kappa": ("1", ("change-point", "cusum")),
    "never": (None, ("change-point",)),
}


def _configure_onset(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("predictions", metavar="PREDICTIONS", type=Path, help="stored predictions")
    parser.add_argument("--specimen", required=True, metavar="COLUMN", help="column: the specimen")
    parser.add_argument("--time", required=True, metavar="COLUMN", help="column: the day, a number")
    parser.add_argument(
        "--onset",
        required=True,
        metavar="TABLE",
        type=Path,
        help="CSV, TSV or Parquet: a row for each specimen; empty or 'never' where it never begins",
    )
    parser.add_argument("--positive", required=True, metavar="CLASS", help="the state that begins")
    parser.add_argument(
        "--onset-column", default="onset", metavar="COLUMN", help="of TABLE (default: onset)"
    )
    parser.add_argument("--group", metavar="COLUMN", help="of TABLE: what must not be torn apart")
    parser.add_argument(
        "--control", metavar="COLUMN=VALUE", type=_column_value, help="which specimens are controls"
    )
    parser.add_argument(
        "--views",
        choices=("one", "mean"),
        default="one",
        help="several images of a specimen on a day: refuse, or average their probabilities",
    )
    parser.add_argument(
        "--until", type=float, metavar="DAY", help="judge what was known by this day"
    )
    _add_rule(parser)
    add_resampling(parser)
    parser.add_argument("--level", type=float, default=0.95, help="level of the intervals")
    parser.add_argument("--json", action="store_true", help="print the document instead of tables")


def _add_rule(parser: argparse.ArgumentParser) -> None:
    rule = parser.add_argument_group("how an onset is read")
    rule.add_argument(
        "--rule",
        choices=("first-crossing", "consecutive", "change-point", "cusum"),
        default="first-crossing",
        help="default: first-crossing",
    )
    rule.add_argument("--threshold", type=float, help="default: 0.5; of cusum 3 (in logits)")
    rule.add_argument(
        "--run", type=int, default=2, metavar="K", help="consecutive: imaged days in a row"
    )
    rule.add_argument(
        "--reading",
        choices=("median", "argmax"),
        default="median",
        help="change-point: posterior median, or the most likely day",
    )
    rule.add_argument(
        "--kappa",
        default="1",
        metavar="NUMBER",
        help="change-point, cusum: above 0 to 1 for days that repeat each other; 'fit' fits it on"
        " the part of --fit-on",
    )
    rule.add_argument(
        "--never", type=float, metavar="SHARE", help="change-point: how likely 'never' is before"
    )
    rule.add_argument(
        "--prevalence", type=float, metavar="SHARE", help="positive share that the scores assume"
    )
    rule.add_argument(
        "--false-alarm-rate",
        type=float,
        default=0.05,
        metavar="SHARE",
        help="false alarms per control at which the lead time is read (default: 0.05)",
    )
    rule.add_argument(
        "--fit-on",
        type=Path,
        metavar="PREDICTIONS",
        help="other specimens, for thresholds, prevalence and baselines (default: for each group,"
        " all other groups)",
    )


def _onset(arguments: argparse.Namespace) -> int:
    from fieldmark.cli.onset_text import print_onset_evaluation
    from fieldmark.evaluation.onset_evaluation import evaluate_onset
    from fieldmark.evaluation.onset_settings import OnsetSettings
    from fieldmark.predictions.trajectories import seen_until

    seen = _trajectories(arguments, arguments.predictions)
    fit_on = _trajectories(arguments, arguments.fit_on) if arguments.fit_on else None
    settings = OnsetSettings(
        rule=_rule(arguments, fit_on),
        prevalence=arguments.prevalence,
        false_alarm_rate=arguments.false_alarm_rate,
        resamples=arguments.resamples,
        seed=arguments.resampling_seed,
        level=arguments.level,
    )
    if arguments.until is not None:
        seen = seen_until(seen, arguments.until)
    found = evaluate_onset(seen, settings, fit_on=fit_on)
    if arguments.json:
        print_json(found.to_dict())
    else:
        print_onset_evaluation(found)
    return 0


def _trajectories(arguments: argparse.Namespace, folder: Path) -> "Trajectories":
    from fieldmark.predictions.store import load_predictions
    from fieldmark.predictions.trajectories_onsets import read_onset_table
    from fieldmark.predictions.trajectories_source import trajectories_of

    return trajectories_of(
        load_predictions(folder),
        specimen=arguments.specimen,
        time=arguments.time,
        positive=arguments.positive,
        onset=read_onset_table(
            arguments.onset,
            specimen=arguments.specimen,
            onset=arguments.onset_column,
            group=arguments.group,
        ),
        control=arguments.control,
        views=arguments.views,
    )


def _rule(arguments: argparse.Namespace, fit_on: "Trajectories | None") -> "OnsetRule":
    from fieldmark.evaluation.onset_rules import OnsetRule

    given = vars(arguments)
    for name, (default, rules) in _OF_RULES.items():
        if arguments.rule not in rules and given[name] != default:
            raise PredictionsError(
                f"--{name} is for the rule {' or '.join(rules)}; got {arguments.rule}. Leave it"
                " out, or name that rule."
            )
    return OnsetRule(
        kind=arguments.rule,
        threshold=arguments.threshold,
        run=arguments.run,
        kappa=_kappa(arguments, fit_on),
        reading=arguments.reading,
        never=arguments.never,
    )


def _kappa(arguments: argparse.Namespace, fit_on: "Trajectories | None") -> float:
    from fieldmark.evaluation.onset_change_point import fit_kappa
    from fieldmark.evaluation.onset_prior import prevalence_of

    if arguments.kappa != _FIT:
        try:
            return float(arguments.kappa)
        except ValueError:
            raise PredictionsError(
                f"Expected a number or '{_FIT}' for --kappa; got '{arguments.kappa}'."
            ) from None
    if fit_on is None:
        raise PredictionsError(
            "Expected a part to fit kappa on; there is none. Name one with --fit-on."
        )
    prevalence = prevalence_of(fit_on, stated=arguments.prevalence, fit_on=fit_on)
    return fit_kappa(fit_on, prevalence.values)


def _column_value(text: str) -> tuple[str, str]:
    column, sign, value = text.partition("=")
    if not (column and sign and value):
        raise argparse.ArgumentTypeError(f"expected COLUMN=VALUE, got '{text}'")
    return column, value


COMMANDS = {"onset": (_configure_onset, _onset)}
