"""What a comparison looks at in a table of predictions: answers and per-item values at one rank."""

from fieldmark.core.checks import unknown_choice
from fieldmark.core.errors import NotComparableError
from fieldmark.evaluation.answers import Answers, leaf_answers
from fieldmark.evaluation.calibration_metrics import CALIBRATION_METRICS
from fieldmark.evaluation.class_metrics import CLASS_METRICS
from fieldmark.evaluation.classification import ItemMetric
from fieldmark.evaluation.classification_metrics import CLASSIFICATION_METRICS
from fieldmark.evaluation.confidence_statistics import CALIBRATION_STATISTICS, SELECTIVE_STATISTICS
from fieldmark.evaluation.decision_metrics import DECISION_METRICS
from fieldmark.evaluation.evaluate import judge
from fieldmark.evaluation.hierarchical_metrics import HIERARCHICAL_METRICS
from fieldmark.evaluation.measuring import Judged
from fieldmark.evaluation.metric_definition import MetricDefinition
from fieldmark.evaluation.metrics import METRICS
from fieldmark.evaluation.onset_metrics import ONSET_METRICS
from fieldmark.evaluation.retrieval_metrics import RETRIEVAL_METRICS
from fieldmark.evaluation.selective_metrics import SELECTIVE_METRICS
from fieldmark.predictions.summary import summarise
from fieldmark.predictions.table import Predictions

_OF_PATHS = frozenset(metric.identifier for metric in HIERARCHICAL_METRICS)
_OVER_ITEMS = "mean over items"
_EXPECTED = "expected_"
_SKILL = "_skill"

#: Metrics of the whole table, that are no mean over items.
OF_TABLES = (*CLASS_METRICS, *SELECTIVE_STATISTICS, *CALIBRATION_STATISTICS)


def _is_comparable(metric: MetricDefinition) -> bool:
    name = metric.identifier
    is_measured = name in (*OF_TABLES, *_OF_PATHS) or metric.aggregation == _OVER_ITEMS
    return is_measured and metric.direction != "neither" and not name.startswith(_EXPECTED)


#: Metrics of the catalogue that have a direction and can be measured on resampled answers.
COMPARABLE = tuple(
    metric.identifier
    for metric in (
        *CLASSIFICATION_METRICS,
        *CALIBRATION_METRICS,
        *HIERARCHICAL_METRICS,
        *SELECTIVE_METRICS,
    )
    if _is_comparable(metric)
)
_ELSEWHERE = {
    "rankings": RETRIEVAL_METRICS,
    "onsets": ONSET_METRICS,
    "decisions": DECISION_METRICS,
}


def require_comparable(metric: str) -> None:
    """Raise unless contenders can be compared on the metric.

    Raises:
        NotComparableError: they cannot; the message lists what there is.
    """
    if metric in COMPARABLE:
        return
    if metric not in METRICS:
        raise NotComparableError(unknown_choice("metric to compare on", metric, COMPARABLE))
    if METRICS[metric].direction == "neither":
        raise NotComparableError(
            f"Neither a higher nor a lower {metric} is better, so no contender can be better on it."
            f" Compare on one of: {', '.join(COMPARABLE)}."
        )
    raise NotComparableError(f"Contenders are not compared on {metric}: {_why_not(metric)}")


def require_margin(margin: float | None, metric: str, *, called: str = "margin") -> None:
    """Raise unless a margin is a difference that the metric can have.

    Args:
        margin: largest difference that does not matter; None where none is named.
        metric: one of `COMPARABLE`.
        called: what it is called in the message.

    Raises:
        NotComparableError: the metric is a share, and the margin is 1 or more, as points would be.
    """
    if margin is None or METRICS[metric].scale != "share" or not margin >= 1:
        return
    points = f"{margin:g} point{'' if margin == 1 else 's'}"
    hint = f": did you mean {margin / 100:g} ({points})?" if margin < 100 else "."
    raise NotComparableError(f"Expected a {called} between 0 and 1, a share; got {margin:g}{hint}")


def require_comparable_in_folds(metric: str) -> None:
    """Raise unless contenders can be compared on the metric fold by fold.

    Raises:
        NotComparableError: they cannot, or chance pushes the metric upwards in every fold.
    """
    require_comparable(metric)
    if metric in CALIBRATION_STATISTICS:
        raise NotComparableError(
            f"{metric} cannot be compared over folds: chance alone makes it larger in every fold,"
            " the more the smaller the fold and the less sure the contender, which a test over"
            " folds takes for a difference. Import the answers of all folds as one table of each"
            " contender, and compare these."
        )


def _why_not(metric: str) -> str:
    """Return why a known metric with a direction is none to compare on, and what to do instead."""
    base = metric.removeprefix(_EXPECTED).removesuffix(_SKILL)
    if metric.startswith(_EXPECTED):
        return f"it needs a number of candidates. Compare on {base} with --universe."
    for of_what, metrics in _ELSEWHERE.items():
        if base in {one.identifier for one in metrics}:
            return (
                f"it is measured on {of_what}, and the two tables hold the scores of classes."
                " Evaluate each side for its interval, or compare on accuracy."
            )
    if metric.endswith(_SKILL):
        return (
            "both have the same baseline, so that it says no more than the metric it is made of."
            f" Compare on {base}."
        )
    over_classes = f"macro_{base.removeprefix('class_')}"
    return f"it is of one class. Compare on {over_classes}, which is over all classes."


def judged_for(predictions: Predictions, metric: str, rank: str | None) -> Judged:
    """Return the answers that a metric at a rank needs: the leaves alone wherever they will do.

    Args:
        predictions: the table.
        metric: one of `COMPARABLE`.
        rank: a rank of its taxonomy; None for the leaves.

    Raises:
        NotComparableError: there is no taxonomy, or it has no such rank.
    """
    taxonomy, contender = predictions.taxonomy, predictions.header.contender
    where = f"at rank '{rank}'" if rank is not None else f"on {metric}"
    if taxonomy is None and (rank is not None or metric in _OF_PATHS):
        raise NotComparableError(
            f"Expected a taxonomy to compare {where}; the predictions of {contender} have none."
            " Import them with --taxonomy."
        )
    if taxonomy is not None and rank is not None and rank not in taxonomy.ranks:
        raise NotComparableError(unknown_choice("rank", rank, taxonomy.ranks))
    if metric in _OF_PATHS or rank_above_leaves(predictions, rank) is not None:
        return judge(predictions)
    return Judged(leaf_answers(predictions, summarise(predictions)))


def rank_above_leaves(predictions: Predictions, rank: str | None) -> str | None:
    """Return the rank, or None where it is that of the leaves."""
    taxonomy = predictions.taxonomy
    return None if taxonomy is None or rank == taxonomy.ranks[-1] else rank


def answers_at(judged: Judged, rank: str | None) -> Answers:
    """Return the answers at a rank above the leaves, or at the leaves (None).

    Raises:
        NotComparableError: the answers at that rank are not there.
    """
    for answers in judged.levels:
        if answers.rank == rank:
            return answers
    ranks = [str(answers.rank) for answers in judged.levels]
    raise NotComparableError(unknown_choice("rank", str(rank), ranks))


def item_metric(judged: Judged, metric: str, rank: str | None) -> ItemMetric:
    """Return the per-item values of a metric at a rank above the leaves, or at the leaves (None).

    Raises:
        NotComparableError: the metric is not defined for these answers.
    """
    for found in judged.item_metrics:
        if (found.metric, found.rank) == (metric, rank):
            return found
    at_rank = "" if rank is None else f" at rank {rank}"
    raise NotComparableError(
        f"{metric} is not defined over {answers_at(judged, rank).candidates} classes with these"
        f" scores{at_rank}. Compare on accuracy."
    )
