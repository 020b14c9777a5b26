"""Raw cosines went through a softmax and were fused; the flat sweep was read as a finding."""

import numpy as np
import polars as pl

from fieldmark.decision.fusing import fit_fusion
from fieldmark.manifest.labels import LabelSpace
from fieldmark.predictions.header import PredictionsHeader
from fieldmark.predictions.table import Predictions
from fieldmark.synthetic.score_tables import draw_logits

CLASSES = tuple(f"species {number}" for number in range(10))


def table(name: str, scores: np.ndarray, kind: str) -> Predictions:
    """Return predictions on 500 photos."""
    truth = np.arange(500) % 10
    items = pl.DataFrame({"id": [f"{n}" for n in range(500)], "label": [CLASSES[t] for t in truth]})
    header = PredictionsHeader(score_kind=kind, contender=name, split="validation")
    return Predictions(header, items, LabelSpace(CLASSES), scores)


def logits(accuracy: float, seed: int) -> np.ndarray:
    """Return calibrated logits."""
    truth = np.arange(500) % 10
    return draw_logits(np.random.default_rng(seed), truth, classes=10, accuracy=accuracy)


def test_trap_07_cosines_are_calibrated_before_they_are_heard() -> None:
    """Cosines differ by hundredths, so that their plain softmax says nothing at all."""
    trained, text = logits(0.7, 1), logits(0.65, 2)
    cosines = 0.2 + 0.01 * text
    fusion = fit_fusion(
        table("net", trained, "logits"), table("clip", np.clip(cosines, -1, 1), "similarities")
    )
    assert float(np.max(fusion.calibrators[1].parameters["temperature"])) < 0.02
    assert fusion.entropies[1] < 0.8
    assert fusion.is_kept


def test_trap_07_a_flat_sweep_is_said_to_be_flat() -> None:
    same = logits(0.7, 1)
    fusion = fit_fusion(table("net", same, "logits"), table("copy", 3 * same, "logits"))
    assert fusion.plateau is not None
    assert fusion.plateau.is_flat
    assert any("The sweep is flat" in sentence for sentence in fusion.sentences())
    assert not fusion.is_kept


def test_trap_07_the_entropy_of_each_source_is_said() -> None:
    flat = np.full((500, 10), 0.1)
    fusion = fit_fusion(
        table("net", logits(0.7, 1), "logits"), table("mute", flat, "probabilities")
    )
    assert fusion.entropies[1] > 0.999
    assert any("mute 1.00" in sentence for sentence in fusion.sentences())
