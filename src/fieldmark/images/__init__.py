"""Pixels in: files decoded, and prepared for a backbone under one stated contract.

Knows picture files and preprocessing; nothing of models or labels. May import core only, of what
lies below it.
"""

__all__ = [
    "colour",
    "contract",
    "dataset",
    "decoding",
    "orientation",
    "preprocessing",
    "value_range",
]
