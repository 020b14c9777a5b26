"""Pixels in: files decoded, and prepared for a backbone under one stated contract.

Knows picture files and preprocessing; nothing of models or labels. May import core only, of what
lies below it.
"""

__all__ = [
    "augmentation",
    "augmentation_cover",
    "augmentation_geometry",
    "augmentation_light",
    "augmentation_motion",
    "augmented_reading",
    "colour",
    "contact_sheet",
    "contract",
    "cutting",
    "dataset",
    "decoding",
    "duplicates",
    "fast_decoding",
    "hash_search",
    "look_groups",
    "model_contracts",
    "orientation",
    "perceptual",
    "pixel_statistics",
    "preprocessing",
    "presets",
    "regions",
    "resized_cache",
    "resizing",
    "seen_pixels",
    "value_range",
]
