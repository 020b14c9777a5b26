"""The catalogue of universe-exact metrics: expected accuracy at a smaller number of candidates."""

from fieldmark.evaluation.metric_definition import MetricDefinition

_SETS = (
    " in a random set of candidates that holds the label, in expectation over all sets of the"
    " stated size out of the contender's classes; exact, from the place of the label. A label that"
    " the contender does not know counts as wrong."
)
_ITEMS = "all items; the number of candidates in a set is the number of classes of the result"
_OVER_ITEMS = "mean over items of a hypergeometric probability"

CANDIDATE_SET_METRICS = (
    MetricDefinition(
        identifier="expected_accuracy",
        title="Expected accuracy at a universe",
        definition=f"Share of items whose label is the best{_SETS}",
        denominator=_ITEMS,
        aggregation=_OVER_ITEMS,
    ),
    *(
        MetricDefinition(
            identifier=f"expected_top_{k}_accuracy",
            title=f"Expected top-{k} accuracy at a universe",
            definition=f"Share of items whose label is among the {words} best{_SETS}",
            denominator=_ITEMS,
            aggregation=_OVER_ITEMS,
        )
        for k, words in ((3, "three"), (5, "five"))
    ),
)
