"""Compare: which of two contenders is better, or why that cannot be said."""

from collections.abc import Sequence

from fieldmark.comparison.judged_tables import require_comparable, require_margin
from fieldmark.comparison.matching import Contender, Matched, match, tables_of
from fieldmark.comparison.measures import measure_difference, measure_items
from fieldmark.comparison.outcome import Comparison, Verdict, verdict_of
from fieldmark.comparison.paired_bootstrap import JACKKNIFED_UNITS
from fieldmark.comparison.paired_tests import fewest_resamples
from fieldmark.comparison.rules import STRICT, ComparisonRules
from fieldmark.comparison.selection import Choice, SelectionLedger, candidates_in, stamp
from fieldmark.comparison.trial import Measured, Trial
from fieldmark.comparison.universes import EXPECTED, expected_metric, universe_notes
from fieldmark.evaluation.class_metrics import CLASS_METRICS
from fieldmark.evaluation.metrics import definition_of

__all__ = ["Comparison", "Verdict", "compare", "compare_matched"]


def compare(
    a: Contender,
    b: Contender,
    *,
    metric: str = "accuracy",
    rank: str | None = None,
    margin: float | None = None,
    rules: ComparisonRules = STRICT,
    selection: SelectionLedger | None = None,
) -> Comparison:
    """Return the verdict on ``a`` against ``b`` on the same items, or refuse in words.

    Several seeds of a contender are averaged item by item (class averages: inside each resample)
    before the difference is tested over items or, where items have groups, over whole groups.

    Args:
        a: predictions of the contender that the verdict is about; several tables are its seeds.
        b: predictions of the contender that it is compared with.
        metric: a metric of the catalogue that is a mean over items or over classes.
        rank: a rank of the taxonomy; None for the leaves.
        margin: largest difference that does not matter, such as 0.01 for one point.
        rules: what may differ between the tables, and how the test is made.
        selection: the choices that were made. Where one was made on these very items, the test is
            divided by the number of candidates and the result stamped with its optimism.

    Raises:
        NotComparableError: the tables may not stand side by side, one is a dead run, or the metric,
            rank or margin is not one; the message says why, and the way out.

    Example:
        >>> import numpy as np, polars as pl
        >>> from fieldmark.manifest.labels import LabelSpace
        >>> from fieldmark.predictions.table import Predictions, PredictionsHeader
        >>> def table(name: str, right: int) -> Predictions:
        ...     label = np.arange(60) % 2
        ...     answer = np.where(np.arange(60) < right, label, 1 - label)
        ...     return Predictions(PredictionsHeader(score_kind="logits", contender=name),
        ...         pl.DataFrame({"id": [f"{i}" for i in range(60)],
        ...         "label": ["pit" if one else "clean" for one in label]}),
        ...         LabelSpace(("clean", "pit")), np.eye(2)[answer])
        >>> print(compare(table("probe", 50), table("incumbent", 46)).sentence())
        probe is not distinguishable from incumbent on accuracy: +6.67 points (95 % interval -1.6
        to +15.9), p = 0.12, exact McNemar, 4 against 0 discordant of 60; about 120 images would
        settle it.
    """
    require_comparable(metric)
    require_margin(margin, metric)
    matched = match(a, b, metric=metric, rank=rank, rules=rules)
    sides = tables_of(a), tables_of(b)
    choices = () if selection is None else selection.on((*sides[0], *sides[1]))
    return compare_matched(
        matched, metric=metric, rank=rank, margin=margin, rules=rules, choices=choices
    )


def compare_matched(
    matched: Matched,
    *,
    metric: str,
    rank: str | None = None,
    margin: float | None = None,
    rules: ComparisonRules = STRICT,
    choices: Sequence[Choice] = (),
) -> Comparison:
    """Return the verdict on two contenders that were matched item by item before.

    Args:
        matched: the two, with their answers at the rank.
        metric: as in `compare`.
        rank: how the record names the rank of ``matched``; None for the leaves.
        margin: as in `compare`.
        rules: as in `compare`.
        choices: those that were made on these items.

    Raises:
        NotComparableError: the metric is not defined for these answers, or the test does not fit.
    """
    trial = _trial(matched, metric, rules, ways=candidates_in(choices))
    measured = _measured(matched, trial)
    return _comparison(matched, measured, trial, rank=rank, margin=margin, choices=choices)


def _trial(matched: Matched, metric: str, rules: ComparisonRules, *, ways: int) -> Trial:
    level = rules.level if ways == 1 else 1 - (1 - rules.level) / ways
    return Trial(
        metric=metric if rules.universe is None else f"{EXPECTED}{metric}",
        units=matched.units,
        rank=matched.rank,
        test=rules.test,
        level=level,
        resamples=max(rules.resamples, fewest_resamples(level)),
        seed=rules.seed,
        universe=rules.universe,
    )


def _comparison(
    matched: Matched,
    measured: Measured,
    trial: Trial,
    *,
    rank: str | None,
    margin: float | None,
    choices: Sequence[Choice],
) -> Comparison:
    paired, ways = measured.paired, candidates_in(choices)
    verdict = verdict_of(
        (paired.low, paired.high),
        paired.p_value,
        level=trial.level,
        margin=margin,
        direction=definition_of(trial.metric).direction,
    )
    return Comparison(
        a=matched.names[0],
        b=matched.names[1],
        metric=trial.metric,
        rank=rank,
        verdict=verdict,
        difference=paired.difference,
        low=paired.low,
        high=paired.high,
        level=trial.level,
        p_value=paired.p_value,
        test=paired.test,
        n=matched.answers.n,
        groups=trial.units.count if trial.units.clustered else None,
        classes=trial.universe or matched.answers.candidates,
        split=matched.split,
        a_value=measured.a_value,
        b_value=measured.b_value,
        a_seeds=len(matched.a),
        b_seeds=len(matched.b),
        discordant=measured.discordant,
        needed_n=measured.needed_n if verdict == "not distinguishable" else None,
        margin=margin,
        universe=trial.universe,
        p_adjusted=min(1.0, ways * paired.p_value) if ways > 1 else None,
        adjustment=f"for a choice among {ways:,}" if ways > 1 else None,
        notes=(*matched.notes, *_notes(matched, measured, trial, choices)),
    )


def _measured(matched: Matched, trial: Trial) -> Measured:
    if trial.universe is None:
        return measure_difference(matched.a, matched.b, trial)
    a, b = (
        [expected_metric(one, trial.metric, trial.rank, size=trial.universe) for one in side]
        for side in (matched.a, matched.b)
    )
    return measure_items(a, b, trial)


def _notes(
    matched: Matched, measured: Measured, trial: Trial, choices: Sequence[Choice]
) -> list[str]:
    notes = []
    if trial.universe is not None:
        notes += universe_notes(matched.a[0], matched.b[0], rank=trial.rank, size=trial.universe)
    is_spread_out = trial.units.count <= JACKKNIFED_UNITS
    if trial.test == "paired-bootstrap" and trial.metric in CLASS_METRICS and not is_spread_out:
        notes.append(
            f"the paired bootstrap over {trial.units.in_words} may be too sure of itself on an"
            " average over rare classes: it called equal contenders different in up to 12 % of"
            " comparisons; the default test keeps to 5 %"
        )
    if measured.paired.chance:
        notes.append(
            f"chance alone makes {trial.metric} larger, up to {measured.paired.chance:.3f} of this"
            " difference; the interval and p allow for it"
        )
    if not measured.same_items:
        notes.append(
            f"{trial.metric} is over other items for each contender; read it beside the accuracy"
        )
    values = {matched.names[0]: measured.a_value, matched.names[1]: measured.b_value}
    n = matched.answers.n
    notes += [stamp(one, value=values[one.contender], n=n, metric=trial.metric) for one in choices]
    return notes
