"""Rows about photographs of invented fungi, in the columns of FungiTastic, made all at once."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from fieldmark.synthetic.fungi import FungusSpecies
from fieldmark.synthetic.fungus_traits import RANKS
from fieldmark.synthetic.habitats import HABITATS

COLUMNS: Final = (
    *("eventDate", "year", "month", "day", "habitat", "countryCode", "scientificName", "kingdom"),
    *RANKS[:-1],
    *("specificEpithet", "hasCoordinate", "species", "iucnRedListCategory", "substrate"),
    *("latitude", "longitude", "coorUncert", "observationID", "region", "district", "filename"),
    *("category_id", "metaSubstrate", "poisonous", "elevation", "landcover"),
    *("biogeographicalRegion", "captions"),
)
_SUBSTRATES: Final = ("leaf litter", "needle litter", "soil", "dead wood")
_META: Final = {"leaf litter": "litter", "needle litter": "litter", "dead wood": "wood"}
_DISTRICTS: Final = ("Aldmere", "Brookfen", "Coldholt", "Dunlea", "Eastwold")
_AUTHORS: Final = ("(L.) Lam.", "Fr.", "(Bull.) Quél.", "Pers.")
_PHOTOS: Final = ((1, 2, 3, 4), (0.35, 0.3, 0.2, 0.15))
_LONG_TAIL: Final = 0.8
_CAPTIONS: Final = (
    '["A {size} fungus in {place}, seen from above.\nThe cap is \\"{word}\\", the margin pale."]',
    "['Cap {word}; stem white, with a ring.', 'Found in {place}, [sic] \"on {ground}\".']",
    "{size} fruit body,\r\n{word}, on {ground}",
)
_WORDS: Final = (("small", "stout", "tall"), ("viscid", "dry", "scaly"))


@dataclass(frozen=True, slots=True)
class Season:
    """The observations of one part: how many, and from which years.

    Attributes:
        observations: how many; at least 1.
        years: the first and the last year.
    """

    observations: int
    years: tuple[int, int]


@dataclass(frozen=True, eq=False, slots=True)
class PhotoRecords:
    """Photographs of one part.

    Attributes:
        frame: one row per photograph, every cell text, columns ``COLUMNS``.
        species: int array (n_photos,), the position of each photograph's true species.
        observation: int array (n_photos,), the observation that each belongs to.
    """

    frame: pl.DataFrame
    species: npt.NDArray[np.int64]
    observation: npt.NDArray[np.int64]


def draw_records(
    generator: np.random.Generator,
    kinds: tuple[FungusSpecies, ...],
    *,
    among: npt.NDArray[np.int64],
    season: Season,
    first: int,
) -> PhotoRecords:
    """Return the photographs of some observations; month, habitat and substrate fit the species.

    Species are common or rare (a long tail), yet each of those that may occur does, as far as the
    observations reach.

    Args:
        generator: where everything comes from.
        kinds: the species.
        among: positions of the species that may occur.
        season: how many observations, of which years.
        first: the number of the first observation.
    """
    share = 1 / (1 + np.arange(len(among))) ** _LONG_TAIL
    drawn = generator.choice(among, season.observations, p=share / share.sum())
    once = min(len(among), season.observations)
    drawn[:once] = among[:once]
    drawn = generator.permutation(drawn)
    photos = generator.choice(_PHOTOS[0], season.observations, p=_PHOTOS[1])
    numbers = np.arange(first, first + season.observations)
    observed = _observed(generator, kinds, drawn, numbers, season.years)
    row = np.repeat(np.arange(season.observations), photos)
    place = np.arange(len(row)) - np.repeat(np.cumsum(photos) - photos, photos)
    frame = observed[row].with_columns(
        filename=pl.Series([f"{p}-{n}.JPG" for p, n in zip(place, numbers[row], strict=True)]),
        captions=_captions(generator, observed[row]),
    )
    return PhotoRecords(frame.select(COLUMNS), drawn[row], numbers[row])


def _observed(
    generator: np.random.Generator,
    kinds: tuple[FungusSpecies, ...],
    drawn: npt.NDArray[np.int64],
    numbers: npt.NDArray[np.int64],
    years: tuple[int, int],
) -> pl.DataFrame:
    n = len(drawn)
    season, niche = (
        np.array([getattr(kind.traits, trait) for kind in kinds])[drawn]
        for trait in ("season", "habitat")
    )
    month = np.clip(np.rint(generator.normal(6.5 + 4 * season, 0.9)), 3, 12).astype(int)
    year = generator.integers(years[0], years[1] + 1, n)
    day = generator.integers(1, 29, n)
    spread = niche + generator.normal(0, 0.16, n)
    habitat = np.clip(spread * len(HABITATS), 0, len(HABITATS) - 1).astype(int)
    ground = np.where(generator.random(n) < 0.8, habitat, generator.integers(0, 4, n))
    where = generator.integers(0, len(_DISTRICTS), n)
    known = generator.random(n) < 0.9
    table = pl.DataFrame(
        {
            "eventDate": [f"{y}-{m:02d}-{d:02d}" for y, m, d in zip(year, month, day, strict=True)],
            "year": year,
            "month": month,
            "day": day,
            "habitat": np.array(HABITATS)[habitat],
            "substrate": np.array(_SUBSTRATES)[ground],
            "latitude": np.round(generator.uniform(54.6, 57.7, n), 4),
            "longitude": np.round(generator.uniform(8.1, 12.6, n), 4),
            "coorUncert": generator.integers(5, 500, n),
            "observationID": numbers,
            "district": np.array(_DISTRICTS)[where],
            "category_id": drawn,
            "elevation": generator.integers(0, 170, n),
        }
    ).with_columns(
        pl.when(pl.lit(pl.Series(known))).then(pl.col(name)).alias(name)
        for name in ("latitude", "longitude", "coorUncert", "habitat")
    )
    return _described(pl.concat([table.cast(pl.String), _names(kinds)[drawn]], how="horizontal"))


def _described(table: pl.DataFrame) -> pl.DataFrame:
    """Return the table with the columns that follow from others, or are the same everywhere."""
    somewhere = pl.col("latitude").is_not_null()
    return table.with_columns(
        countryCode=pl.lit("DK"),
        kingdom=pl.lit("Fungi"),
        hasCoordinate=pl.when(somewhere).then(pl.lit("True")).otherwise(pl.lit("False")),
        iucnRedListCategory=pl.lit(None, pl.String),
        region=pl.col("district") + "shire",
        metaSubstrate=pl.col("substrate").replace(_META),
        landcover=pl.lit("mixed forest"),
        biogeographicalRegion=pl.lit("Continental"),
    )


def _names(kinds: tuple[FungusSpecies, ...]) -> pl.DataFrame:
    paths = pl.DataFrame([kind.path for kind in kinds], schema=list(RANKS), orient="row")
    authors = pl.Series([_AUTHORS[place % len(_AUTHORS)] for place in range(len(kinds))])
    return paths.with_columns(
        scientificName=pl.col("species") + " " + authors,
        specificEpithet=pl.col("species").str.split(" ").list.last(),
        poisonous=pl.Series([str(int(kind.poisonous)) for kind in kinds]),
    )


def _captions(generator: np.random.Generator, rows: pl.DataFrame) -> pl.Series:
    sizes, words = (np.array(pool)[generator.integers(0, len(pool), len(rows))] for pool in _WORDS)
    forms = generator.integers(0, len(_CAPTIONS), len(rows))
    places = rows["habitat"].fill_null("the open")
    cells = zip(forms, sizes, words, places, rows["substrate"], strict=True)
    return pl.Series(
        [
            _CAPTIONS[form].format(size=size, word=word, place=place, ground=ground)
            for form, size, word, place, ground in cells
        ]
    )
