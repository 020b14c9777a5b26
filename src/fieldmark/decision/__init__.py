"""What is done with scores: calibration, operating points with bounds, reject, back-off, costs.

Knows scores, labels and what mistakes cost; every decision names its rule and its source. Knows no
images and no networks. May import core, manifest, predictions and evaluation.
"""

__all__: list[str] = []
