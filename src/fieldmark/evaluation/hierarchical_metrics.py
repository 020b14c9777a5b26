"""The catalogue of hierarchical metrics: what is measured of paths through a taxonomy."""

from fieldmark.evaluation.metric_definition import MetricDefinition

_ALL_ITEMS = "all items; one whose label the contender does not know counts as wrong"
_TREE_ITEMS = "all items; a label that the contender does not know still has its place in the tree"
_OVER_ITEMS = "mean over items"
_MICRO = "sum of the numerators of all items, divided by the sum of their denominators"
_NODES = (
    " A path holds a leaf and its ancestors without the root; a filled gap (incertae sedis) is a"
    " node like any other."
)
_FULL_DEPTH = (
    " Where every answer is a leaf, precision, recall and F1 are one number, since all leaves have"
    " the same depth; they differ for answers that stop above the leaves."
)
_HEIGHT = (
    "the height of the lowest common ancestor of answer and label: 0 for the label itself, 1 for"
    " its nearest relatives, the number of ranks for leaves that share only the root; the edge"
    " distance is twice as much"
)

HIERARCHICAL_METRICS = (
    MetricDefinition(
        identifier="all_ranks_right",
        title="All ranks right",
        definition="Share of items whose whole decoded path is right, down to the leaf. With"
        " ranks decoded as the ancestors of the best leaf this equals the accuracy at the leaves.",
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
    MetricDefinition(
        identifier="hierarchical_precision",
        title="Hierarchical precision",
        definition="Share of the nodes on the answered paths that are on the path of the label."
        f"{_NODES}{_FULL_DEPTH}",
        denominator="nodes on the answered paths",
        aggregation=_MICRO,
    ),
    MetricDefinition(
        identifier="hierarchical_recall",
        title="Hierarchical recall",
        definition="Share of the nodes on the paths of the labels that are on the answered path."
        f"{_NODES}{_FULL_DEPTH}",
        denominator="nodes on the paths of the labels",
        aggregation=_MICRO,
    ),
    MetricDefinition(
        identifier="hierarchical_f1",
        title="Hierarchical F1",
        definition="Harmonic mean of hierarchical precision and hierarchical recall."
        f"{_NODES}{_FULL_DEPTH}",
        denominator="nodes on the answered paths and on those of the labels",
        aggregation=_MICRO,
    ),
    MetricDefinition(
        identifier="hierarchical_information",
        title="Information that answer and label share",
        definition="Mean of I(lowest common ancestor) / I(label), I(v) = -log2(share of the leaves"
        " of the taxonomy below v): 1 for the label itself, 0 where only the root is shared. With"
        " leaves as answers, precision and recall of information are this one number.",
        denominator=_TREE_ITEMS,
        aggregation=_OVER_ITEMS,
    ),
    MetricDefinition(
        identifier="mean_lca_height",
        title="Height of the common ancestor",
        definition=f"Mean over all items, right ones included, of {_HEIGHT}.",
        denominator=_TREE_ITEMS,
        aggregation=_OVER_ITEMS,
        direction="lower",
        scale="number",
    ),
    MetricDefinition(
        identifier="mistake_severity",
        title="Severity of mistakes",
        definition=f"Mean over the wrong answers alone of {_HEIGHT}. It can fall because the"
        " accuracy falls, when many mild mistakes are added: never read it without the accuracy.",
        denominator="items answered wrongly",
        aggregation="mean over the wrong answers",
        direction="lower",
        scale="number",
    ),
)
