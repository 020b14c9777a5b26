from typing import Any

import numpy as np
import pytest

from fieldmark.core.errors import ManifestError, StoreError
from fieldmark.embeddings.table import EmbeddingSet, as_json

VECTORS = np.arange(6, dtype=np.float32).reshape(3, 2)


def make(**changes: Any) -> EmbeddingSet:
    parts = {
        "ids": ("a", "b", "c"),
        "vectors": VECTORS,
        "contract": {"mean": (0.5, 0.5, 0.5)},
        "tap": {"tap": "pooled"},
        "excluded": ("z",),
    }
    return EmbeddingSet(**(parts | changes))


def test_the_vectors_are_read_only() -> None:
    with pytest.raises(ValueError, match="read-only"):
        make().vectors[0, 0] = 1.0


def test_tuples_of_the_contract_become_lists_as_json_holds_them() -> None:
    assert make().contract == {"mean": [0.5, 0.5, 0.5]}
    assert make() == make(contract={"mean": [0.5, 0.5, 0.5]})


def test_the_contract_is_a_copy() -> None:
    contract = {"crop_size": 8}
    embeddings = make(contract=contract)
    contract["crop_size"] = 9
    assert embeddings.contract == {"crop_size": 8}


@pytest.mark.parametrize(
    "change",
    [
        {"ids": ("a", "c", "b")},
        {"vectors": VECTORS + 1},
        {"contract": {"mean": (0.4, 0.5, 0.5)}},
        {"tap": {"tap": "class_token"}},
        {"excluded": ()},
    ],
)
def test_every_part_counts_for_equality_and_digest(change: dict[str, Any]) -> None:
    assert make() == make()
    assert hash(make()) == hash(make())
    assert make(**change) != make()
    assert make(**change).digest != make().digest


def test_it_differs_from_anything_else() -> None:
    assert make() != "an embedding set"


def test_contract_and_tap_have_digests_of_their_own() -> None:
    other = make(tap={"tap": "class_token"})
    assert other.contract_digest == make().contract_digest
    assert other.tap_digest != make().tap_digest


def test_select_orders_rows_and_keeps_what_was_excluded() -> None:
    chosen = make().select(["c", "a"])
    assert chosen.ids == ("c", "a")
    assert chosen.vectors.tolist() == [[4.0, 5.0], [0.0, 1.0]]
    assert chosen.excluded == ("z",)


def test_select_of_nothing_is_empty_with_the_same_width() -> None:
    chosen = make().select([])
    assert len(chosen) == 0
    assert chosen.width == 2


def test_select_names_ids_without_a_vector() -> None:
    message = r"among the 3 embedded images; 2 have no embedding: 'z', 'y' \(1 images were excluded"
    with pytest.raises(ManifestError, match=message):
        make().select(["a", "z", "y"])


def test_it_says_in_one_line_what_it_holds() -> None:
    assert repr(make()) == "EmbeddingSet(3 images, 2 values each, 1 excluded)"


def test_repeated_ids_are_refused() -> None:
    with pytest.raises(StoreError, match="Expected each id once; 1 of 3 are repeated"):
        make(ids=("a", "b", "a"))


def test_an_id_that_is_both_there_and_excluded_is_refused() -> None:
    with pytest.raises(StoreError, match="either embedded or excluded; 1 id are both: 'b'"):
        make(excluded=("b",))


@pytest.mark.parametrize(
    "vectors",
    [
        VECTORS.astype(np.float64),
        VECTORS[:2],
        VECTORS[:, 0],
        VECTORS[:, :0],
    ],
)
def test_vectors_of_another_shape_or_dtype_are_refused(vectors: np.ndarray) -> None:
    with pytest.raises(StoreError, match=r"Expected float32 vectors of shape \(3, width\); got"):
        make(vectors=vectors)


def test_vectors_that_are_not_finite_are_refused_by_id() -> None:
    broken = VECTORS.copy()
    broken[1, 0], broken[2, 1] = np.nan, np.inf
    with pytest.raises(StoreError, match=r"2 of 3 images have NaN or infinite .*first: 'b', 'c'"):
        make(vectors=broken)


def test_a_contract_that_json_cannot_hold_is_refused() -> None:
    with pytest.raises(StoreError, match="The preprocessing contract must be what JSON can hold"):
        make(contract={"size": {1, 2}})
    with pytest.raises(StoreError, match="The tap must be what JSON can hold"):
        as_json({"x": float("nan")}, "tap")
