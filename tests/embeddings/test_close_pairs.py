import numpy as np
import pytest

from fieldmark.core.errors import StoreError
from fieldmark.embeddings import close_pairs as module
from fieldmark.embeddings.close_pairs import close_pairs


@pytest.mark.parametrize("count", [0, 1, 2, 60])
def test_pairs_are_those_of_a_slow_loop(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_ROWS", 7)
    monkeypatch.setattr(module, "_COLUMNS", 20)
    vectors = np.random.default_rng(count).normal(size=(count, 3)).astype(np.float32)
    units = vectors.astype(float) / np.linalg.norm(vectors.astype(float), axis=1, keepdims=True)
    cosines = units @ units.T
    expected = [[a, b] for a in range(count) for b in range(a + 1, count) if cosines[a, b] >= 0.9]
    pairs, found = close_pairs(vectors, at_least=0.9)
    assert pairs.tolist() == expected
    assert np.allclose(found, [cosines[a, b] for a, b in expected], atol=1e-6)


@pytest.mark.parametrize("at_least", [0, 1.1])
def test_a_cosine_out_of_range_is_refused(at_least: float) -> None:
    with pytest.raises(StoreError, match="Expected a cosine above 0 and at most 1"):
        close_pairs(np.eye(2, dtype=np.float32), at_least=at_least)


def test_embeddings_that_are_all_alike_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_PAIRS", 10)
    with pytest.raises(StoreError, match="these embeddings hardly tell images apart"):
        close_pairs(np.ones((9, 2), dtype=np.float32), at_least=0.9)
