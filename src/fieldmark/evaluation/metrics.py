"""The catalogue of metrics: what each identifier means, over what, and which way is better."""

from fieldmark.core.checks import unknown_choice
from fieldmark.core.errors import PredictionsError
from fieldmark.evaluation.calibration_metrics import CALIBRATION_METRICS
from fieldmark.evaluation.candidate_set_metrics import CANDIDATE_SET_METRICS
from fieldmark.evaluation.classification_metrics import CLASSIFICATION_METRICS
from fieldmark.evaluation.decision_metrics import DECISION_METRICS
from fieldmark.evaluation.hierarchical_metrics import HIERARCHICAL_METRICS
from fieldmark.evaluation.metric_definition import MetricDefinition
from fieldmark.evaluation.onset_metrics import ONSET_METRICS, ONSET_SKILLS
from fieldmark.evaluation.path_metrics import PATH_METRICS
from fieldmark.evaluation.retrieval_metrics import RETRIEVAL_METRICS
from fieldmark.evaluation.selective_metrics import SELECTIVE_METRICS

__all__ = ["METRICS", "MetricDefinition", "definition_of"]

_MEASURED = (
    *CLASSIFICATION_METRICS,
    *CALIBRATION_METRICS,
    *CANDIDATE_SET_METRICS,
    *HIERARCHICAL_METRICS,
    *PATH_METRICS,
    *SELECTIVE_METRICS,
    *RETRIEVAL_METRICS,
    *ONSET_METRICS,
    *DECISION_METRICS,
)
_WITH_SKILL = (
    "accuracy",
    "top_3_accuracy",
    "top_5_accuracy",
    "balanced_accuracy",
    "macro_f1",
    "log_loss",
    "brier_score",
    *ONSET_SKILLS,
)


def _skill_of(metric: MetricDefinition) -> MetricDefinition:
    return MetricDefinition(
        identifier=f"{metric.identifier}_skill",
        title=f"{metric.title}: skill",
        definition=f"Share of the way from the best trivial baseline to the best possible value of"
        f" {metric.identifier}: 0 is no better than the baseline, 1 is perfect. The interval takes"
        " the baseline as known.",
        denominator=metric.denominator,
        aggregation="(value - baseline) / (best possible - baseline)",
        scale="number",
    )


#: Every metric by its identifier.
METRICS: dict[str, MetricDefinition] = {
    definition.identifier: definition
    for definition in (
        *_MEASURED,
        *(_skill_of(metric) for metric in _MEASURED if metric.identifier in _WITH_SKILL),
    )
}


def definition_of(metric: str) -> MetricDefinition:
    """Return the definition of a metric.

    Raises:
        PredictionsError: there is no such metric; the message lists what there is.

    Example:
        >>> definition_of("macro_f1").denominator
        'classes that occur among the labels'
    """
    if metric not in METRICS:
        raise PredictionsError(unknown_choice("metric", metric, METRICS))
    return METRICS[metric]
