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


@pytest.fixture
def make() -> Make:
    """Return a maker of small tables; ids are i0, i1, ..., classes a, b, ... unless given."""

    def made(
        scores: Any,
        labels: Sequence[str],
        *,
        kind: str = "logits",
        classes: Sequence[str] | None = None,
        header: dict[str, Any] | None = None,
        ids: Sequence[str] | None = None,
        **fields: Any,
    ) -> Predictions:
        array = np.asarray(scores)
        names = classes or [chr(ord("a") + column) for column in range(array.shape[1])]
        return Predictions(
            header=PredictionsHeader(score_kind=kind, contender="probe", **(header or {})),
            items=pl.DataFrame(
                {"id": ids or [f"i{row}" for row in range(len(labels))], "label": list(labels)}
            ),
            label_space=LabelSpace(tuple(names)),
            scores=array,
            **fields,
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
