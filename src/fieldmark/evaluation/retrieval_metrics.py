"""The catalogue of retrieval metrics: what is measured of rankings of a gallery."""

from fieldmark.evaluation.metric_definition import MetricDefinition

RETRIEVAL_METRICS: tuple[MetricDefinition, ...] = ()
