"""Trap 31: embeddings collapsed, cosines were 0.997 everywhere, and a threshold of 0.7 took all."""

import numpy as np
import polars as pl
import pytest

from fieldmark.core.errors import DecisionError
from fieldmark.decision.decide import decide
from fieldmark.decision.pair_calibrator import PAIR_KINDS, fit_pair_calibrator
from fieldmark.decision.policy import NeymanPearson
from fieldmark.manifest.labels import LabelSpace
from fieldmark.predictions.table import Predictions, PredictionsHeader


def collapsed(n: int, *, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return cosines that tell nothing, and whether the pair matches: one in ten."""
    rng = np.random.default_rng(seed)
    return rng.normal(0.997, 0.0005, size=n), rng.random(n) < 0.1


@pytest.mark.parametrize("kind", PAIR_KINDS)
def test_trap_31_a_threshold_of_seven_tenths_accepts_nothing_that_is_not_known(kind):
    cosine, same = collapsed(20_000, seed=0)
    found = fit_pair_calibrator(cosine, same, kind=kind)
    new_cosine, new_same = collapsed(20_000, seed=1)
    assert (new_cosine >= 0.7).all()
    probability = found.probability_same(new_cosine)
    assert (probability >= 0.7).mean() < 0.002
    assert probability.mean() == pytest.approx(new_same.mean(), abs=0.01)


def test_trap_31_a_decision_refuses_similarities_that_were_not_calibrated():
    def table(part: str, *, seed: int) -> Predictions:
        rng = np.random.default_rng(seed)
        same = rng.random(800) < 0.5
        cosine = 0.997 + 0.001 * rng.normal(size=(800, 2))
        cosine[np.arange(800), same.astype(int)] += 0.001
        return Predictions(
            PredictionsHeader(score_kind="similarities", contender="embedder", split=part),
            pl.DataFrame(
                {
                    "id": [f"{part}-{i}" for i in range(800)],
                    "label": ["same" if one else "different" for one in same],
                }
            ),
            LabelSpace(("different", "same")),
            cosine,
        )

    fit, report = table("calibration", seed=0), table("test", seed=1)
    policy = NeymanPearson(positive="same", target_recall=0.9)
    with pytest.raises(DecisionError, match=r"a threshold means nothing\. Name a calibrator"):
        decide(fit, report, policy)
    calibrated = policy.model_copy(update={"calibrator": "temperature"})
    found = decide(fit, report, calibrated)
    score = found.items["score"].to_numpy()
    same = found.items["positive"].to_numpy()
    for low in (0.2, 0.4, 0.6):
        inside = (score >= low) & (score < low + 0.2)
        assert same[inside].mean() == pytest.approx(score[inside].mean(), abs=0.12)
