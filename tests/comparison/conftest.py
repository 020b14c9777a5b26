from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import polars as pl
import pytest

from fieldmark.manifest.labels import LabelSpace
from fieldmark.manifest.taxonomy import Taxonomy, build_taxonomy
from fieldmark.predictions.header import PredictionsHeader
from fieldmark.predictions.table import Predictions

Make = Callable[..., Predictions]
CONTRACT = {"resize_size": 256, "crop_size": 224, "mean": [0.485, 0.456, 0.406]}


@pytest.fixture
def contract() -> dict[str, Any]:
    """Return a preprocessing contract as headers hold it."""
    return dict(CONTRACT)


@pytest.fixture
def contender() -> Make:
    """Return a maker of tables from answers: the named class of each item gets the top score."""

    def made(
        name: str,
        labels: Sequence[str],
        given: Sequence[str],
        *,
        classes: Sequence[str] = ("a", "b", "c"),
        ids: Sequence[str] | None = None,
        groups: Sequence[str] | None = None,
        taxonomy: Taxonomy | None = None,
        **header: Any,
    ) -> Predictions:
        items = {"id": list(ids or (f"i{row}" for row in range(len(labels))))}
        items["label"] = list(labels)
        if groups is not None:
            items["group"] = list(groups)
        scores = np.zeros((len(labels), len(classes)))
        scores[np.arange(len(labels)), [list(classes).index(answer) for answer in given]] = 5.0
        facts = {"split": "test", "contract": CONTRACT} | header
        return Predictions(
            header=PredictionsHeader(score_kind="logits", contender=name, **facts),
            items=pl.DataFrame(items),
            label_space=LabelSpace(tuple(classes)),
            scores=scores,
            taxonomy=taxonomy,
        )

    return made


@pytest.fixture
def with_right(contender: Make) -> Make:
    """Return a maker of binary tables of which the items in ``right`` are answered rightly."""

    def made(name: str, n: int, right: Sequence[int], **fields: Any) -> Predictions:
        labels = ["a" if row % 2 else "b" for row in range(n)]
        other = {"a": "b", "b": "a"}
        inside = set(right)
        given = [label if row in inside else other[label] for row, label in enumerate(labels)]
        return contender(name, labels, given, classes=("a", "b"), **fields)

    return made


@pytest.fixture
def tree() -> Taxonomy:
    """Return two genera and three species a to c."""
    frame = pl.DataFrame({"genus": ["K", "K", "L"], "species": ["a", "b", "c"]})
    return build_taxonomy(frame, ("genus", "species"))
