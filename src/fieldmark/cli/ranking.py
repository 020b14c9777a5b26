"""import-rankings: rankings of a gallery, made anywhere."""

from collections.abc import Callable

COMMANDS: dict[str, tuple[Callable[..., None], Callable[..., int]]] = {}
