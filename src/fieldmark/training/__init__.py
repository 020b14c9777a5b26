"""How networks are trained: losses, samplers, schedules, what may move, and when to worry.

Knows networks, images and labels; never evaluates by itself: what judges an epoch is handed in. May
import core, manifest, predictions, images, backbones, embeddings and heads.
"""

__all__ = [
    "adaptation",
    "averaging",
    "interpolation",
    "lora",
    "losses",
    "mixing",
    "monitors",
    "parameter_groups",
    "samplers",
    "schedules",
    "warm_start",
]
