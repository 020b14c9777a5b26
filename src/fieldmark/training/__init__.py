"""How networks are trained: losses, samplers, schedules, what may move, and when to worry.

Knows networks, images and labels; never evaluates by itself: what judges an epoch is handed in. May
import core, manifest, predictions, images, backbones, embeddings and heads.
"""

__all__ = [
    "adaptation",
    "averaging",
    "checkpoints",
    "data",
    "distributed",
    "fit",
    "health",
    "hierarchy",
    "interpolation",
    "loggers",
    "lora",
    "losses",
    "mixing",
    "module",
    "monitors",
    "networks",
    "objectives",
    "parameter_groups",
    "prediction",
    "running",
    "samplers",
    "schedules",
    "setting_checks",
    "settings",
    "traces",
    "tree_outputs",
    "tuned_storage",
    "tuning_record",
    "unfolding",
    "warm_start",
    "watching",
]
