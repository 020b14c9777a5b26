"""decide, plan-recall: thresholds with a promise."""

from collections.abc import Callable

COMMANDS: dict[str, tuple[Callable[..., None], Callable[..., int]]] = {}
