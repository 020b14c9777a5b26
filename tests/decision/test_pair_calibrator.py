import json

import numpy as np
import pytest

from fieldmark.core.errors import PredictionsError
from fieldmark.decision.pair_calibrator import (
    PAIR_KINDS,
    fit_pair_calibrator,
    pair_calibrator_from_dict,
)


@pytest.mark.parametrize("kind", PAIR_KINDS)
def test_the_probability_is_the_share_that_matches(kind):
    rng = np.random.default_rng(0)
    same = rng.random(20_000) < 0.3
    similarity = rng.normal(np.where(same, 0.8, 0.5), 0.1)
    found = fit_pair_calibrator(similarity, same, kind=kind, fitted_on="validation")
    probability = found.probability_same(similarity)
    for low in np.arange(0.0, 1.0, 0.2):
        inside = (probability >= low) & (probability < low + 0.2)
        if inside.sum() > 300:
            assert same[inside].mean() == pytest.approx(probability[inside].mean(), abs=0.05)
    assert (found.same, found.different) == (int(same.sum()), int((~same).sum()))
    assert found.fitted_on == "validation"


@pytest.mark.parametrize("kind", PAIR_KINDS)
def test_it_survives_json_and_keeps_the_shape(kind):
    found = fit_pair_calibrator([0.1, 0.6, 0.4, 0.9], [0, 0, 1, 1], kind=kind)
    again = pair_calibrator_from_dict(json.loads(json.dumps(found.to_dict())))
    assert again == found
    assert again.digest == found.digest
    assert found.probability_same(np.zeros((3, 2))).shape == (3, 2)


def test_refusals():
    with pytest.raises(PredictionsError, match="Unknown pair calibrator 'platt'"):
        fit_pair_calibrator([0.1], [True], kind="platt")
    with pytest.raises(PredictionsError, match="one similarity and one truth for each pair"):
        fit_pair_calibrator([0.1, 0.2], [True])
    with pytest.raises(PredictionsError, match="1 of 2 are NaN or infinite"):
        fit_pair_calibrator([0.1, np.nan], [True, False])
    with pytest.raises(PredictionsError, match=r"2 of 2 match\. Add pairs of the other sort"):
        fit_pair_calibrator([0.1, 0.2], [True, True])
    with pytest.raises(PredictionsError, match="not a stored pair calibrator"):
        pair_calibrator_from_dict({"kind": "isotonic"})
