"""An invented kingdom: a tree of fungi that look like their relatives, and photographs of them."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from fieldmark.core.errors import FieldmarkError, StoreError
from fieldmark.core.progress import Progress, SilentProgress
from fieldmark.core.randomness import generator_for
from fieldmark.core.storage import atomic_directory
from fieldmark.synthetic.fungus_names import NameMaker
from fieldmark.synthetic.fungus_traits import (
    RANKS,
    TRAITS,
    FungusTraits,
    decode,
    individual,
    inherit,
)
from fieldmark.synthetic.habitats import HABITATS

COLUMNS = ("id", "path", *RANKS, "observation", "split", "habitat", "month", "poisonous")
_CHILDREN = {"genus": 4.0, "family": 2.0, "order": 1.6, "class": 1.5, "phylum": 2.0}
_JPEG_QUALITY = 90
_SMALLEST = 16


@dataclass(frozen=True, slots=True)
class FungusSpecies:
    """A species: where it stands in the tree, and what it looks like.

    Attributes:
        path: its names, from phylum to species.
        traits: of the typical individual.
    """

    path: tuple[str, ...]
    traits: FungusTraits

    @property
    def poisonous(self) -> bool:
        """Whether it is poisonous."""
        return self.traits.toxicity > 0.5


@dataclass(frozen=True, slots=True)
class _Node:
    path: tuple[str, ...]
    values: npt.NDArray[np.float64]


def grow_fungi(generator: np.random.Generator, *, species: int) -> tuple[FungusSpecies, ...]:
    """Return the species of an invented tree with six ranks; relatives look alike.

    Args:
        generator: where names and traits come from.
        species: how many; at least 1.

    Raises:
        FieldmarkError: fewer than one species is asked for.

    Example:
        >>> fungi = grow_fungi(np.random.default_rng(0), species=12)
        >>> len({one.path for one in fungi}), len({one.path[4] for one in fungi})
        (12, 3)
    """
    if species < 1:
        raise FieldmarkError(f"Expected at least one species; got {species}.")
    names = NameMaker(generator)
    counts = _node_counts(species)
    level = [_Node((), np.full(len(TRAITS), 0.45))]
    for rank in RANKS:
        grown: list[_Node] = []
        for parent, share in zip(level, _shares(generator, counts[rank], len(level)), strict=True):
            siblings: list[npt.NDArray[np.float64]] = []
            for _ in range(share):
                siblings.append(inherit(generator, parent.values, rank=rank, siblings=siblings))
                grown.append(_Node((*parent.path, _name(names, rank, parent)), siblings[-1]))
        level = grown
    return tuple(FungusSpecies(node.path, decode(node.values)) for node in level)


def write_fungi(
    folder: Path,
    *,
    species: int,
    observations: int,
    size: int,
    seed: int,
    progress: Progress | None = None,
) -> Path:
    """Write photographs and the manifest of an invented kingdom; return the manifest's path.

    Each observation is one individual with one to three photographs, and lies whole in one part of
    the split (about 60 % train, 20 % validation, 20 % test). The same arguments give the same
    bytes.

    Args:
        folder: where to write ``images/`` and ``manifest.csv``; it must be absent or empty.
        species: how many species; at least 1.
        observations: how many observations of each species; at least 1.
        size: pixels of each side of the photographs; at least 16.
        seed: which kingdom.
        progress: who hears how far it is; nobody when None.

    Raises:
        StoreError: the folder holds something already.
        FieldmarkError: a number is too small.
    """
    if observations < 1 or size < _SMALLEST:
        raise FieldmarkError(
            f"Expected at least one observation and {_SMALLEST} pixels; got {observations} "
            f"observations and {size} pixels."
        )
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise StoreError(f"Expected an empty or absent folder; {folder} is not. Choose another.")
    kinds = grow_fungi(generator_for("fungi", seed), species=species)
    plans = _observations(kinds, observations, seed)
    with (
        atomic_directory(folder) as draft,
        (progress or SilentProgress()).step("draw fungi", len(plans)) as step,
        (draft / "manifest.csv").open("w", encoding="utf-8", newline="") as stream,
    ):
        (draft / "images").mkdir()
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(COLUMNS)
        for plan in plans:
            writer.writerows(_photograph(draft, plan, size=size, seed=seed))
            step.advance()
    return folder / "manifest.csv"


@dataclass(frozen=True, slots=True)
class _Observation:
    number: int
    kind: FungusSpecies
    part: str


def _observations(
    kinds: tuple[FungusSpecies, ...], observations: int, seed: int
) -> list[_Observation]:
    """Return all observations, mixed, with the part of each."""
    validation = test = max(round(observations * 0.2), int(observations > 2))
    parts = ["test"] * test + ["validation"] * validation
    parts += ["train"] * (observations - len(parts))
    listed = [(kind, part) for kind in kinds for part in parts]
    order = generator_for("fungi observations", seed).permutation(len(listed))
    return [_Observation(number, *listed[place]) for number, place in enumerate(order, start=1)]


def _photograph(
    draft: Path, plan: _Observation, *, size: int, seed: int
) -> Iterator[tuple[str | int, ...]]:
    """Write the photographs of one observation, and yield their rows."""
    from fieldmark.synthetic.render import draw_photo

    generator = generator_for("fungus", seed, plan.number)
    traits = individual(generator, plan.kind.traits)
    habitat = _habitat(generator, traits)
    month = int(np.clip(round(generator.normal(6.5 + 4 * traits.season, 0.9)), 3, 12))
    for photo in range(1, int(generator.integers(1, 4)) + 1):
        name = f"obs{plan.number:05d}-{photo}"
        path = f"images/{name}.jpg"
        image = draw_photo(generator, traits, habitat=habitat, size=size)
        image.save(draft / path, quality=_JPEG_QUALITY)
        known = (f"obs{plan.number:05d}", plan.part, habitat, month, int(plan.kind.poisonous))
        yield name, path, *plan.kind.path, *known


def _habitat(generator: np.random.Generator, traits: FungusTraits) -> str:
    position = traits.habitat + generator.normal(0, 0.16)
    return HABITATS[int(np.clip(position * len(HABITATS), 0, len(HABITATS) - 1))]


def _name(names: NameMaker, rank: str, parent: _Node) -> str:
    if rank == "species":
        return names.species(parent.path[-1])
    return names.genus() if rank == "genus" else names.higher(rank)


def _node_counts(species: int) -> dict[str, int]:
    counts = {"species": species}
    for rank in reversed(RANKS[:-1]):
        below = min(counts.values())
        counts[rank] = max(round(below / _CHILDREN[rank]), min(below, 2))
    return counts


def _shares(generator: np.random.Generator, children: int, parents: int) -> list[int]:
    """Return how many children each parent has: at least one, the rest by chance."""
    extra = generator.multinomial(children - parents, np.full(parents, 1 / parents))
    return [1 + int(more) for more in extra]
