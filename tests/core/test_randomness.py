import numpy as np
import pytest

from fieldmark.core.randomness import generator_for, seed_for


def test_the_same_key_gives_the_same_stream() -> None:
    first, second = (generator_for("split", 3).random(5) for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_keys_are_told_apart() -> None:
    keys = [("a", 1), ("a", 2), ("a", "1"), ("a1",), ("a", 1, 1), (1, "a")]
    assert len({seed_for(*key) for key in keys}) == len(keys)


def test_global_state_is_left_alone() -> None:
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    generator_for("anything").random()
    np.testing.assert_array_equal(before, np.random.get_state()[1])  # noqa: NPY002


def test_an_empty_key_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one key"):
        generator_for()
