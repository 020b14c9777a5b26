"""Errors, checks, randomness, provenance, progress and storage.

Knows nothing of images, labels or models. May import only the standard library and NumPy.
"""

__all__ = [
    "checks",
    "digests",
    "errors",
    "progress",
    "provenance",
    "randomness",
    "same_files",
    "storage",
]
