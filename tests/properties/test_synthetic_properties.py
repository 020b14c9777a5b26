import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldmark.synthetic.fungi import RANKS, grow_fungi
from fieldmark.synthetic.fungus_traits import TRAITS, decode, individual
from fieldmark.synthetic.habitats import HABITATS
from fieldmark.synthetic.render import draw_photo
from fieldmark.synthetic.score_tables import draw_scores, expected_accuracy, separation_for

UNIT = st.floats(0, 1, allow_nan=False)


@settings(max_examples=40)
@given(st.integers(1, 60), st.integers(0, 1000))
def test_any_kingdom_is_a_tree_with_unique_names(species: int, seed: int) -> None:
    fungi = grow_fungi(np.random.default_rng(seed), species=species)
    assert len({one.path[-1] for one in fungi}) == len(fungi) == species
    for rank in range(1, len(RANKS)):
        parents = {one.path[rank]: one.path[rank - 1] for one in fungi}
        assert all(parents[one.path[rank]] == one.path[rank - 1] for one in fungi)
    assert fungi == grow_fungi(np.random.default_rng(seed), species=species)


@settings(max_examples=40)
@given(
    st.lists(UNIT, min_size=len(TRAITS), max_size=len(TRAITS)),
    st.integers(0, 1000),
    st.sampled_from(HABITATS),
    st.integers(16, 48),
)
def test_any_traits_can_be_photographed(
    values: list[float], seed: int, habitat: str, size: int
) -> None:
    traits = individual(np.random.default_rng(seed), decode(np.array(values)))
    one, again = (
        draw_photo(np.random.default_rng(seed), traits, habitat=habitat, size=size) for _ in "ab"
    )
    assert one.size == (size, size)
    assert one.tobytes() == again.tobytes()


@given(st.integers(2, 500), st.floats(0, 6), st.floats(0.01, 2))
def test_more_separation_is_more_accuracy(classes: int, separation: float, more: float) -> None:
    low = expected_accuracy(separation, classes=classes)
    high = expected_accuracy(separation + more, classes=classes)
    assert 1 / classes - 1e-9 <= low <= high <= 1


@given(st.integers(2, 200), st.floats(0.01, 0.99))
def test_separation_inverts_accuracy(classes: int, position: float) -> None:
    accuracy = 1 / classes + position * (1 - 1 / classes)
    separation = separation_for(accuracy, classes=classes)
    assert expected_accuracy(separation, classes=classes) == pytest.approx(accuracy, abs=1e-9)


@given(
    st.lists(st.integers(0, 4), max_size=20),
    st.floats(0.25, 0.95),
    st.floats(0.1, 5),
    st.integers(0, 99),
)
def test_scores_are_probabilities_whose_order_temperature_leaves(
    labels: list[int], accuracy: float, temperature: float, seed: int
) -> None:
    truth = np.array(labels, dtype=np.int64)
    plain, warm = (
        draw_scores(
            np.random.default_rng(seed), truth, classes=5, accuracy=accuracy, temperature=degree
        )
        for degree in (1.0, temperature)
    )
    assert plain.shape == (len(labels), 5)
    assert (plain >= 0).all()
    assert np.allclose(warm.sum(axis=1), 1)
    assert (plain.argmax(axis=1) == warm.argmax(axis=1)).all()
