"""Trap 8: a stock model over 2,786 classes set beside one over 2,829, as one accuracy each."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from fieldmark.cli.main import main
from fieldmark.manifest.labels import LabelSpace
from fieldmark.manifest.taxonomy import build_taxonomy
from fieldmark.predictions.header import PredictionsHeader
from fieldmark.predictions.store import save_predictions
from fieldmark.predictions.table import Predictions

OWN = [f"species {number:02}" for number in range(30)]
KNOWN, FOREIGN = OWN[:24], ["Amanita", "Boletus"]
PHOTOS = 300


@pytest.fixture
def stores(tmp_path: Path) -> list[str]:
    """Return the folders of a model of 30 species, and of a stock model of 24 of them and 2 more.

    Both name every fifth photo wrong; the stock model besides all photos of what it does not know.
    """
    tree = build_taxonomy(
        pl.DataFrame({"genus": [f"genus {n // 5}" for n in range(30)], "species": OWN}),
        ("genus", "species"),
    )
    labels = [OWN[row % 30] for row in range(PHOTOS)]
    items = pl.DataFrame({"id": [f"i{row}" for row in range(PHOTOS)], "label": labels})
    folders = []
    for name, classes, taxonomy in (("own", OWN, tree), ("stock", [*KNOWN[::-1], *FOREIGN], None)):
        right = [classes.index(label) if label in classes else 0 for label in labels]
        answers = [(best + (row % 25 < 5)) % len(classes) for row, best in enumerate(right)]
        header = PredictionsHeader(score_kind="logits", contender=name, split="test")
        scores = 5 * np.eye(len(classes))[answers]
        save_predictions(
            Predictions(header, items, LabelSpace(classes), scores, taxonomy), tmp_path / name
        )
        folders.append(str(tmp_path / name))
    return folders


def test_trap_08_a_stock_model_is_refused_with_what_restricting_would_leave(stores, capsys) -> None:
    assert main(["compare", *stores]) == 2
    said = capsys.readouterr().err
    assert "8 of 32 classes differ" in said
    assert "24 classes are common, with 240 of 300 items" in said
    assert "own alone has 6, stock alone 2" in said


def test_trap_08_over_the_common_classes_nobody_is_ahead(stores, capsys) -> None:
    assert main(["compare", *stores, "--classes", "common"]) == 0
    said = capsys.readouterr().out
    assert "not distinguishable" in said
    assert "240 of 300 items of own and 240 of 300 items of stock left" in said


def test_trap_08_at_a_coarser_rank_both_sum_the_common_classes(stores, capsys) -> None:
    assert main(["compare", *stores, "--classes", "common", "--rank", "genus"]) == 0
    said = capsys.readouterr().out
    assert "a name above the classes stands for its common classes alone (genus 5)" in said
    assert "the taxonomy of own places stock, which came without one" in said


def test_trap_08_the_report_shows_own_and_common_ground_apart(stores, tmp_path, capsys) -> None:
    out = tmp_path / "page"
    words = ["report", *stores, "--classes", "common", "--out", str(out), "--resamples", "200"]
    assert main(words) == 0
    assert "Restricted to 24 common classes" in capsys.readouterr().out
    text = (out / "index.html").read_text(encoding="utf-8")
    for classes in (30, 26, 24):
        assert f"{classes} classes to tell apart" in text
    assert "without 6 classes of its own and 60 items" in text
    assert "without 2 classes of its own and 60 items" in text
