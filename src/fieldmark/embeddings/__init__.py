"""Vectors of images, computed once and kept by content.

Knows image files, one encoder and the store; nothing of labels or heads. May import backbones,
images and what lies below them.
"""

__all__ = [
    "batches",
    "close_pairs",
    "encoder_faces",
    "encoder_stores",
    "extraction",
    "fingerprint_cache",
    "fingerprints",
    "hdf5",
    "image_contents",
    "shards",
    "similarity",
    "store",
    "table",
]
