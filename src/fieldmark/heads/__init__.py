"""What is learnt on top of embeddings: linear, nearest neighbours, prototypes.

Knows embeddings, label spaces and score kinds; nothing of images or metrics. May import
embeddings and what lies below it.
"""

__all__ = [
    "early_stopping",
    "head",
    "kinds",
    "linear",
    "neighbours",
    "origin",
    "prototypes",
    "settings",
    "softmax_regression",
    "storage",
]
