"""Studies opened as the command line opens them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from fieldmark.evaluation.metrics import METRICS
from fieldmark.experiments.study_file import read_study
from fieldmark.workflows.ground import Ground, open_ground


@pytest.fixture(scope="session")
def opened() -> Callable[..., Ground]:
    """Return a function that opens a study with some overrides."""

    def open_study(folder: Path, *overrides: str) -> Ground:
        return open_ground(read_study(folder, overrides, tasks=("taxonomy",), metrics=METRICS))

    return open_study
