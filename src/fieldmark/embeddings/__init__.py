"""Vectors of images, computed once and kept by content.

Knows image files, one encoder and the store; nothing of labels or heads. May import backbones,
images and what lies below them.
"""

__all__ = ["batches", "extraction", "fingerprints", "shards", "similarity", "store", "table"]
