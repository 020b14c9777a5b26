"""Queries that are forced choices between look-alikes at one address, with a known d'.

Each identity of a query's group is seen with normal noise of unit variance, the right one d'
higher; so a query among m candidates is right with the probability of an m-alternative forced
choice. Identities of other groups lie further away by a fixed step.

Source: Hacker and Ratcliff (1979), "A revised table of d' for M-alternative forced choice".
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

_METRES_PER_DEGREE = 111_195.0
_BLOCK_METRES = 500.0
_STREET = 200
_ORIGIN = (52.0, 13.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class RankingShape:
    """How many of what, and how well they are told apart.

    Attributes:
        d_prime: distance of the right identity in standard deviations.
        candidates: number of identities of each group, each at least 1.
        queries_per_identity: at least 1.
        photos_per_identity: enrolled photos, at least 1; the best of them carries the evidence.
        group_spread: standard deviation of d' between groups; 0 makes queries independent.
        other_groups: by how much identities of other groups lie lower; infinite is not possible.
        new_share: share of identities without a photo in the gallery, in [0, 1).
        sessions: number of visits over which photos are spread, at least 1.
        position_metres: standard deviation of the position of each photo.

    Raises:
        ValueError: a number is out of range.
    """

    d_prime: float
    candidates: tuple[int, ...]
    queries_per_identity: int = 3
    photos_per_identity: int = 1
    group_spread: float = 0.0
    other_groups: float = 10.0
    new_share: float = 0.0
    sessions: int = 2
    position_metres: float = 5.0

    def __post_init__(self) -> None:
        counts = (*self.candidates, self.queries_per_identity, self.photos_per_identity)
        if not self.candidates or min(*counts, self.sessions) < 1:
            raise ValueError("Expected at least one group, candidate, query, photo and session.")
        if not 0 <= self.new_share < 1 or not np.isfinite(self.other_groups):
            raise ValueError(
                f"Expected a share of new identities in [0, 1) and a finite step to other groups; "
                f"got {self.new_share} and {self.other_groups}."
            )


@dataclass(frozen=True, eq=False, slots=True)
class DrawnRankings:
    """What a generator made.

    Attributes:
        queries: columns id, identity, group, session, latitude and longitude.
        gallery: the same of the enrolled photos.
        similarities: float64 (n_queries, n_gallery).
    """

    queries: pl.DataFrame
    gallery: pl.DataFrame
    similarities: npt.NDArray[np.float64]


def draw_rankings(generator: np.random.Generator, shape: RankingShape) -> DrawnRankings:
    """Return queries, a gallery and their similarities.

    Args:
        generator: where everything random comes from.
        shape: how many of what.

    Raises:
        ValueError: every identity came out as new.

    Example:
        >>> shape = RankingShape(d_prime=1.35, candidates=(2, 5))
        >>> drawn = draw_rankings(np.random.default_rng(0), shape)
        >>> drawn.similarities.shape, drawn.queries["group"].unique().sort().to_list()
        ((21, 7), ['address 0', 'address 1'])
    """
    sizes = np.array(shape.candidates)
    group = np.repeat(np.arange(len(sizes)), sizes)
    enrolled = np.flatnonzero(generator.random(len(group)) >= shape.new_share)
    if not enrolled.size:
        raise ValueError("Expected at least one enrolled identity; all came out as new.")
    of_query = np.repeat(np.arange(len(group)), shape.queries_per_identity)
    of_photo = np.repeat(enrolled, shape.photos_per_identity)
    skill = shape.d_prime + shape.group_spread * generator.standard_normal(len(sizes))
    evidence = generator.standard_normal((len(of_query), len(enrolled)))
    evidence -= shape.other_groups * (group[of_query, None] != group[enrolled])
    evidence += skill[group[of_query], None] * (of_query[:, None] == enrolled)
    similarities = np.repeat(evidence, shape.photos_per_identity, axis=1)
    if shape.photos_per_identity > 1:
        similarities -= _behind_the_best(generator, shape.photos_per_identity, evidence.shape)
    queries, gallery = (
        _photos(generator, rows, group=group, shape=shape, side=side)
        for rows, side in ((of_query, "query"), (of_photo, "photo"))
    )
    return DrawnRankings(queries, gallery, similarities)


def _behind_the_best(
    generator: np.random.Generator, photos: int, shape: tuple[int, int]
) -> npt.NDArray[np.float64]:
    """Return by how much each photo is less similar than the best of its identity."""
    behind = generator.standard_exponential((*shape, photos))
    best = generator.integers(photos, size=shape)
    np.put_along_axis(behind, best[:, :, None], 0.0, axis=2)
    return behind.reshape(shape[0], -1)


def _photos(
    generator: np.random.Generator,
    identity: npt.NDArray[np.int64],
    *,
    group: npt.NDArray[np.int64],
    shape: RankingShape,
    side: str,
) -> pl.DataFrame:
    of_photo = group[identity]
    blocks = np.stack([of_photo // _STREET, of_photo % _STREET]) * _BLOCK_METRES
    metres = blocks + shape.position_metres * generator.standard_normal(blocks.shape)
    latitude = _ORIGIN[0] + metres[0] / _METRES_PER_DEGREE
    narrowing = np.cos(np.radians(_ORIGIN[0]))
    return pl.DataFrame(
        {
            "id": [f"{side} {number}" for number in range(len(identity))],
            "identity": [f"tree {number}" for number in identity.tolist()],
            "group": [f"address {number}" for number in of_photo.tolist()],
            "session": [
                f"visit {number}"
                for number in generator.integers(shape.sessions, size=len(identity)).tolist()
            ],
            "latitude": latitude,
            "longitude": _ORIGIN[1] + metres[1] / (_METRES_PER_DEGREE * narrowing),
        }
    )
