"""The catalogue of calibration metrics: how well confidences say how often answers are right."""

from fieldmark.evaluation.metric_definition import MetricDefinition

_BIAS = (
    " It is never negative, so with few items it lies above 0 even for perfect confidences, which"
    " the lower end of the interval allows for; draws keep the bins of the data."
)

CALIBRATION_METRICS = (
    MetricDefinition(
        identifier="ece_equal_width",
        title="Expected calibration error, equal width",
        definition="Mean over items of the gap between mean confidence and accuracy in their bin;"
        f" 15 bins of equal width.{_BIAS}",
        denominator="all items",
        aggregation="bins weighed by their items",
        direction="lower",
        scale="number",
    ),
    MetricDefinition(
        identifier="ece_equal_mass",
        title="Expected calibration error, equal mass",
        definition="Mean over items of the gap between mean confidence and accuracy in their bin;"
        f" 15 bins of equally many items, equal confidences together.{_BIAS}",
        denominator="all items",
        aggregation="bins weighed by their items",
        direction="lower",
        scale="number",
    ),
)
