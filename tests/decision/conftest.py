from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import polars as pl
import pytest

from fieldmark.decision.positives import PositiveScores
from fieldmark.evaluation.resampling import units_of
from fieldmark.manifest.labels import LabelSpace
from fieldmark.manifest.taxonomy import Taxonomy, build_taxonomy
from fieldmark.predictions.header import PredictionsHeader
from fieldmark.predictions.table import Predictions

Make = Callable[..., Predictions]
RANKS = ("family", "genus", "species")


@pytest.fixture
def tree() -> Taxonomy:
    """Return two families, four genera and twelve species."""
    return forest()


def forest() -> Taxonomy:
    species = [f"s{i:02}" for i in range(12)]
    names = {
        "family": [f"F{i // 6}" for i in range(12)],
        "genus": [f"G{i // 3}" for i in range(12)],
        "species": species,
    }
    return build_taxonomy(pl.DataFrame(names), RANKS)


@pytest.fixture
def cherries() -> Make:
    """Return a maker of tables over clean and pit, with honest probabilities unless sharpened."""

    def made(
        part: str,
        n: int,
        seed: int = 0,
        *,
        sharpness: float = 1.0,
        kind: str = "logits",
        lots: int | None = None,
        column: str = "group",
        **header: Any,
    ) -> Predictions:
        rng = np.random.default_rng([seed, n])
        odds = rng.normal(scale=3.0, size=n)
        pit = rng.random(n) < 1 / (1 + np.exp(-odds))
        scores = np.stack([np.zeros(n), odds * sharpness], axis=1)
        if kind == "probabilities":
            scores = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
        items = {
            "id": [f"{part}-{i}" for i in range(n)],
            "label": ["pit" if one else "clean" for one in pit],
        }
        if lots is not None:
            items[column] = [f"{part}-lot {lot}" for lot in rng.integers(lots, size=n)]
        facts = {"contender": "probe"} | header
        return Predictions(
            header=PredictionsHeader(score_kind=kind, split=part, **facts),
            items=pl.DataFrame(items),
            label_space=LabelSpace(("clean", "pit")),
            scores=scores,
        )

    return made


@pytest.fixture
def fungi() -> Make:
    """Return a maker of tables over twelve species with honest labels and sharpened logits."""

    def made(part: str, n: int, seed: int = 0, *, sharpness: float = 1.0) -> Predictions:
        rng = np.random.default_rng([seed, n])
        genus = np.arange(12) // 3
        shown = rng.integers(12, size=n)
        clarity = rng.gamma(2.0, 2.0, size=(n, 1))
        logits = rng.normal(size=(n, 12)) + clarity * (genus == genus[shown][:, None])
        logits[np.arange(n), shown] += clarity[:, 0]
        shares = np.exp(logits)
        shares /= shares.sum(axis=1, keepdims=True)
        label = (shares.cumsum(axis=1) > rng.random((n, 1))).argmax(axis=1)
        return Predictions(
            header=PredictionsHeader(score_kind="logits", contender="probe", split=part),
            items=pl.DataFrame(
                {
                    "id": [f"{part}-{i}" for i in range(n)],
                    "label": [f"s{one:02}" for one in label],
                }
            ),
            label_space=LabelSpace(tuple(f"s{i:02}" for i in range(12))),
            scores=sharpness * logits,
            taxonomy=forest(),
        )

    return made


@pytest.fixture
def table() -> Make:
    """Return a maker of small tables from scores and labels; classes a, b, ... unless given."""

    def made(
        scores: Any,
        labels: Sequence[str],
        *,
        kind: str = "probabilities",
        classes: Sequence[str] | None = None,
        items: dict[str, Any] | None = None,
        part: str = "calibration",
        **fields: Any,
    ) -> Predictions:
        array = np.asarray(scores, dtype=np.float64)
        names = classes or [chr(ord("a") + column) for column in range(array.shape[1])]
        columns = {"id": [f"{part}-{row}" for row in range(len(labels))], "label": list(labels)}
        return Predictions(
            header=PredictionsHeader(score_kind=kind, contender="probe", split=part),
            items=pl.DataFrame(columns | (items or {})),
            label_space=LabelSpace(tuple(names)),
            scores=array,
            **fields,
        )

    return made


@pytest.fixture
def evidence() -> Callable[..., PositiveScores]:
    """Return a maker of scores and truth of positives."""

    def made(score: Any, positive: Any, lots: Sequence[str] | None = None) -> PositiveScores:
        return PositiveScores(
            acts_on="P(pit)",
            score=np.asarray(score, dtype=np.float64),
            positive=np.asarray(positive, dtype=bool),
            lots=units_of(lots, n=len(score)),
            part="calibration",
            items_digest="digest",
        )

    return made


@pytest.fixture
def gathered() -> Callable[..., pl.DataFrame]:
    """Return a maker of items whose habitat says something about the species, and month a bit."""
    return gathered_items


def gathered_items(part: str, n: int, seed: int = 0, **columns: Any) -> pl.DataFrame:
    rng = np.random.default_rng([seed, n, *part.encode()])
    told = np.random.default_rng(7).dirichlet(np.full(4, 0.4), size=6)
    species = rng.integers(6, size=n)
    habitats = [f"h{rng.choice(4, p=told[one])}" for one in species]
    return pl.DataFrame(
        {
            "id": [f"{part}-{i}" for i in range(n)],
            "label": [f"s{one}" for one in species],
            "habitat": habitats,
            "month": rng.integers(1, 13, size=n),
        }
        | columns
    )


@pytest.fixture
def photos() -> Make:
    """Return a maker of predictions on such items, right in about half of them."""

    def made(part: str, n: int, seed: int = 0, *, kind: str = "logits", **header: Any) -> Any:
        items = gathered_items(part, n, seed)
        truth = items["label"].str.slice(1).cast(pl.Int64).to_numpy()
        scores = np.random.default_rng([seed, n]).normal(size=(n, 6))
        scores[np.arange(n), truth] += 1.2
        if kind == "probabilities":
            scores = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
        counts = {f"s{one}": 60 for one in range(6)}
        facts = {"contender": "probe", "training_label_counts": counts} | header
        return Predictions(
            header=PredictionsHeader(score_kind=kind, split=part, **facts),
            items=items,
            label_space=LabelSpace(tuple(f"s{one}" for one in range(6))),
            scores=scores,
        )

    return made
