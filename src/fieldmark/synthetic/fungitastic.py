"""A folder as FungiTastic's users have it, of invented fungi, with faults that are known."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

from fieldmark.core.errors import FieldmarkError, StoreError
from fieldmark.core.progress import Progress, SilentProgress
from fieldmark.core.randomness import generator_for
from fieldmark.core.storage import atomic_directory
from fieldmark.synthetic.fungi import FungusSpecies, grow_fungi
from fieldmark.synthetic.fungitastic_faults import PlantedFaults, plant_faults
from fieldmark.synthetic.fungus_records import PhotoRecords, Season, draw_records
from fieldmark.synthetic.fungus_traits import individual
from fieldmark.synthetic.habitats import HABITATS

FILES: Final = MappingProxyType(
    {
        "train": "FungiTastic-Train.csv",
        "val": "FungiTastic-ClosedSet-Val.csv",
        "test": "FungiTastic-ClosedSet-Test.csv",
    }
)
METADATA: Final = "metadata/FungiTastic"
PHOTOS: Final = "FungiTastic"
SYNONYMS: Final = "synonyms.csv"
_YEARS: Final = {"train": (2005, 2021), "val": (2022, 2022), "test": (2023, 2023)}
_NOT_IN_TEST: Final = ("elevation", "landcover", "region")
_UNSEEN_SHARE: Final = 0.015
_JPEG_QUALITY: Final = 90
_SMALLEST: Final = 16


@dataclass(frozen=True, slots=True)
class FungiTasticTruth:
    """What lies in a generated folder.

    Attributes:
        rows: how many photographs each of the three files names.
        species: the accepted names, in the order of ``category_id``.
        unseen: species that validation and test have and training lacks, sorted.
        faults: what is wrong in the files.
    """

    rows: Mapping[str, int]
    species: tuple[str, ...]
    unseen: tuple[str, ...]
    faults: PlantedFaults


def write_fungitastic(
    folder: Path,
    *,
    species: int,
    observations: Mapping[str, int],
    size: int | None,
    seed: int,
    progress: Progress | None = None,
) -> FungiTasticTruth:
    """Write CSV files, photographs and a table of synonyms as FungiTastic lays them out.

    Below the folder lie ``metadata/FungiTastic/FungiTastic-Train.csv`` and its like,
    ``FungiTastic/<train, val, test>/300p/<filename>`` and ``synonyms.csv``. Training years lie
    before those of validation and test. The same arguments give the same bytes.

    Args:
        folder: where to write; it must be absent or empty.
        species: how many species; at least 8.
        observations: how many observations "train", "val" and "test" have; at least as many as
            species each.
        size: pixels of each side of the photographs, at least 16; None writes none of them, which
            makes tables of hundreds of thousands of rows in seconds.
        seed: which kingdom.
        progress: who hears how far it is; nobody when None.

    Returns:
        What is true of the files.

    Raises:
        StoreError: the folder holds something already.
        FieldmarkError: a number is too small, or a part is missing.

    Example:
        >>> import tempfile
        >>> counts = {"train": 40, "val": 20, "test": 20}
        >>> with tempfile.TemporaryDirectory() as place:
        ...     truth = write_fungitastic(
        ...         Path(place) / "f", species=8, observations=counts, size=None, seed=0
        ...     )
        >>> len(truth.species), len(truth.unseen), truth.faults.without_species
        (8, 1, 3)
    """
    _check(folder, species, observations, size)
    kinds = grow_fungi(generator_for("fungitastic", seed), species=species)
    parts, unseen = _parts(kinds, observations, seed)
    faults = plant_faults(parts, kinds, avoid=unseen)
    with atomic_directory(folder) as draft:
        (draft / METADATA).mkdir(parents=True)
        for part, name in FILES.items():
            frame = faults.frames[part]
            frame = frame.drop(_NOT_IN_TEST) if part == "test" else frame
            frame.write_csv(draft / METADATA / name)
        faults.synonyms.write_csv(draft / SYNONYMS)
        if size is not None:
            _photograph(draft, kinds, parts, size=size, seed=seed, progress=progress)
    return FungiTasticTruth(
        {part: len(records.species) for part, records in parts.items()},
        tuple(kind.path[-1] for kind in kinds),
        tuple(sorted(kinds[place].path[-1] for place in unseen)),
        faults.planted,
    )


def _check(folder: Path, species: int, observations: Mapping[str, int], size: int | None) -> None:
    if species < 8 or set(observations) != set(FILES) or min(observations.values()) < species:
        raise FieldmarkError(
            "Expected at least 8 species, and as many observations in each of 'train', 'val' and "
            f"'test'; got {species} species and {dict(observations)}."
        )
    if size is not None and size < _SMALLEST:
        raise FieldmarkError(f"Expected photographs of at least {_SMALLEST} pixels; got {size}.")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise StoreError(f"Expected an empty or absent folder; {folder} is not. Choose another.")


def _parts(
    kinds: tuple[FungusSpecies, ...], observations: Mapping[str, int], seed: int
) -> tuple[dict[str, PhotoRecords], tuple[int, ...]]:
    """Return the photographs of each part, and the species that training lacks."""
    everyone = generator_for("fungitastic order", seed).permutation(len(kinds))
    unseen = max(1, round(_UNSEEN_SHARE * len(kinds)))
    parts, first = {}, 100_000
    for part in FILES:
        parts[part] = draw_records(
            generator_for("fungitastic records", seed, part),
            kinds,
            among=everyone[: len(kinds) - unseen] if part == "train" else everyone,
            season=Season(observations[part], _YEARS[part]),
            first=first,
        )
        first += observations[part]
    return parts, tuple(int(place) for place in everyone[len(kinds) - unseen :])


def _photograph(
    draft: Path,
    kinds: tuple[FungusSpecies, ...],
    parts: Mapping[str, PhotoRecords],
    *,
    size: int,
    seed: int,
    progress: Progress | None,
) -> None:
    from fieldmark.synthetic.render import draw_photo

    photos = sum(len(records.species) for records in parts.values())
    with (progress or SilentProgress()).step("draw fungi", photos) as step:
        for part, records in parts.items():
            place = draft / PHOTOS / part / "300p"
            place.mkdir(parents=True)
            cells = zip(
                records.species,
                records.observation,
                records.frame["filename"],
                records.frame["habitat"],
                strict=True,
            )
            for kind, observation, name, habitat in cells:
                traits = individual(
                    generator_for("fungitastic one", seed, int(observation)), kinds[kind].traits
                )
                generator = generator_for("fungitastic photo", seed, name)
                image = draw_photo(generator, traits, habitat=habitat or HABITATS[0], size=size)
                image.save(place / name, format="JPEG", quality=_JPEG_QUALITY)
                step.advance()
