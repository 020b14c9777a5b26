import numpy as np
import pytest

from fieldmark.synthetic.fungus_names import NameMaker


def test_names_never_repeat() -> None:
    names = NameMaker(np.random.default_rng(0))
    genera = [names.genus() for _ in range(3000)]
    assert len(set(genera)) == 3000
    species = [names.species("Amanita") for _ in range(300)]
    assert len(set(species)) == 300


def test_epithets_agree_with_their_genus() -> None:
    names = NameMaker(np.random.default_rng(1))
    for genus, ending in (("Amanita", "a"), ("Boletus", "us"), ("Lycoperdum", "um")):
        for _ in range(20):
            first, epithet = names.species(genus).split(" ")
            assert first == genus
            assert epithet.endswith(ending)
            assert epithet.isalpha()


@pytest.mark.parametrize(
    ("rank", "ending"),
    [("phylum", "mycota"), ("class", "omycetes"), ("order", "ales"), ("family", "aceae")],
)
def test_higher_names_end_as_their_rank_does(rank: str, ending: str) -> None:
    name = NameMaker(np.random.default_rng(2)).higher(rank)
    assert name.endswith(ending)
    assert name[0].isupper()


def test_the_same_generator_gives_the_same_names() -> None:
    one, other = (NameMaker(np.random.default_rng(3)) for _ in range(2))
    assert [one.genus() for _ in range(5)] == [other.genus() for _ in range(5)]
