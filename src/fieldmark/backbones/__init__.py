"""Frozen networks behind one small face: which one, which weights, tapped where.

Knows timm models, weight files and preprocessing contracts; nothing of labels. May import images
and core, of what lies below it.
"""

__all__ = ["encoders", "hub", "loading", "networks", "specs", "weights"]
