"""The catalogue of hierarchical metrics: what is measured of paths through a taxonomy."""

from fieldmark.evaluation.metric_definition import MetricDefinition

_ALL_ITEMS = "all items; one whose label the contender does not know counts as wrong"
_OVER_ITEMS = "mean over items"

HIERARCHICAL_METRICS = (
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
