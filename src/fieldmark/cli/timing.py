"""onset: when something begins, judged from scores by day."""

from collections.abc import Callable

COMMANDS: dict[str, tuple[Callable[..., None], Callable[..., int]]] = {}
