"""Frozen networks behind one small face: which one, which weights, tapped where.

Knows timm and open_clip models, weight files and preprocessing contracts; nothing of labels. May
import images and core, of what lies below it.
"""

__all__ = [
    "encoders",
    "hub",
    "loading",
    "networks",
    "open_clip_towers",
    "openvino_runtime",
    "recorded",
    "runtimes",
    "specs",
    "taps",
    "torch_runs",
    "weight_files",
    "weights",
]
