"""The card of a bundle as Markdown, generated from what is stored; nothing is typed by hand."""

from collections.abc import Mapping
from typing import Any, Final

from fieldmark.core.checks import count_of, first_few
from fieldmark.evaluation.estimates import Estimate
from fieldmark.evaluation.metrics import METRICS
from fieldmark.evaluation.record import Evaluation
from fieldmark.export.bundle import Bundle

_HEADLINES: Final = (
    "accuracy",
    "macro_f1",
    "top_5_accuracy",
    "log_loss",
    "expected_calibration_error",
)
_COLUMNS: Final = "| what | value | interval | n | method |\n| --- | --- | --- | --- | --- |"


def model_card(
    bundle: Bundle,
    *,
    evaluation: Evaluation | None,
    calibrator: Mapping[str, Any] | None,
    operating_point: Mapping[str, Any] | None,
) -> str:
    """Return the card of a bundle.

    Args:
        bundle: what the bundle says of itself.
        evaluation: what was measured of the very model; None where nothing was.
        calibrator: the stored calibrator; None without one.
        operating_point: the stored rule with its thresholds; None without one.
    """
    sections = {
        f"# {bundle.contender} of {bundle.study}": _what_it_is(bundle),
        "## Data": _data(bundle, evaluation),
        "## Numbers": _numbers(evaluation, calibrated=calibrator is not None),
        "## Calibration and decisions": _decisions(calibrator, operating_point),
        "## How to use it": _usage(bundle),
        "## What not to use it for": _limits(bundle, evaluation, calibrated=calibrator is not None),
        "## Licence": [f"- {note}" for note in bundle.licences],
        "## Made with": [f"- {name}: {value}" for name, value in bundle.provenance.items()],
    }
    parts = ["\n".join([title, "", *lines]) for title, lines in sections.items() if lines]
    return "\n\n".join(parts) + "\n"


def _what_it_is(bundle: Bundle) -> list[str]:
    backbone = bundle.backbone
    trained = (
        f"a head of the kind '{bundle.head_kind}' on the frozen network {backbone['name']}, tap"
        f" {backbone['tap']}"
        if bundle.model == "encoder-and-head"
        else f"the network {backbone['name']}, fine-tuned"
    )
    seed = "" if bundle.seed is None else f", seed {bundle.seed}"
    ranks = f" (ranks: {', '.join(bundle.ranks)})" if bundle.ranks else ""
    contract = bundle.contract
    return [
        f"It names one of {count_of(len(bundle.classes), 'class', 'classes')}{ranks} for a picture:"
        f" {trained} with the weights '{bundle.tap['weights']}'{seed}.",
        "",
        f"- classes: {first_few(bundle.classes, limit=5)}",
        f"- input: {contract['crop_size']} x {contract['crop_size']} pixels, RGB,"
        f" {contract['resize_rule']}, {contract['interpolation']}; every step is in bundle.json",
        f"- raw scores: {bundle.score_kind.value}",
        f"- digest of the weights: {bundle.tap['weights_digest']}",
    ]


def _data(bundle: Bundle, evaluation: Evaluation | None) -> list[str]:
    lines = [
        f"- learnt from {count_of(bundle.training_count, 'image')}"
        f" (digest of their ids: {bundle.training_ids_digest[:16]})"
    ]
    if bundle.pixels is not None:
        seen = bundle.pixels
        low, high, *means = (f"{value:.3g}" for value in (seen["low"], seen["high"], *seen["mean"]))
        lines.append(
            f"- {count_of(seen['pictures'], 'prepared image')} of them reach from {low} to {high},"
            f" with the means {', '.join(means)} of red, green and blue; predict warns where new"
            " photos are far from that"
        )
    if bundle.split_digest is not None:
        lines.append(f"- split: digest {bundle.split_digest[:16]}")
    if evaluation is not None:
        groups = "" if evaluation.groups is None else f" in {count_of(evaluation.groups, 'group')}"
        lines.append(
            f"- judged on {count_of(evaluation.n, 'image')}{groups} of the part"
            f" '{evaluation.split}', none of them learnt from"
        )
        lines.append(f"- left out as unreadable: {evaluation.excluded:,}")
    return lines


def _numbers(evaluation: Evaluation | None, *, calibrated: bool) -> list[str]:
    if evaluation is None:
        return ["Nothing was measured of this model."]
    found = [evaluation.estimate(metric) for metric in _HEADLINES]
    above = [
        one for one in evaluation.estimates if one.metric == "accuracy" and one.rank is not None
    ]
    rows = [_row(one) for one in (*found, *above) if one is not None]
    trivial = [
        _row(one, f", {one.contender}")
        for one in evaluation.baselines
        if one.metric == "accuracy" and one.rank is None
    ]
    raw = ["", "The numbers are of the raw scores, before calibration."] if calibrated else []
    return [_COLUMNS, *rows, *trivial, *_warnings(evaluation), *raw]


def _row(estimate: Estimate, whose: str = "") -> str:
    title = METRICS[estimate.metric].title
    rank = "" if estimate.rank is None else f" at {estimate.rank}"
    cells = (
        f"{title}{rank}{whose}",
        estimate.value_text(),
        estimate.interval_text(),
        f"{estimate.n:,}",
        estimate.method,
    )
    return f"| {' | '.join(cells)} |"


def _warnings(evaluation: Evaluation) -> list[str]:
    said = [f"- {flag.sentence}" for flag in evaluation.warnings]
    return ["", *said] if said else []


def _decisions(
    calibrator: Mapping[str, Any] | None, operating_point: Mapping[str, Any] | None
) -> list[str]:
    lines = []
    if calibrator is not None:
        lines.append(
            f"- calibrated by {calibrator['kind']}, fitted on"
            f" {count_of(calibrator['n'], 'item')} of '{calibrator['fitted_on']}'"
            f" ({calibrator['source']})"
        )
    for point in [] if operating_point is None else operating_point["points"]:
        value = "none" if point["threshold"] is None else f"{point['threshold']:.4g}"
        lines.append(
            f"- {point['name']} {point['acts_on']} = {value}, by {point['rule']} on"
            f" '{point['fitted_on']['part']}'. Promise: {point['promise']}"
        )
    checks = [] if operating_point is None else operating_point["checks"]
    return [*lines, *(f"- Promise checked on other images: {sentence}." for sentence in checks)]


def _usage(bundle: Bundle) -> list[str]:
    return [
        "```",
        "fieldmark verify BUNDLE",
        "fieldmark predict BUNDLE IMAGE... --jsonl answers.jsonl",
        "```",
        "",
        f"BUNDLE is the folder that holds this card. It was made with fieldmark"
        f" {bundle.provenance['fieldmark']} and needs `pip install 'fieldmark[learn]'`.",
    ]


def _limits(bundle: Bundle, evaluation: Evaluation | None, *, calibrated: bool) -> list[str]:
    lines = [
        f"- It always names one of its {len(bundle.classes)} classes, also for pictures that show"
        " none of them.",
        "- Pictures that are prepared in another way than bundle.json says get other scores.",
    ]
    if not calibrated:
        lines.append(
            "- Its scores are not calibrated: read no score as the probability of being right."
        )
    if evaluation is None:
        lines.append("- Nothing is known of how often it is right.")
    else:
        lines.append(
            f"- The numbers hold for images like those of the part '{evaluation.split}', and say"
            " nothing of other places, cameras or seasons."
        )
        if evaluation.is_dead:
            lines.insert(0, "- Its run is dead: do not use it at all.")
    return lines
