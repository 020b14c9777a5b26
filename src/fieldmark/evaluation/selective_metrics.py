"""The catalogue of selective metrics: what is measured where only sure answers are given."""

from fieldmark.evaluation.metric_definition import MetricDefinition

_TIES = "items of equal confidence are answered together"
_THRESHOLD = (
    " The threshold is found on the reported items themselves, so this describes them and promises"
    " nothing."
)

SELECTIVE_METRICS = (
    MetricDefinition(
        identifier="aurc",
        title="Area under the risk-coverage curve",
        definition="Integral over coverage of the share of given answers that are wrong, when"
        " answers are given from the surest on; joined by straight lines, level below the first"
        f" operating point; {_TIES}.",
        denominator="items answered at each coverage",
        aggregation="trapezoids over distinct confidences",
        direction="lower",
        scale="number",
    ),
    MetricDefinition(
        identifier="augrc",
        title="Area under the generalised risk-coverage curve",
        definition="Integral over coverage of the share of all items that are answered and wrong,"
        f" when answers are given from the surest on; {_TIES}.",
        denominator="all items",
        aggregation="trapezoids over distinct confidences",
        direction="lower",
        scale="number",
    ),
    MetricDefinition(
        identifier="risk_at_80_coverage",
        title="Risk at 80 % coverage",
        definition="Share of wrong ones among the surest answers, at the first operating point that"
        f" covers at least 80 % of the items; {_TIES}.{_THRESHOLD}",
        denominator="the items that are answered",
        aggregation="one operating point",
        direction="lower",
    ),
    MetricDefinition(
        identifier="coverage_at_5_risk",
        title="Coverage at 5 % risk",
        definition="Largest share of items that can be answered, from the surest on, with at most"
        f" 5 % of the answers wrong; 0 if none; {_TIES}.{_THRESHOLD} Its interval is rough where"
        " few answers can be given.",
        denominator="all items",
        aggregation="one operating point",
    ),
    MetricDefinition(
        identifier="confidence_auroc",
        title="AUROC of the confidence",
        definition="Probability that a right answer is surer than a wrong one; a tie counts half."
        " Not defined when all answers are right, or all wrong.",
        denominator="pairs of a right and a wrong answer",
        aggregation="mean over pairs",
    ),
)
