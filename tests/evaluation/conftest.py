from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import polars as pl
import pytest

from fieldmark.evaluation.answers import Answers
from fieldmark.manifest.labels import LabelSpace
from fieldmark.manifest.taxonomy import Taxonomy, build_taxonomy
from fieldmark.predictions.header import PredictionsHeader
from fieldmark.predictions.table import Predictions
from fieldmark.predictions.trajectories import Trajectories

Make = Callable[..., Predictions]


@pytest.fixture
def make() -> Make:
    """Return a maker of tables; ids are i0, i1, ..., classes a, b, ... unless given."""

    def made(
        scores: Any,
        labels: Sequence[str],
        *,
        kind: str = "probabilities",
        classes: Sequence[str] | None = None,
        groups: Sequence[str] | None = None,
        header: dict[str, Any] | None = None,
        ids: Sequence[str] | None = None,
        taxonomy: Taxonomy | None = None,
    ) -> Predictions:
        array = np.asarray(scores, dtype=np.float64)
        names = classes or [chr(ord("a") + column) for column in range(array.shape[1])]
        items = {"id": list(ids or (f"i{row}" for row in range(len(labels))))}
        items["label"] = list(labels)
        if groups is not None:
            items["group"] = list(groups)
        facts = {"contender": "probe", "split": "test"} | (header or {})
        return Predictions(
            header=PredictionsHeader(score_kind=kind, **facts),
            items=pl.DataFrame(items),
            label_space=LabelSpace(tuple(names)),
            scores=array,
            taxonomy=taxonomy,
        )

    return made


@pytest.fixture
def random_table(make: Make) -> Make:
    """Return a maker of tables with random scores and labels that the scores lean towards."""

    def made(n: int = 120, classes: int = 8, *, seed: int = 0, **fields: Any) -> Predictions:
        rng = np.random.default_rng([7, n, classes])
        names = fields.pop("classes", None) or [f"class {number}" for number in range(classes)]
        truth = rng.integers(classes, size=n)
        scores = np.random.default_rng(seed).normal(size=(n, classes))
        scores[np.arange(n), truth] += 1.5
        labels = [names[code] for code in truth]
        return make(scores, labels, kind="logits", classes=names, **fields)

    return made


@pytest.fixture
def answers() -> Callable[..., Answers]:
    """Return a maker of answers from two code lists."""

    def made(truth: Sequence[int], predicted: Sequence[int], classes: int = 3) -> Answers:
        return Answers(
            rank=None,
            classes=tuple(f"class {number}" for number in range(classes)),
            candidates=classes,
            truth=np.array(truth, dtype=np.int64),
            predicted=np.array(predicted, dtype=np.int64),
        )

    return made


@pytest.fixture
def tree() -> Taxonomy:
    """Return two families, three genera and four species a to d."""
    frame = pl.DataFrame(
        {
            "family": ["F", "F", "F", "G"],
            "genus": ["K", "K", "L", "M"],
            "species": ["a", "b", "c", "d"],
        }
    )
    return build_taxonomy(frame, ("family", "genus", "species"))


@pytest.fixture
def seen() -> Callable[..., Trajectories]:
    """Return a maker of trajectories from rows of probabilities; None is a day without image."""

    def made(
        rows: Sequence[Sequence[float | None]],
        onset: Sequence[float | None],
        *,
        times: Sequence[float] | None = None,
        **fields: Any,
    ) -> Trajectories:
        probability = np.array(rows, dtype=np.float64)
        imaged = ~np.isnan(probability)
        days = np.arange(1.0, probability.shape[1] + 1) if times is None else np.array(times)
        begins = np.array([np.inf if day is None else day for day in onset])
        facts = {
            "contender": "probe",
            "split": "test",
            "specimens": tuple(f"p{row}" for row in range(len(rows))),
            "items_digest": "",
            "header_digest": "",
        }
        return Trajectories(
            times=days,
            probability=probability,
            imaged=imaged,
            positive=(days >= begins[:, None]) & imaged,
            onset=tuple(onset),
            **(facts | fields),
        )

    return made
