"""The catalogue of what is measured of decisions: misses, false alarms, load, cost, answers."""

from fieldmark.evaluation.metric_definition import MetricDefinition

_ITEMS = "share of items"

DECISION_METRICS: tuple[MetricDefinition, ...] = (
    MetricDefinition(
        identifier="positive_recall",
        title="Recall of the positives",
        definition="Share of positives that are not let pass: they raise the alarm or are sent to"
        " review. This is the recall that a Neyman-Pearson threshold promises.",
        denominator="items whose label is a positive class",
        aggregation=_ITEMS,
    ),
    MetricDefinition(
        identifier="positives_alarmed",
        title="Positives alarmed",
        definition="Share of positives that raise the alarm without a review.",
        denominator="items whose label is a positive class",
        aggregation=_ITEMS,
    ),
    MetricDefinition(
        identifier="false_alarm_rate",
        title="False-alarm rate",
        definition="Share of negatives that raise the alarm.",
        denominator="items whose label is no positive class",
        aggregation=_ITEMS,
        direction="lower",
    ),
    MetricDefinition(
        identifier="review_load",
        title="Review load",
        definition="Share of items that somebody has to look at: with two thresholds those between"
        " them, with one threshold those that raise the alarm. At a stated prevalence the shares"
        " of positives and of negatives are weighted by it.",
        denominator="all items, or 1 at the stated prevalence",
        aggregation=_ITEMS,
        direction="lower",
    ),
    MetricDefinition(
        identifier="lots_without_miss",
        title="Lots without a miss",
        definition="Share of lots with a positive in which enough of the positives are held: all"
        " of them unless a smaller share was stated.",
        denominator="lots that hold a positive",
        aggregation="share of lots",
    ),
    MetricDefinition(
        identifier="mean_miss_rate_of_lots",
        title="Mean miss rate of lots",
        definition="Mean over lots of the share of a lot's positives that are let pass.",
        denominator="lots that hold a positive",
        aggregation="mean over lots",
        direction="lower",
    ),
    MetricDefinition(
        identifier="lots_without_false_alarm",
        title="Lots without a false alarm",
        definition="Share of lots with a negative in which enough of the negatives raise no alarm:"
        " all of them unless a smaller share was stated.",
        denominator="lots that hold a negative",
        aggregation="share of lots",
    ),
    MetricDefinition(
        identifier="cost_per_1000",
        title="Cost per 1,000 items",
        definition="1,000 (prevalence x mean cost of a positive + (1 - prevalence) x mean cost of a"
        " negative), with the stated costs of a miss, a false alarm and a review.",
        denominator="1,000 items at the stated prevalence",
        aggregation="mean over positives and over negatives, weighted by the prevalence",
        direction="lower",
        scale="number",
    ),
    MetricDefinition(
        identifier="answered",
        title="Answered",
        definition="Share of items that get an answer at the rank or at a finer one; without a"
        " rank, at any rank above the root.",
        denominator="all items",
        aggregation=_ITEMS,
    ),
    MetricDefinition(
        identifier="error_of_answered",
        title="Error of the answered",
        definition="Share of answered items whose returned node is not above the label; at a rank,"
        " of the items answered at this rank or a finer one, whose node at this rank is wrong.",
        denominator="items that are answered at the rank or at a finer one",
        aggregation="share of answered items",
        direction="lower",
    ),
    MetricDefinition(
        identifier="answered_here",
        title="Answered at exactly this rank",
        definition="Share of items whose answer is at exactly this rank.",
        denominator="all items",
        aggregation=_ITEMS,
        direction="neither",
    ),
    MetricDefinition(
        identifier="error_of_answered_here",
        title="Error of those answered at exactly this rank",
        definition="Of the items whose answer is at exactly this rank, the share whose returned"
        " node is not above the label.",
        denominator="items whose answer is at exactly this rank",
        aggregation="share of answered items",
        direction="lower",
    ),
    MetricDefinition(
        identifier="wrong_answers",
        title="Wrong answers",
        definition="Share of all items whose returned node is not above the label; an item without"
        " an answer is not wrong.",
        denominator="all items",
        aggregation=_ITEMS,
        direction="lower",
    ),
    MetricDefinition(
        identifier="expected_cost",
        title="Expected cost",
        definition="Mean over items of the cost that the calibrated probabilities expect of the"
        " decision; equal to the realised cost when they are honest.",
        denominator="all items",
        aggregation="mean over items",
        direction="lower",
        scale="number",
    ),
    MetricDefinition(
        identifier="realised_cost",
        title="Realised cost",
        definition="Mean over items of the cost of the decision, given the label.",
        denominator="all items",
        aggregation="mean over items",
        direction="lower",
        scale="number",
    ),
    MetricDefinition(
        identifier="realised_cost_of_best_class",
        title="Realised cost of the best class",
        definition="Mean over items of the cost of deciding for the class with the highest"
        " probability, given the label: what the rule is to be compared with.",
        denominator="all items",
        aggregation="mean over items",
        direction="lower",
        scale="number",
    ),
    MetricDefinition(
        identifier="dangerous_answers",
        title="Poisonous taken for harmless",
        definition="Share of the items of poisonous classes that are answered with a class known to"
        " be harmless.",
        denominator="items whose label is a poisonous class",
        aggregation=_ITEMS,
        direction="lower",
    ),
    MetricDefinition(
        identifier="unknown_hazard_answers",
        title="Poisonous taken for what is unknown",
        definition="Share of the items of poisonous classes that are answered with a class of which"
        " nobody says whether it is poisonous.",
        denominator="items whose label is a poisonous class",
        aggregation=_ITEMS,
        direction="lower",
    ),
    MetricDefinition(
        identifier="false_warnings",
        title="Harmless taken for poisonous",
        definition="Share of the items of harmless classes that are answered with a poisonous one.",
        denominator="items whose label is a harmless class",
        aggregation=_ITEMS,
        direction="lower",
    ),
)
