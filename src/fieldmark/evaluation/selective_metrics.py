"""The catalogue of selective metrics: what is measured where only sure answers are given."""

from fieldmark.evaluation.metric_definition import MetricDefinition

SELECTIVE_METRICS: tuple[MetricDefinition, ...] = ()
