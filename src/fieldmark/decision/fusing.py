"""Fusion that has to earn its place: fitted on one part, and kept only if it beats the better half.

Whether it does is judged on the fitting part by cross-fitting: what fuses an item was fitted
without the item's fold, and folds keep groups whole.
"""

from typing import Any

import numpy as np

from fieldmark.core.errors import DecisionError
from fieldmark.core.randomness import generator_for
from fieldmark.decision.calibrators import fit_calibrator
from fieldmark.decision.fusion_choice import (
    WEIGHTS,
    Plateau,
    Sources,
    contributions,
    plateau_of,
)
from fieldmark.decision.fusion_record import Fusion, FusionSettings, fusion_from_dict
from fieldmark.decision.fusion_rules import Parameters, apply_rule, chosen_weight, fit_rule
from fieldmark.decision.fusion_sources import entropies, matched_sources
from fieldmark.evaluation.averages import item_averages
from fieldmark.evaluation.resampling import (
    FloatArray,
    IntArray,
    Units,
    bootstrap_interval,
    resampled,
)
from fieldmark.predictions.blocks import collect
from fieldmark.predictions.header import PredictionsHeader, ScoreKind
from fieldmark.predictions.table import Predictions

__all__ = ["Fusion", "FusionSettings", "apply_fusion", "fit_fusion", "fusion_from_dict"]

_FOLDS = 5


def fit_fusion(
    first: Predictions, second: Predictions, settings: FusionSettings | None = None
) -> Fusion:
    """Return how two contenders are best fused, and whether that beats the better of them.

    Both are calibrated by temperature on the same part first. Items whose label is no class are
    left out of the fit.

    Args:
        first: predictions on the fitting part.
        second: predictions of another contender on the same items over the same classes.
        settings: method, metric, bound; defaults when None.

    Raises:
        NotComparableError: other items, labels or classes, or one contender twice.
        DecisionError: fewer units than folds, or a metric that cannot choose.
    """
    settings = settings or FusionSettings()
    calibrators = (
        fit_calibrator(first, kind="temperature"),
        fit_calibrator(second, kind="temperature"),
    )
    matched = matched_sources(first, second, calibrators)
    sources, units = matched.sources, matched.units
    names = first.header.contender, second.header.contender
    parameters = _fit(settings, sources)
    singles = [
        _worth(scores, sources.truth, settings) for scores in (sources.first, sources.second)
    ]
    better = int(singles[1].mean() > singles[0].mean())
    fused = _worth(_cross_fitted(settings, sources, units), sources.truth, settings)
    gain, low = _gain(fused - singles[better], units, settings)
    return Fusion(
        first=names[0],
        second=names[1],
        settings=settings,
        parameters=parameters,
        calibrators=calibrators,
        plateau=_plateau(settings, sources, units),
        entropies=entropies(matched),
        fitted_on=first.header.split,
        fitted_items_digest=first.items_digest,
        n=len(sources.truth),
        groups=units.count if units.clustered else None,
        better=names[better],
        gain=gain,
        gain_low=low,
    )


def apply_fusion(fusion: Fusion, first: Predictions, second: Predictions) -> Predictions:
    """Return the fused predictions, whether or not the fusion is kept.

    The contender is called "FIRST + SECOND"; the provenance says how it was fused, on what that was
    chosen, and, as ``fused_on_these_items``, whether these are the very items.

    Args:
        fusion: what `fit_fusion` gave.
        first: predictions of the first contender.
        second: predictions of the second contender on the same items.

    Raises:
        NotComparableError: other items, labels, classes or contenders than those it was fitted to.
    """
    matched = matched_sources(first, second, fusion.calibrators)
    scores = apply_rule(fusion.settings.method, fusion.parameters, matched.first, matched.second)
    dtype = np.promote_types(first.scores.dtype, np.float32)
    return Predictions(
        header=_fused_header(fusion, first),
        items=first.items,
        label_space=first.label_space,
        scores=collect([scores], shape=scores.shape, dtype=dtype),
        taxonomy=first.taxonomy,
    )


def _fit(settings: FusionSettings, sources: Sources) -> Parameters:
    temperatures = np.array(settings.temperatures)
    return fit_rule(settings.method, sources, metric=settings.metric, temperatures=temperatures)


def _worth(scores: FloatArray, truth: IntArray, settings: FusionSettings) -> FloatArray:
    """Return what each item adds to the metric."""
    of_truth = scores[np.arange(len(truth)), truth][:, None]
    is_before = np.arange(scores.shape[1]) < truth[:, None]
    above = (scores > of_truth) | ((scores == of_truth) & is_before)
    places: IntArray = 1 + above.sum(axis=1)
    return contributions(places, truth, settings.metric, classes=scores.shape[1])


def _cross_fitted(settings: FusionSettings, sources: Sources, units: Units) -> FloatArray:
    """Return the fused probabilities of every item, by a rule fitted without the item's fold."""
    folds = min(_FOLDS, units.count)
    if folds < 2:
        raise DecisionError(
            f"Expected at least two items or groups to fuse on; got {units.in_words}. Fit on a"
            " larger part."
        )
    rng = generator_for("fusion folds", settings.seed)
    fold = rng.permutation(units.count)[units.codes] % folds
    fused = np.empty_like(sources.first)
    for number in range(folds):
        held = np.flatnonzero(fold == number)
        parameters = _fit(settings, sources.rows(np.flatnonzero(fold != number)))
        fused[held] = apply_rule(
            settings.method, parameters, sources.first[held], sources.second[held]
        )
    return fused


def _gain(differences: FloatArray, units: Units, settings: FusionSettings) -> tuple[float, float]:
    statistic = item_averages([(differences, None)], units)
    rng = generator_for("fusion gain", settings.seed)
    draws = resampled(statistic, units, resamples=settings.resamples, rng=rng)[0]
    gain = float(differences.mean())
    two_sided = 2 * settings.level - 1
    interval = bootstrap_interval(gain, draws, units=units.count, level=two_sided)
    return gain, gain if interval is None else interval[0]


def _plateau(settings: FusionSettings, sources: Sources, units: Units) -> Plateau | None:
    if settings.method == "stacked":
        return None
    temperatures = np.array(settings.temperatures)
    chosen = chosen_weight(
        settings.method, sources, metric=settings.metric, temperatures=temperatures
    )
    log = settings.method == "log-linear"
    return plateau_of(sources, chosen, units, metric=settings.metric, log=log)


def _fused_header(fusion: Fusion, first: Predictions) -> PredictionsHeader:
    note: dict[str, Any] = {
        "fused_from": [fusion.first, fusion.second],
        "fusion": fusion.digest,
        "fusion_method": fusion.settings.method,
        "fused_on": fusion.fitted_on,
        "fused_on_these_items": fusion.fitted_items_digest == first.items_digest,
    }
    if fusion.plateau is not None:
        earlier = first.header.provenance.get("choices", [])
        note["choices"] = [*earlier, _choice(fusion)]
    return first.header.model_copy(
        update={
            "contender": f"{fusion.first} + {fusion.second}",
            "score_kind": ScoreKind.PROBABILITIES,
            "provenance": {**first.header.provenance, **note},
        }
    )


def _choice(fusion: Fusion) -> dict[str, Any]:
    """Return the choice of weight and temperature, as an entry of a selection ledger."""
    weight, temperature = (fusion.parameters[name][0] for name in ("weight", "temperature"))
    return {
        "contender": f"{fusion.first} + {fusion.second}",
        "what": "weight",
        "chosen": f"{weight:.2f} at temperature {temperature:.2f}",
        "candidates": len(WEIGHTS) * len(fusion.settings.temperatures),
        "metric": fusion.settings.metric,
        "part": fusion.fitted_on,
        "items_digest": fusion.fitted_items_digest,
    }
