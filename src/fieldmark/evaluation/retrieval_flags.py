"""What makes the numbers of rankings doubtful, in one sentence each that says what to do."""

from collections.abc import Sequence

import numpy as np

from fieldmark.core.checks import count_of, first_few
from fieldmark.evaluation.estimates import Estimate, find_estimate
from fieldmark.evaluation.gates import Flag
from fieldmark.evaluation.nearest_location import places_of
from fieldmark.evaluation.retrieval_baselines import RANDOM_IDENTITY
from fieldmark.evaluation.retrieval_distance import haversine_metres
from fieldmark.evaluation.retrieval_estimates import Drawing
from fieldmark.evaluation.retrieval_places import RankedQueries
from fieldmark.evaluation.retrieval_record import SimilarityLevels
from fieldmark.evaluation.retrieval_scopes import Scope
from fieldmark.predictions.rankings import Rankings, SimilarityKind

_COLLAPSED = 0.9
_NO_SEPARATION = 0.55
_NEARLY_ALL = 0.95
_MANY_TIES = 0.01
_FEW_UNITS = 10
_FEWEST_QUERIES = 10
_SHARP_EDGE = 0.8
_ENOUGH_PLACES = 30


def filter_flags(rankings: Rankings, scope: Scope, *, other_sessions_only: bool) -> list[Flag]:
    """Return where the data were filtered by what decides which photos are candidates.

    Besides what the header states, a radius is doubted when no query lies farther from all photos
    of its identity than the radius, and the farthest nearly reaches it.
    """
    decided = (*scope.decided_by, *(("session",) if other_sessions_only else ()))
    both = [name for name in rankings.header.filtered_by if name in decided]
    limit, radius = rankings.header.filter_radius_metres, scope.radius_metres
    if radius is not None and limit is not None and limit <= radius:
        both.append(f"distance up to {limit:g} m")
    if both:
        sentence = (
            f"The data were filtered by {first_few(both)}, which also decides what the candidates "
            f"among the {scope.in_words} are: their coverage is right by construction. Read it on "
            f"data that were not filtered, or leave this scope out."
        )
        return [Flag(code="filter-in-decision", sentence=sentence)]
    reach = None if radius is None else _farthest_match(rankings)
    if radius is None or reach is None or not _SHARP_EDGE * radius <= reach <= radius:
        return []
    sentence = (
        f"No query lies farther than {reach:.3g} m from the photos of its identity, just within "
        f"the search radius of {radius:g} m. If the data were filtered by this distance, the "
        f"coverage is right by construction: state the filter, or search within another radius."
    )
    return [Flag(code="radius-like-filter", sentence=sentence)]


def level_flags(
    levels: SimilarityLevels, kind: SimilarityKind, thresholds: Sequence[float]
) -> list[Flag]:
    """Return the flags of similarities that have collapsed, and of thresholds that then accept all.

    Args:
        levels: similarities of the same and of different individuals.
        kind: what the similarities are.
        thresholds: where one was stated, that similarity.
    """
    flags = []
    same, different = levels.same, levels.different
    if same is None or different is None or levels.separation is None:
        return []
    is_narrow = kind is SimilarityKind.COSINE and different >= _COLLAPSED
    if is_narrow or levels.separation <= _NO_SEPARATION:
        sentence = (
            f"Photos of different individuals are as similar ({different:.3f} in the median) as "
            f"those of one ({same:.3f}), and a pair of one is the more similar with a probability "
            f"of {levels.separation:.2f}. The embeddings have collapsed: no threshold on the "
            f"similarity means anything. Train against it, or calibrate to P(same) first."
        )
        flags.append(Flag(code="collapsed-similarities", sentence=sentence))
    accepted = levels.accepted_different
    if thresholds and accepted is not None and accepted >= _NEARLY_ALL:
        sentence = (
            f"The threshold of {thresholds[0]:.6g} accepts {100 * accepted:.1f} % of the pairs of "
            f"different individuals, so it rejects next to nothing. Fit it on a calibration part, "
            f"on calibrated P(same)."
        )
        flags.append(Flag(code="threshold-accepts-all", sentence=sentence))
    return flags


def scope_flags(
    ranked: RankedQueries, estimates: Sequence[Estimate], baselines: Sequence[Estimate]
) -> list[Flag]:
    """Return the flags of one scope: no better than a guess or a baseline, ties, no choice."""
    flags = []
    where = f"among the {ranked.scope.in_words}"
    if not ranked.is_choice.any():
        sentence = (
            f"No query {where} asks for a choice between identities, so no number says how well "
            f"they are told apart. Search more widely."
        )
        return [Flag(code="no-choice", sentence=sentence)]
    metric = f"rank_1{ranked.scope.suffix}"
    found = find_estimate(estimates, metric)
    if found is not None and found.low is not None and ranked.n >= _FEWEST_QUERIES:
        rivals = [one for one in baselines if one.metric == metric]
        flags += _against_baselines(found, rivals, is_whole=ranked.scope.name == "gallery")
    ties = int(np.count_nonzero(ranked.tied))
    if ties > _MANY_TIES * ranked.n:
        sentence = (
            f"{count_of(ties, 'query is', 'queries are')} tied {where}: the right identity is "
            f"exactly as similar as another, and counts as wrong. Store the similarities with more "
            f"digits (float32), or look for photos that are there twice."
        )
        flags.append(Flag(code="tied-similarities", sentence=sentence))
    return flags


def table_flags(rankings: Rankings, ranked: RankedQueries, drawing: Drawing) -> list[Flag]:
    """Return the flags of what the tables hold: few units, excluded images, unknown training."""
    flags = []
    if drawing.units.clustered and drawing.units.count < _FEW_UNITS:
        sentence = (
            f"The queries come from only {drawing.in_words}; intervals over so few are rough. "
            f"Collect at least {_FEW_UNITS}."
        )
        flags.append(Flag(code="few-groups", sentence=sentence))
    excluded = rankings.header.excluded
    if excluded:
        sentence = (
            f"{count_of(excluded, 'image was', 'images were')} excluded as unreadable and "
            f"{'is' if excluded == 1 else 'are'} in no number. Repair the files, or say so."
        )
        flags.append(Flag(code="excluded-items", sentence=sentence))
    if rankings.training_ids is None and rankings.header.training_ids_digest is None:
        sentence = (
            "It is not known which photos the contender was trained on, so that queries may be "
            "among them. State the training ids, even if there are none."
        )
        flags.append(Flag(code="training-unknown", sentence=sentence))
    if rankings.similarities.is_partial and not ranked.is_known.all():
        unknown = int(np.count_nonzero(~ranked.is_known))
        sentence = (
            f"The lists of {count_of(unknown, 'query end', 'queries end')} before the right photo, "
            f"so metrics that look beyond them are not known. Export longer lists, or all pairs."
        )
        flags.append(Flag(code="short-lists", sentence=sentence))
    return flags


def _against_baselines(
    found: Estimate, baselines: Sequence[Estimate], *, is_whole: bool
) -> list[Flag]:
    measured = f"The rank-1 accuracy of {found.value_text()} ({found.interval_text()})"
    better = [
        one
        for one in baselines
        if one.value is not None and found.low is not None and found.low <= one.value
    ]
    by_chance = [one for one in better if one.contender == RANDOM_IDENTITY]
    if by_chance:
        sentence = (
            f"{measured} cannot be told from naming a candidate identity at random, "
            f"{by_chance[0].value_text()} ({found.denominator}). The similarities say nothing, or "
            f"there are too few queries."
        )
        return [Flag(code="chance-level", sentence=sentence, dead=is_whole)]
    if better:
        best = max(better, key=lambda one: one.value or 0.0)
        sentence = (
            f"{measured} does not lie above {best.value_text()}, which '{best.contender}' scores "
            f"without looking at a photo ({found.denominator})."
        )
        return [Flag(code="no-skill", sentence=sentence)]
    return []


def _farthest_match(rankings: Rankings) -> float | None:
    """Return the greatest distance of a query to the nearest photo of its identity, in metres."""
    here, there = (places_of(table) for table in (rankings.queries, rankings.gallery))
    truth = rankings.queries["identity"].to_numpy()
    enrolled = rankings.gallery["identity"].to_numpy()
    own = rankings.self_matches
    reaches = []
    for name in np.unique(truth):
        rows, columns = np.flatnonzero(truth == name), np.flatnonzero(enrolled == name)
        if not columns.size:
            continue
        metres = haversine_metres(here[rows], there[columns])
        metres[own[rows, None] == columns] = np.nan
        nearest = np.where(np.isnan(metres), np.inf, metres).min(axis=1)
        reaches.append(nearest[np.isfinite(nearest)])
    found = np.concatenate(reaches) if reaches else np.empty(0)
    return float(found.max()) if len(found) >= _ENOUGH_PLACES else None
