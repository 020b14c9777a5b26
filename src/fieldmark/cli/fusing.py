"""fuse, pool: scores of several contenders or photos made one."""

from collections.abc import Callable

COMMANDS: dict[str, tuple[Callable[..., None], Callable[..., int]]] = {}
