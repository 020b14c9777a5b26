"""Trap 34: confusion counts were summed over epochs. The page counts each image once."""

import numpy as np
import polars as pl

from fieldmark.evaluation.evaluate import judge
from fieldmark.manifest.labels import LabelSpace
from fieldmark.predictions.header import PredictionsHeader
from fieldmark.predictions.table import Predictions
from fieldmark.report.confusions import confusion_of
from fieldmark.report.dossiers import dossier_of
from fieldmark.report.matrix_data import matrix_data

CLASSES = tuple("abcde")


def test_trap_34_no_class_has_more_mix_ups_than_images_wherever_the_page_counts_them() -> None:
    rng = np.random.default_rng(0)
    labels = [CLASSES[code] for code in rng.integers(5, size=300)]
    predictions = Predictions(
        PredictionsHeader(score_kind="logits", contender="probe", split="test"),
        pl.DataFrame({"id": [f"i{row}" for row in range(300)], "label": labels}),
        LabelSpace(CLASSES),
        rng.normal(size=(300, 5)),
    )
    judged = judge(predictions)
    confusion = confusion_of(predictions, judged.leaf)
    sizes = {name: labels.count(name) for name in CLASSES}
    assert confusion.counts.sum() == 300
    assert dict(zip(confusion.names, confusion.counts.sum(axis=1).tolist(), strict=True)) == sizes
    assert all(pair.count <= pair.of == sizes[pair.truth] for pair in confusion.pairs)
    cells = matrix_data([confusion], None)["tables"][0]["cells"]
    assert sum(cells[2::3]) == 300
    for name in CLASSES:
        dossier = dossier_of(predictions, judged, name)
        right = round((dossier.ranks[0].recall.value or 0) * dossier.images)
        assert right + sum(pair.count for pair in dossier.taken_for) == sizes[name]
