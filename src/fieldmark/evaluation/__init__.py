"""How good predictions are: every number an Estimate with its interval, n, method and denominator.

Knows scores, labels, ranks and groups; trivial baselines stand beside every table. Knows no images
and no networks. May import core, manifest and predictions.
"""

__all__ = [
    "answers",
    "averages",
    "baselines",
    "classification",
    "estimates",
    "evaluate",
    "gates",
    "hierarchical",
    "inflation",
    "measuring",
    "metrics",
    "record",
    "resampling",
]
