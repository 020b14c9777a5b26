"""The kinds of calibrators by name; a study file is read without what fits them."""

from typing import Literal, get_args

CalibratorKind = Literal["temperature", "vector", "isotonic", "beta"]
KINDS: tuple[CalibratorKind, ...] = get_args(CalibratorKind)
