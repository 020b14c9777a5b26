"""Which of two contenders is better on the same items, or why that cannot be said.

Knows pairing, paired tests, verdicts and claims. May import core, manifest, predictions and
evaluation.
"""

__all__ = ["claims", "mcnemar", "measures", "outcome", "paired_tests", "pairing", "verdict"]
