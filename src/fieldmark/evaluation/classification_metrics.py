"""The catalogue of classification metrics: what is measured of answers over one set of classes."""

from fieldmark.evaluation.metric_definition import MetricDefinition

_ALL_ITEMS = "all items; one whose label the contender does not know counts as wrong"
_PRESENT = "classes that occur among the labels"
_OVER_ITEMS = "mean over items"
_OVER_CLASSES = "unweighted mean over the classes that occur among the labels"

CLASSIFICATION_METRICS = (
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
)
