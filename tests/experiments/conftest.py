import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fieldmark.core.progress import Step
from fieldmark.experiments.ledger import Ledger
from fieldmark.experiments.plan import RunSpec

GROCERY = """\
study: grocery
task: taxonomy
data:
  manifest: manifest.csv
  images: images
  id: path
  ranks: [kind, coarse, fine]
  group: observation
  split: official_split
protocol:
  selection: {metric: macro_f1, on: validation}
  report_on: test
  seeds: [0, 1, 2]
contenders:
  mobilenet-probe:
    backbone: {name: mobilenetv2_100, weights: nets/a.safetensors, options: {pad_type: same}}
    head: {kind: linear, epochs: 40}
  mobilenet-knn:
    backbone: {name: mobilenetv2_100, weights: nets/a.safetensors, options: {pad_type: same}}
    head: {kind: knn, neighbours: 5}
  incumbent: {predictions: incumbent.csv, kind: probabilities}
reference: incumbent
claims:
  - {metric: accuracy, contender: mobilenet-probe, at_least: 0.945, rank: fine}
"""


@pytest.fixture
def grocery() -> str:
    """A whole study file as text."""
    return GROCERY


@pytest.fixture
def changed(tmp_path: Path) -> Callable[..., Path]:
    """Write the study file with parts of its text replaced; every part must be there."""

    def write(*replacements: tuple[str, str]) -> Path:
        text = GROCERY
        for old, new in replacements:
            assert old in text, old
            text = text.replace(old, new)
        path = tmp_path / "grocery.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.fixture
def cells() -> tuple[RunSpec, ...]:
    """Three cells of two contenders."""
    return (
        RunSpec("probe", 0, settings_digest="probe"),
        RunSpec("probe", 1, settings_digest="probe"),
        RunSpec("knn", None, settings_digest="knn"),
    )


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "results" / "grocery")


class Listener:
    """Remembers what it is told."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.steps: list[tuple[str, int, int]] = []

    @contextlib.contextmanager
    def step(self, description: str, total: int) -> Iterator[Step]:
        self.steps.append((description, total, 0))
        yield self

    def advance(self, count: int = 1) -> None:
        description, total, done = self.steps[-1]
        self.steps[-1] = (description, total, done + count)

    def say(self, message: str) -> None:
        self.said.append(message)


@pytest.fixture
def listener() -> Listener:
    return Listener()
