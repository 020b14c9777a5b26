"""One folder that answers without the study it came from: weights, contract, classes, vectors.

Knows trained models and how their scores become answers; nothing of studies. May import training,
decision, heads, embeddings, backbones, images, predictions, manifest and core.
"""

__all__ = [
    "bundle",
    "deciding",
    "documents",
    "licences",
    "loading",
    "model_card",
    "scorer",
    "vectors",
    "verifying",
    "writing",
]
