"""How long work reports that it goes on, without knowing who listens."""

import contextlib
from collections.abc import Iterator
from typing import Protocol


class Step(Protocol):
    """One running piece of work of known length."""

    def advance(self, count: int = 1) -> None:
        """Say that ``count`` more units are done."""
        ...


class Progress(Protocol):
    """Where work says how far it is; the command line shows it with the time left."""

    def step(self, description: str, total: int) -> contextlib.AbstractContextManager[Step]:
        """Open a piece of work of ``total`` units."""
        ...

    def say(self, message: str) -> None:
        """Tell the person one line."""
        ...


class SilentStep:
    """A step that nobody watches."""

    def advance(self, count: int = 1) -> None:
        """Do nothing."""


class SilentProgress:
    """The default listener: nobody.

    Example:
        >>> with SilentProgress().step("embed", total=2) as step:
        ...     step.advance()
    """

    @contextlib.contextmanager
    def step(self, description: str, total: int) -> Iterator[Step]:  # noqa: ARG002
        """Open a piece of work that nobody watches."""
        yield SilentStep()

    def say(self, message: str) -> None:
        """Say nothing."""
