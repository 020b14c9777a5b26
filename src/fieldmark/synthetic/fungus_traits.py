"""Traits of invented fungi, and how they are inherited down the ranks.

Every trait is a number from 0 to 1. Traits that are there or not follow a threshold model: above
one half they are there. A child has its parent's numbers plus a drift, which is large where the
trait varies between the nodes of that rank and zero where it is fixed.
"""

from dataclasses import astuple, dataclass, fields

import numpy as np
import numpy.typing as npt

RANKS = ("phylum", "class", "order", "family", "genus", "species")
_SIBLING_DRAWS = 6


@dataclass(frozen=True, slots=True)
class FungusTraits:
    """What a fungus looks like; each number from 0 to 1.

    Attributes:
        cap_radius: narrow to broad.
        cap_height: flat to tall.
        cap_roundness: conical over domed to flat-topped.
        cap_umbo: above one half the cap has a boss in its middle, the more the higher.
        cap_colour: along red, rust, chestnut, ochre, yellow, olive, grey, lilac, cream.
        cap_lightness: dark to light.
        stem_height: short to tall.
        stem_width: slender to stout.
        stem_bulb: straight to bulbous at the base.
        flesh_colour: along white, cream, yellow, pink, grey-brown: stem and underside.
        spots: above one half the cap is spotted, the more the denser.
        spot_size: small to large.
        bands: above one half the cap has darker rings, the more the stronger.
        stripes: above one half the margin of the cap is striped, the more the longer.
        pores: above one half the underside has pores, otherwise gills.
        ring: above one half there is a ring on the stem.
        volva: above one half the base sits in a volva.
        habitat: where it mostly grows, along the list of habitats.
        season: early to late in the year.
        toxicity: above one half it is poisonous; not visible.
    """

    cap_radius: float
    cap_height: float
    cap_roundness: float
    cap_umbo: float
    cap_colour: float
    cap_lightness: float
    stem_height: float
    stem_width: float
    stem_bulb: float
    flesh_colour: float
    spots: float
    spot_size: float
    bands: float
    stripes: float
    pores: float
    ring: float
    volva: float
    habitat: float
    season: float
    toxicity: float


TRAITS = tuple(field.name for field in fields(FungusTraits))

#                  phylum class order family genus species, individual
_DRIFT = {
    "cap_radius": (0.20, 0.15, 0.15, 0.12, 0.14, 0.13, 0.05),
    "cap_height": (0.30, 0.20, 0.20, 0.14, 0.12, 0.10, 0.05),
    "cap_roundness": (0.25, 0.25, 0.20, 0.15, 0.10, 0.08, 0.04),
    "cap_umbo": (0.20, 0.20, 0.20, 0.12, 0.10, 0.08, 0.04),
    "cap_colour": (0.20, 0.20, 0.20, 0.20, 0.15, 0.05, 0.03),
    "cap_lightness": (0.20, 0.15, 0.15, 0.15, 0.12, 0.10, 0.09),
    "stem_height": (0.20, 0.15, 0.15, 0.12, 0.12, 0.13, 0.07),
    "stem_width": (0.20, 0.15, 0.15, 0.12, 0.12, 0.13, 0.05),
    "stem_bulb": (0.20, 0.20, 0.15, 0.15, 0.12, 0.12, 0.05),
    "flesh_colour": (0.25, 0.20, 0.20, 0.15, 0.10, 0.06, 0.02),
    "spots": (0.10, 0.20, 0.20, 0.20, 0.18, 0.16, 0.00),
    "spot_size": (0.20, 0.20, 0.20, 0.15, 0.12, 0.20, 0.04),
    "bands": (0.10, 0.20, 0.20, 0.15, 0.18, 0.16, 0.00),
    "stripes": (0.10, 0.20, 0.20, 0.15, 0.15, 0.18, 0.00),
    "pores": (0.45, 0.30, 0.10, 0.00, 0.00, 0.00, 0.00),
    "ring": (0.10, 0.20, 0.20, 0.20, 0.20, 0.16, 0.00),
    "volva": (0.10, 0.20, 0.20, 0.20, 0.15, 0.08, 0.00),
    "habitat": (0.20, 0.20, 0.20, 0.20, 0.25, 0.20, 0.00),
    "season": (0.20, 0.15, 0.10, 0.10, 0.10, 0.10, 0.00),
    "toxicity": (0.15, 0.15, 0.15, 0.20, 0.25, 0.12, 0.00),
}
_SCALES = np.array([_DRIFT[name] for name in TRAITS])
_VISIBLE = np.array([name not in ("habitat", "season", "toxicity") for name in TRAITS])


def inherit(
    generator: np.random.Generator,
    parent: npt.NDArray[np.float64],
    *,
    rank: str,
    siblings: list[npt.NDArray[np.float64]],
) -> npt.NDArray[np.float64]:
    """Return the traits of a child of ``parent``: of several draws, the least like its siblings.

    Args:
        generator: where the drift comes from.
        parent: float array (n_traits,), 0 to 1.
        rank: the rank of the child.
        siblings: the traits of the children there are.

    Returns:
        float array (n_traits,), 0 to 1.
    """
    scale = _SCALES[:, RANKS.index(rank)]
    drift = scale * generator.standard_normal((_SIBLING_DRAWS, len(TRAITS)))
    draws = _reflect(parent + drift)
    if not siblings:
        first: npt.NDArray[np.float64] = draws[0]
        return first
    visible = draws[:, None, _VISIBLE] - np.stack(siblings)[None][:, :, _VISIBLE]
    nearest = np.abs(visible).sum(axis=2).min(axis=1)
    farthest: npt.NDArray[np.float64] = draws[int(np.argmax(nearest))]
    return farthest


def individual(generator: np.random.Generator, traits: FungusTraits) -> FungusTraits:
    """Return the traits of one individual of a species."""
    values = np.array(astuple(traits))
    return decode(_reflect(values + _SCALES[:, -1] * generator.standard_normal(len(TRAITS))))


def decode(values: npt.NDArray[np.float64]) -> FungusTraits:
    """Return the named traits of a float array (n_traits,)."""
    return FungusTraits(**dict(zip(TRAITS, values.tolist(), strict=True)))


def _reflect(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    folded = np.abs(values) % 2
    reflected: npt.NDArray[np.float64] = np.where(folded > 1, 2 - folded, folded)
    return reflected
