from dataclasses import astuple

import numpy as np

from fieldmark.synthetic.fungus_traits import RANKS, TRAITS, decode, individual, inherit


def test_traits_stay_between_0_and_1() -> None:
    generator = np.random.default_rng(0)
    values = np.full(len(TRAITS), 0.02)
    for _ in range(200):
        values = inherit(generator, values, rank="phylum", siblings=[])
        assert values.min() >= 0
        assert values.max() <= 1


def test_drift_shrinks_from_rank_to_rank() -> None:
    generator = np.random.default_rng(0)
    parent = np.full(len(TRAITS), 0.5)
    drifts = [
        np.mean(
            [np.abs(inherit(generator, parent, rank=rank, siblings=[]) - parent) for _ in range(50)]
        )
        for rank in RANKS
    ]
    assert drifts[0] > drifts[2] > drifts[5] > 0


def test_pores_or_gills_are_settled_above_the_genus() -> None:
    generator = np.random.default_rng(0)
    parent = np.full(len(TRAITS), 0.5)
    child = inherit(generator, parent, rank="species", siblings=[])
    assert child[TRAITS.index("pores")] == 0.5


def test_siblings_are_kept_apart() -> None:
    parent = np.full(len(TRAITS), 0.5)

    def distance(*, aware: bool) -> float:
        generator = np.random.default_rng(0)
        found = []
        for _ in range(100):
            first = inherit(generator, parent, rank="species", siblings=[])
            second = inherit(generator, parent, rank="species", siblings=[first] if aware else [])
            found.append(np.abs(first - second).sum())
        return float(np.mean(found))

    assert distance(aware=True) > 1.1 * distance(aware=False)


def test_individuals_differ_little_and_never_in_what_is_there_or_not() -> None:
    generator = np.random.default_rng(0)
    typical = decode(np.full(len(TRAITS), 0.5))
    one, other = individual(generator, typical), individual(generator, typical)
    assert one != other
    assert one.ring == other.ring == 0.5
    assert one.spots == one.bands == one.stripes == one.volva == one.pores == 0.5
    assert np.abs(np.array(astuple(one)) - 0.5).max() < 0.4


def test_the_parent_is_not_changed() -> None:
    parent = np.full(len(TRAITS), 0.5)
    inherit(np.random.default_rng(0), parent, rank="genus", siblings=[])
    assert (parent == 0.5).all()
