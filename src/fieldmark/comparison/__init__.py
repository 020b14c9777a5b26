"""Which of two contenders is better on the same items, or why that cannot be said.

Knows pairing, paired tests, verdicts, claims, choices and ablations. May import core, manifest,
predictions and evaluation.
"""

__all__ = [
    "ablation",
    "choosing",
    "claim_checks",
    "claims",
    "claims_file",
    "columns",
    "common_classes",
    "families",
    "fold_tables",
    "folds",
    "item_means",
    "judged_tables",
    "label_versions",
    "latency",
    "matching",
    "mcnemar",
    "measures",
    "mixtures",
    "optimism",
    "outcome",
    "paired_bootstrap",
    "paired_tests",
    "pairing",
    "rules",
    "selection",
    "sign_flips",
    "swaps",
    "trial",
    "universes",
    "verdict",
    "wording",
]
