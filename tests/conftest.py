"""A tiny study that is generated and run once a session, and copies of it for tests to change."""

import csv
import dataclasses
import functools
import importlib
import os
import pickle
import pkgutil
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any

import hypothesis
import pytest

# CI repeats the same examples, so that a change is judged by itself; elsewhere they are drawn anew.
# No example has a deadline: what else the machine does says nothing of the code.
hypothesis.settings.register_profile("anew", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "anew")

TINY = """\
study: tiny
task: taxonomy
data:
  manifest: data/manifest.csv
  images: data
  ranks: [phylum, class, order, family, genus, species]
  group: observation
  split: split
protocol:
  selection: {metric: macro_f1, on: validation}
  report_on: test
  seeds: [0, 1]
  resamples: 200
contenders:
  probe:
    backbone: &net
      {name: test_resnet, weights: random, preprocessing: {resize_size: 48, crop_size: 48}}
    head: {kind: linear, epochs: 8, learning_rate: 0.01}
  knn:
    backbone: *net
    head: {kind: knn}
reference: knn
claims:
  - {metric: accuracy, contender: probe, at_least: 0.99}
"""
IMPORTED = """\
contenders:
  incumbent: {predictions: incumbent.csv, kind: probabilities}
"""


@dataclasses.dataclass(frozen=True)
class Said:
    """What one call of the command line printed, and its exit code."""

    code: int
    out: str
    err: str


class Drawn:
    """Pictures by the records that they were drawn from; most of a page's time goes into them."""

    def __init__(self) -> None:
        self.is_kept = True
        self._pictures: dict[bytes, Any] = {}

    def once(self, draw: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function that draws, but draws the same records once."""

        @functools.wraps(draw)
        def remembered(*records: Any, **settings: Any) -> Any:
            key = pickle.dumps((draw.__name__, records, settings))
            if not self.is_kept or key not in self._pictures:
                self._pictures[key] = draw(*records, **settings)
            return self._pictures[key]

        return remembered


@pytest.fixture(scope="session", autouse=True)
def drawn() -> Drawn:
    """Draw the same picture of the same records once a session, wherever a page is made."""
    found = Drawn()
    for module in pkgutil.iter_modules([str(files("fieldmark.report"))]):
        if module.name.endswith(("_section", "sections")):
            sections = importlib.import_module(f"fieldmark.report.{module.name}")
            for name in dir(sections):
                if name.endswith("_figure"):
                    setattr(sections, name, found.once(getattr(sections, name)))
    return found


@pytest.fixture
def drawn_anew(drawn: Drawn) -> Callable[[], AbstractContextManager[None]]:
    """Return what draws every picture anew meanwhile: making a page again changes nothing."""

    @contextmanager
    def anew() -> Iterator[None]:
        drawn.is_kept = False
        yield
        drawn.is_kept = True

    return anew


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    """Return a function that runs the command line in this process."""
    from fieldmark.cli.main import main

    def run(*words: object) -> Said:
        capsys.readouterr()
        try:
            code = main([str(word) for word in words])
        except SystemExit as ending:
            code = int(ending.code or 0)
        found = capsys.readouterr()
        return Said(code, found.out, found.err)

    return run


@pytest.fixture(scope="session")
def tiny_fungi(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a study of four invented species that never runs; for copying only."""
    from fieldmark.synthetic.fungi import write_fungi

    folder = tmp_path_factory.mktemp("tiny-fungi")
    write_fungi(folder / "data", species=4, observations=8, size=48, seed=2)
    (folder / "study.yaml").write_text(TINY, encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def finished(tiny_fungi: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the tiny study after its run; for reading only."""
    from fieldmark.cli.main import main

    folder = tmp_path_factory.mktemp("finished") / "tiny"
    shutil.copytree(tiny_fungi, folder)
    assert main(["run", str(folder)]) == 0
    return folder


@pytest.fixture
def fresh(tiny_fungi: Path, tmp_path: Path) -> Path:
    """Return a copy of the tiny study that has not run."""
    return Path(shutil.copytree(tiny_fungi, tmp_path / "fresh"))


@pytest.fixture
def ran(finished: Path, tmp_path: Path) -> Path:
    """Return a copy of the tiny study after its run."""
    return Path(shutil.copytree(finished, tmp_path / "ran"))


@pytest.fixture
def rewrite() -> Callable[..., None]:
    """Return a function that replaces text in a file: pairs of what is there and what shall be."""

    def replace(file: Path, *pairs: tuple[str, str]) -> None:
        text = file.read_text(encoding="utf-8")
        for old, new in pairs:
            assert old in text
            text = text.replace(old, new)
        file.write_text(text, encoding="utf-8")

    return replace


@pytest.fixture
def judged_only(fresh: Path) -> Path:
    """Return a copy of the tiny study whose one contender was predicted elsewhere: no torch."""
    study = fresh / "study.yaml"
    text = study.read_text(encoding="utf-8")
    study.write_text(text[: text.index("contenders:")] + IMPORTED, encoding="utf-8")
    write_scores(fresh / "incumbent.csv", test_rows(fresh))
    return fresh


@pytest.fixture
def add_incumbent() -> Callable[..., None]:
    """Return a function that adds a contender whose predictions lie beside the study."""

    def add(folder: Path, settings: str = "{predictions: incumbent.csv}") -> None:
        study = folder / "study.yaml"
        text = study.read_text(encoding="utf-8")
        text = text.replace("reference:", f"  incumbent: {settings}\nreference:")
        study.write_text(text, encoding="utf-8")

    return add


@pytest.fixture(name="write_scores")
def writer_of_scores() -> Callable[..., None]:
    """Return a function that writes a CSV file of probabilities for (id, label) pairs."""
    return write_scores


@pytest.fixture(name="test_rows")
def reader_of_test_rows() -> Callable[[Path], list[tuple[str, str]]]:
    """Return a function that gives (id, species) of each test image of a study."""
    return test_rows


def test_rows(folder: Path) -> list[tuple[str, str]]:
    with (folder / "data" / "manifest.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    return [(row["id"], row["species"]) for row in rows if row["split"] == "test"]


test_rows.__test__ = False  # type: ignore[attr-defined]


def write_scores(
    file: Path,
    rows: Sequence[tuple[str, str]],
    *,
    classes: Sequence[str] | None = None,
    right: int | None = None,
) -> None:
    """Write probabilities: 0.7 for the label, or for the next class after the first ``right``."""
    names = list(classes or sorted({label for _, label in rows}))
    rest = 0.3 / (len(names) - 1)
    lines = [",".join(["id", "label", *(f"score:{name}" for name in names)])]
    for place, (image, label) in enumerate(rows):
        best = names.index(label) if label in names else 0
        if right is not None and place >= right:
            best = (best + 1) % len(names)
        scores = (0.7 if column == best else rest for column in range(len(names)))
        lines.append(",".join([image, label, *(f"{score:.9f}" for score in scores)]))
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
