"""The catalogue of metrics: what each identifier means, over what, and which way is better."""

from dataclasses import dataclass
from typing import Literal

from fieldmark.core.checks import unknown_choice
from fieldmark.core.errors import PredictionsError

Scale = Literal["share", "number"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricDefinition:
    """What a metric is; two numbers with the same identifier mean the same.

    Args:
        identifier: the name in files and commands.
        title: the name on a page.
        definition: one sentence that fixes the formula.
        denominator: what the numerator is divided by.
        aggregation: how items become one number.
        direction: which way is better.
        scale: a share lies in [0, 1] and is written in per cent.
    """

    identifier: str
    title: str
    definition: str
    denominator: str
    aggregation: str
    direction: Literal["higher", "lower", "neither"] = "higher"
    scale: Scale = "share"

    @property
    def in_words(self) -> str:
        """The name within a sentence, such as "macro F1"."""
        return f"{self.title[0].lower()}{self.title[1:]}"


_ALL_ITEMS = "all items; one whose label the contender does not know counts as wrong"
_PRESENT = "classes that occur among the labels"
_OVER_ITEMS = "mean over items"
_OVER_CLASSES = "unweighted mean over the classes that occur among the labels"

_MEASURED = (
    MetricDefinition(
        identifier="accuracy",
        title="Accuracy",
        definition="Share of items whose best class is the label; at a rank above the leaves, whose"
        " best leaf lies under the label. Ties go to the class that comes first.",
        denominator=_ALL_ITEMS,
        aggregation=_OVER_ITEMS,
    ),
    MetricDefinition(
        identifier="top_5_accuracy",
        title="Top-5 accuracy",
        definition="Share of items whose label is among the five best of the candidate classes; the"
        " number of candidates is part of the result, and with fewer than six it is left out.",
        denominator=_ALL_ITEMS,
        aggregation=_OVER_ITEMS,
    ),
    MetricDefinition(
        identifier="balanced_accuracy",
        title="Balanced accuracy",
        definition="Mean over the classes that occur among the labels of the share of the class's"
        " items that are right.",
        denominator=_PRESENT,
        aggregation=_OVER_CLASSES,
    ),
    MetricDefinition(
        identifier="macro_f1",
        title="Macro F1",
        definition="Mean over the classes that occur among the labels of F1 = 2 tp / (predicted +"
        " labelled); a class that occurs only among the predictions is no term of the mean.",
        denominator=_PRESENT,
        aggregation=_OVER_CLASSES,
    ),
    MetricDefinition(
        identifier="macro_precision",
        title="Macro precision",
        definition="Mean over the classes that occur among the labels of tp / predicted; 0 for a"
        " class that is never predicted.",
        denominator=_PRESENT,
        aggregation=_OVER_CLASSES,
    ),
    MetricDefinition(
        identifier="macro_recall",
        title="Macro recall",
        definition="Mean over the classes that occur among the labels of tp / labelled; over these"
        " classes it is the same number as the balanced accuracy.",
        denominator=_PRESENT,
        aggregation=_OVER_CLASSES,
    ),
    MetricDefinition(
        identifier="log_loss",
        title="Log loss",
        definition="Mean of -ln(probability of the label); a probability below 1e-15 counts as"
        " 1e-15.",
        denominator="items whose label the contender knows",
        aggregation=_OVER_ITEMS,
        direction="lower",
        scale="number",
    ),
    MetricDefinition(
        identifier="mean_confidence",
        title="Mean top probability",
        definition="Mean probability of the answer; equal to the accuracy when the probabilities"
        " are calibrated.",
        denominator="all items",
        aggregation=_OVER_ITEMS,
        direction="neither",
    ),
    MetricDefinition(
        identifier="mean_confidence_right",
        title="Mean top probability where right",
        definition="Mean probability of the answer over the items answered rightly.",
        denominator="items answered rightly",
        aggregation=_OVER_ITEMS,
        direction="neither",
    ),
    MetricDefinition(
        identifier="mean_confidence_wrong",
        title="Mean top probability where wrong",
        definition="Mean probability of the answer over the items answered wrongly.",
        denominator="items answered wrongly",
        aggregation=_OVER_ITEMS,
        direction="neither",
    ),
    MetricDefinition(
        identifier="all_ranks_right",
        title="All ranks right",
        definition="Share of items whose whole decoded path is right. Ranks are decoded as the"
        " ancestors of the best leaf, so this equals the accuracy at the leaves.",
        denominator=_ALL_ITEMS,
        aggregation=_OVER_ITEMS,
    ),
    MetricDefinition(
        identifier="contradiction_rate",
        title="Contradiction rate of rank-wise answers",
        definition="Share of items for which the best class of each rank, taken by itself from the"
        " summed scores, is no path of the tree. The decoded path that fieldmark reports never"
        " contradicts itself.",
        denominator="all items",
        aggregation=_OVER_ITEMS,
        direction="lower",
    ),
)

_WITH_SKILL = ("accuracy", "top_5_accuracy", "balanced_accuracy", "macro_f1", "log_loss")


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
