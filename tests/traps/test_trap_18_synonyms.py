"""Trap 18: names were merged between two runs, and their numbers set side by side."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from fieldmark.comparison.verdict import compare
from fieldmark.core.errors import NotComparableError
from fieldmark.manifest.renaming import apply_synonyms
from fieldmark.manifest.sources import ManifestColumns, manifest_of
from fieldmark.manifest.synonyms import Synonyms
from fieldmark.manifest.table import Manifest
from fieldmark.manifest.text_tables import TextTable
from fieldmark.predictions.header import PredictionsHeader
from fieldmark.predictions.table import Predictions

SPECIES = ["Agaricus muscarius", "Amanita muscaria", "Boletus edulis"]


def manifest(*, merged: bool) -> Manifest:
    ids = [f"i{place}" for place in range(30)]
    rows = {"id": ids, "path": ids, "species": [SPECIES[place % 3] for place in range(30)]}
    table = TextTable(Path("t.csv"), pl.DataFrame(rows), pl.Series(range(30)), "line")
    if merged:
        synonyms = Synonyms("s.csv", {None: {SPECIES[0]: SPECIES[1]}})
        table, _ = apply_synonyms(table, ("species",), synonyms)
    return manifest_of(table, columns=ManifestColumns(label="species"), images=Path("x"))


def predicted(images: Manifest, name: str) -> Predictions:
    from fieldmark.manifest.labels import LabelSpace

    space = LabelSpace(images.label_names)
    return Predictions(
        PredictionsHeader(score_kind="logits", contender=name, label_version=images.label_version),
        images.frame.select("id", "label"),
        space,
        np.eye(len(space))[space.positions(images.labels.to_list())],
    )


def test_trap_18_merged_names_are_another_version_and_not_compared_silently() -> None:
    before, after = manifest(merged=False), manifest(merged=True)
    assert before.label_version != after.label_version
    assert before.label_version == manifest(merged=False).label_version
    with pytest.raises(NotComparableError, match=r"1 of 3 classes differ \(first: 'Agaricus musc"):
        compare(predicted(before, "old names"), predicted(after, "accepted names"))
    same = compare(predicted(after, "a"), predicted(after, "b"))
    assert not any("label version" in note for note in same.notes)
