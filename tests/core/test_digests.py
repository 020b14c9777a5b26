from pathlib import Path

import numpy as np
import pytest

from fieldmark.core.digests import digest_of, digest_of_array, digest_of_file, digest_of_strings


def test_key_order_does_not_count_but_values_do() -> None:
    assert digest_of({"a": 1, "b": 2}) == digest_of({"b": 2, "a": 1})
    assert digest_of({"a": 1}) != digest_of({"a": "1"})
    assert digest_of([1, 2]) != digest_of([2, 1])


def test_what_json_cannot_hold_is_refused() -> None:
    with pytest.raises(TypeError, match="not JSON serializable"):
        digest_of({"a": {1, 2}})
    with pytest.raises(ValueError, match="not JSON compliant"):
        digest_of(float("inf"))


def test_strings_are_told_apart_by_their_borders() -> None:
    assert digest_of_strings(["ab", ""]) != digest_of_strings(["a", "b"])
    assert digest_of_strings([]) != digest_of_strings([""])


@pytest.mark.parametrize("shape", [(), (0,), (1,), (5, 3), (700_000,), (3, 200_000)])
def test_an_array_is_told_by_dtype_shape_and_content(shape: tuple[int, ...]) -> None:
    array = np.zeros(shape)
    assert digest_of_array(array) == digest_of_array(array.copy())
    assert digest_of_array(array) != digest_of_array(array.astype(np.float32))
    assert digest_of_array(array) != digest_of_array(array[None])
    if array.size:
        changed = array.copy()
        changed[(-1,) * array.ndim] = 1
        assert digest_of_array(array) != digest_of_array(changed)


def test_memory_layout_does_not_count() -> None:
    array = np.arange(12.0).reshape(3, 4)
    assert digest_of_array(array) == digest_of_array(np.asfortranarray(array))


def test_a_file_is_told_by_its_bytes(tmp_path: Path) -> None:
    for name, content in (("a", b"x"), ("b", b"x"), ("c", b"y")):
        (tmp_path / name).write_bytes(content)
    assert digest_of_file(tmp_path / "a") == digest_of_file(tmp_path / "b")
    assert digest_of_file(tmp_path / "a") != digest_of_file(tmp_path / "c")
