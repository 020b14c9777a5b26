"""The catalogue of what is measured of decoded paths, which may stop above the leaves."""

from fieldmark.evaluation.metric_definition import MetricDefinition

PATH_METRICS = (
    MetricDefinition(
        identifier="right_at_rank",
        title="Right at the rank",
        definition="Share of all items that are answered at the rank or finer and whose node at the"
        " rank is above the label. An item whose answer stops above the rank is not right at it.",
        denominator="all items, answered or not",
        aggregation="mean over items",
    ),
    MetricDefinition(
        identifier="accuracy_of_answered",
        title="Accuracy of the answered",
        definition="Of the items answered at the rank or finer, the share whose node at the rank is"
        " above the label. It can rise because less is answered: never read it without that share.",
        denominator="items that are answered at the rank or at a finer one",
        aggregation="share of answered items",
    ),
    MetricDefinition(
        identifier="path_contradiction_rate",
        title="Contradiction rate of the answers",
        definition="Share of items whose nodes, as they are given at all ranks, are no path of the"
        " tree: 0 for every decoder, and more where each rank is read by itself.",
        denominator="all items",
        aggregation="mean over items",
        direction="lower",
    ),
)
