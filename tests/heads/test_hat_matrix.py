import numpy as np
import pytest
from sklearn.linear_model import Ridge

from fieldmark.core.errors import ManifestError
from fieldmark.heads.hat_matrix import leave_group_out_path, ridge_leave_group_out, spectrum_of


def fitted_again(
    vectors: np.ndarray, targets: np.ndarray, groups: np.ndarray, penalty: float
) -> np.ndarray:
    found = np.empty_like(targets)
    for group in np.unique(groups):
        out = groups == group
        found[out] = Ridge(penalty).fit(vectors[~out], targets[~out]).predict(vectors[out])
    return found


@pytest.mark.parametrize("shape", [(60, 9), (30, 50)])
@pytest.mark.parametrize("penalty", [0.1, 30.0])
def test_leaving_out_equals_fitting_again(shape: tuple[int, int], penalty: float) -> None:
    generator = np.random.default_rng(0)
    vectors = generator.normal(loc=3, scale=2, size=shape)
    targets, groups = generator.normal(size=(shape[0], 3)), generator.integers(7, size=shape[0])
    expected = fitted_again(vectors, targets, groups, penalty)
    found = ridge_leave_group_out(vectors, targets, groups, penalty)
    assert found == pytest.approx(expected, abs=1e-10)
    spectrum = spectrum_of(vectors - vectors.mean(axis=0))
    (of_path,) = leave_group_out_path(spectrum, targets, groups, np.array([penalty]))
    assert of_path == pytest.approx(expected, abs=1e-10)


@pytest.mark.parametrize(
    ("targets", "groups", "penalty", "message"),
    [
        (3, 4, 1.0, "got 4 vectors, 3 targets and 4 groups"),
        (4, 0, 1.0, "at least two groups to leave one out; got 1 group"),
        (4, 4, 0.0, "Expected a penalty above 0; got 0.0"),
        (4, 4, float("nan"), "Expected a penalty above 0; got nan"),
    ],
)
def test_what_cannot_be_left_out_is_refused(
    targets: int, groups: int, penalty: float, message: str
) -> None:
    codes = np.arange(groups) if groups else np.zeros(4, np.int64)
    with pytest.raises(ManifestError, match=message):
        ridge_leave_group_out(np.ones((4, 2)), np.ones((targets, 1)), codes, penalty)
