"""Bundles of the tiny study, written once a session; copies of them for tests to change."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from fieldmark.evaluation.metrics import METRICS
from fieldmark.experiments.study_file import read_study
from fieldmark.workflows.ground import Ground, open_ground


@pytest.fixture(scope="session")
def open_study() -> Callable[[Path], Ground]:
    def opened(folder: Path, *overrides: str) -> Ground:
        return open_ground(read_study(folder, overrides, tasks=("taxonomy",), metrics=METRICS))

    return opened


@pytest.fixture(scope="session")
def exported(finished: Path, open_study, tmp_path_factory) -> Callable[[str], Path]:
    """Return a function that gives the bundle of a contender; for reading only.

    The study that it was exported from is gone.
    """
    from fieldmark.workflows.exporting import export_contender

    root = tmp_path_factory.mktemp("bundles")
    study = Path(shutil.copytree(finished, root / "study"))
    ground = open_study(study)
    for name in ("probe", "knn"):
        export_contender(ground, name, root / name, licences=("Made for tests.",))
    shutil.rmtree(study)
    return lambda name: root / name


@pytest.fixture
def bundle(exported, tmp_path: Path) -> Path:
    """Return a copy of the bundle of the linear probe."""
    return Path(shutil.copytree(exported("probe"), tmp_path / "bundle"))
