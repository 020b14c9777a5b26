"""The catalogue of classification metrics: what is measured of answers over one set of classes."""

from fieldmark.evaluation.metric_definition import MetricDefinition

_ALL_ITEMS = "all items; one whose label the contender does not know counts as wrong"
_PRESENT = "classes that occur among the labels"
_OVER_ITEMS = "mean over items"
_OVER_CLASSES = "unweighted mean over the classes that occur among the labels"
_CANDIDATES = "all candidate classes"
_OVER_CANDIDATES = "unweighted mean over all candidate classes"
_BY_LABELS = "mean over the classes that occur among the labels, weighed by their items"

CLASSIFICATION_METRICS = (
    MetricDefinition(
        identifier="accuracy",
        title="Accuracy",
        definition="Share of items whose best class is the label; at a rank above the leaves, whose"
        " best leaf lies under the label. Ties go to the class that comes first. With one label an"
        " item it is also the micro-averaged precision, recall and F1.",
        denominator=_ALL_ITEMS,
        aggregation=_OVER_ITEMS,
    ),
    MetricDefinition(
        identifier="top_3_accuracy",
        title="Top-3 accuracy",
        definition="Share of items whose label is among the three best of the candidate classes;"
        " the number of candidates is part of the result, and with fewer than four it is left out.",
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
        identifier="macro_f1_all_classes",
        title="Macro F1 over all classes",
        definition="Sum of the F1 of every candidate class, divided by their number; a class that"
        " is neither labelled nor predicted counts as 0.",
        denominator=_CANDIDATES,
        aggregation=_OVER_CANDIDATES,
    ),
    MetricDefinition(
        identifier="macro_precision_all_classes",
        title="Macro precision over all classes",
        definition="Sum of tp / predicted of every candidate class, divided by their number; a"
        " class that is never predicted counts as 0.",
        denominator=_CANDIDATES,
        aggregation=_OVER_CANDIDATES,
    ),
    MetricDefinition(
        identifier="macro_recall_all_classes",
        title="Macro recall over all classes",
        definition="Sum of tp / labelled of every candidate class, divided by their number; a"
        " class without items counts as 0.",
        denominator=_CANDIDATES,
        aggregation=_OVER_CANDIDATES,
    ),
    MetricDefinition(
        identifier="weighted_f1",
        title="Weighted F1",
        definition="Mean of the F1 of the classes, each weighed by its share of the labels.",
        denominator=_PRESENT,
        aggregation=_BY_LABELS,
    ),
    MetricDefinition(
        identifier="weighted_precision",
        title="Weighted precision",
        definition="Mean of tp / predicted of the classes, each weighed by its share of the labels;"
        " 0 for a class that is never predicted.",
        denominator=_PRESENT,
        aggregation=_BY_LABELS,
    ),
    MetricDefinition(
        identifier="weighted_recall",
        title="Weighted recall",
        definition="Mean of tp / labelled of the classes, each weighed by its share of the labels;"
        " it is the same number as the accuracy.",
        denominator=_PRESENT,
        aggregation=_BY_LABELS,
    ),
    MetricDefinition(
        identifier="matthews_correlation",
        title="Matthews correlation",
        definition="Correlation of labels and answers over all classes (R_K): 1 when all are right,"
        " 0 for answers that do not depend on the label, and 0 where the labels or the answers are"
        " of one class only.",
        denominator="all items",
        aggregation="from the counts of the whole table",
        scale="number",
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
        identifier="brier_score",
        title="Brier score",
        definition="Mean of the squared differences between the probabilities and 1 for the label,"
        " 0 for the others, summed over the candidate classes: 0 to 2.",
        denominator=_ALL_ITEMS,
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
        identifier="relative_entropy",
        title="Relative entropy of the probabilities",
        definition="Mean entropy of an item's probabilities, divided by that of equal probabilities"
        " for all candidates: 1 is a flat guess, 0 all on one class. Up to 1,000 items, evenly"
        " spread over the table, are looked at.",
        denominator="the items looked at",
        aggregation=_OVER_ITEMS,
        direction="neither",
    ),
    MetricDefinition(
        identifier="class_recall",
        title="Recall of a class",
        definition="Share of the items of one class that are answered with it.",
        denominator="items of the class",
        aggregation="one class",
    ),
    MetricDefinition(
        identifier="class_precision",
        title="Precision of a class",
        definition="Share of the items answered with one class that are of it.",
        denominator="items answered with the class",
        aggregation="one class",
    ),
    MetricDefinition(
        identifier="class_f1",
        title="F1 of a class",
        definition="2 tp / (predicted + labelled) of one class. Its interval comes from the share"
        " of right ones among the items that are of the class or answered with it.",
        denominator="items of the class and items answered with it",
        aggregation="one class",
    ),
)
