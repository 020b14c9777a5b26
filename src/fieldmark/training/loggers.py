"""Curves for other tools: TensorBoard and MLflow, as files, only where asked for."""

import contextlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from fieldmark.core.checks import unknown_choice
from fieldmark.core.errors import MissingExtraError, StudyError

LOGGERS: Final = ("mlflow", "tensorboard")
CURVES: Final = "curves"
_NAME: Final = "fieldmark"
_ALLOW_FILES: Final = "MLFLOW_ALLOW_FILE_STORE"


def loggers_of(names: Sequence[str], folder: Path) -> list[Any]:
    """Return Lightning's loggers that write files under a folder; nothing leaves the computer.

    Args:
        names: "tensorboard", "mlflow"; none gives no logger and no file.
        folder: where their files go, each under the logger's name.

    Raises:
        StudyError: a name is not known.
        MissingExtraError: its package is not installed.

    Example:
        >>> loggers_of([], Path("curves"))
        []
    """
    return [_logger(name, folder) for name in names]


@contextlib.contextmanager
def _files_allowed() -> Iterator[None]:
    """Let MLflow open a folder: from version 3 it wants a data base unless told otherwise."""
    before = os.environ.get(_ALLOW_FILES)
    os.environ[_ALLOW_FILES] = "true"
    try:
        yield
    finally:
        if before is None:
            del os.environ[_ALLOW_FILES]
        else:
            os.environ[_ALLOW_FILES] = before


def _logger(name: str, folder: Path) -> Any:
    if name not in LOGGERS:
        raise StudyError(unknown_choice("logger", name, LOGGERS))
    from lightning.pytorch import loggers

    place = folder / name
    try:
        if name == "tensorboard":
            return loggers.TensorBoardLogger(place, name="", version="")
        with _files_allowed():
            return loggers.MLFlowLogger(_NAME, tracking_uri=place.resolve().as_uri())
    except ImportError as error:
        raise MissingExtraError(
            f"The logger '{name}' needs a package that is not installed ({str(error)[:120]}):"
            " install it with pip install 'fieldmark[track]'."
        ) from None
