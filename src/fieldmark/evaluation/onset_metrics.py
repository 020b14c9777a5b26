"""The catalogue of onset metrics: what is measured of the day on which something begins."""

from fieldmark.evaluation.metric_definition import MetricDefinition

ONSET_METRICS: tuple[MetricDefinition, ...] = ()
