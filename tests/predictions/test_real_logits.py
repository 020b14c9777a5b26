"""Logits of two published networks on 1,000 real photos."""

from pathlib import Path

import numpy as np
import pytest

from fieldmark.core.errors import PredictionsError
from fieldmark.predictions.importers import ImportOptions, import_predictions
from fieldmark.predictions.store import load_predictions
from fieldmark.predictions.summary import summarise
from fieldmark.predictions.table import Predictions, ScoreKind

LOGITS = Path(__file__).parents[3] / "shared" / "data" / "logits"
NETWORKS = ["mobilenetv2_100", "squeezenet1_0"]

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not LOGITS.is_dir(), reason="the real logits are not beside the checkout"),
]


def load(network: str, folder: Path) -> tuple[Predictions, Path]:
    source = LOGITS / f"imagenet_sample.{network}.npz"
    with np.load(source) as arrays:
        names = [str(name).split(".")[0] for name in arrays["image"]]
    (folder / "classes.txt").write_text("\n".join(names) + "\n")
    options = ImportOptions(
        scores="logits", id="image", label="label", class_names=folder / "classes.txt"
    )
    out = folder / network
    return import_predictions(source, kind=ScoreKind.LOGITS, out=out, options=options), source


@pytest.mark.parametrize("network", NETWORKS)
def test_real_logits_keep_every_value(network: str, tmp_path: Path) -> None:
    table, source = load(network, tmp_path)
    with np.load(source) as arrays:
        assert np.array_equal(table.scores, arrays["logits"])
        assert table.scores.dtype == arrays["logits"].dtype == np.float16
        assert table.ids.to_list() == arrays["image"].tolist()
        assert table.label_positions.tolist() == arrays["label"].tolist()
        expected = (arrays["logits"].argmax(1) == arrays["label"]).mean()
    assert summarise(table).right.mean() == expected
    assert load_predictions(tmp_path / network, verify=True) == table


def test_real_logits_without_class_names_say_what_there_is(tmp_path: Path) -> None:
    source = LOGITS / f"imagenet_sample.{NETWORKS[0]}.npz"
    with pytest.raises(
        PredictionsError, match=r"'scores'; there is none.*'image', 'label', 'logits'"
    ):
        import_predictions(source, kind=ScoreKind.LOGITS, out=tmp_path / "out")
    options = ImportOptions(scores="logits", id="image", label="label")
    with pytest.raises(PredictionsError, match=r"'classes'; there is none.*--class-names"):
        import_predictions(source, kind=ScoreKind.LOGITS, out=tmp_path / "out", options=options)


def test_logits_are_not_taken_for_probabilities(tmp_path: Path) -> None:
    table, source = load(NETWORKS[1], tmp_path)
    options = ImportOptions(
        scores="logits", id="image", label="label", class_names=tmp_path / "classes.txt"
    )
    kind = ScoreKind.PROBABILITIES
    with pytest.raises(PredictionsError, match=r"1,000 of 1,000 items|--kind logits"):
        import_predictions(source, kind=kind, out=tmp_path / "other", options=options)
    assert not (tmp_path / "other").exists()
    assert table.header.score_kind is ScoreKind.LOGITS
