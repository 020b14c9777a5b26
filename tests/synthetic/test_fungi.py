import contextlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import astuple
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from PIL import Image

from fieldmark.core.digests import digest_of_file
from fieldmark.core.errors import FieldmarkError, StoreError
from fieldmark.core.progress import SilentStep
from fieldmark.manifest.audit import audit
from fieldmark.manifest.sources import ManifestColumns, read_manifest
from fieldmark.manifest.splits import split_from_column
from fieldmark.synthetic.fungi import COLUMNS, RANKS, grow_fungi, write_fungi
from fieldmark.synthetic.habitats import HABITATS


@pytest.fixture(scope="module")
def kingdom(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("fungi") / "kingdom"
    return write_fungi(folder, species=6, observations=5, size=32, seed=0)


def test_species_form_a_tree_of_six_ranks() -> None:
    fungi = grow_fungi(np.random.default_rng(0), species=40)
    assert len(fungi) == 40
    assert {len(one.path) for one in fungi} == {6}
    counts = [len({one.path[: rank + 1] for one in fungi}) for rank in range(6)]
    assert counts == sorted(counts)
    assert counts[0] == 2
    assert [len({one.path[rank] for one in fungi}) for rank in range(6)] == counts


@pytest.mark.parametrize("species", [1, 2, 3])
def test_small_kingdoms_grow_too(species: int) -> None:
    assert len(grow_fungi(np.random.default_rng(0), species=species)) == species


def test_a_kingdom_without_species_is_refused() -> None:
    with pytest.raises(FieldmarkError, match="at least one species; got 0"):
        grow_fungi(np.random.default_rng(0), species=0)


def test_relatives_look_alike() -> None:
    near, far = [], []
    for seed in range(10):
        fungi = grow_fungi(np.random.default_rng(seed), species=16)
        for place, one in enumerate(fungi):
            for other in fungi[:place]:
                distance = np.abs(np.subtract(astuple(one.traits), astuple(other.traits))).sum()
                (near if one.path[4] == other.path[4] else far).append(distance)
    assert np.mean(near) < 0.75 * np.mean(far)


def test_some_are_poisonous_and_some_are_not() -> None:
    fungi = [
        one for seed in range(10) for one in grow_fungi(np.random.default_rng(seed), species=10)
    ]
    assert 0.1 < np.mean([one.poisonous for one in fungi]) < 0.9


def test_the_manifest_is_read_and_audited_without_an_error(kingdom: Path) -> None:
    columns = ManifestColumns(ranks=RANKS, group="observation", split="split")
    manifest = read_manifest(kingdom, columns=columns, images=kingdom.parent)
    split = split_from_column(manifest, "split")
    assert list(split.parts) == ["train", "validation", "test"]
    for part in split.parts:
        assert len(manifest.select(split.ids(part)).label_names) == 6
    assert {found.severity for found in audit(manifest, split)} <= {"note"}


def test_rows_say_what_is_known(kingdom: Path) -> None:
    table = pl.read_csv(kingdom)
    assert tuple(table.columns) == COLUMNS
    assert table["observation"].n_unique() == 30
    photos = Counter(table["observation"])
    assert set(photos.values()) == {1, 2, 3}
    assert set(table["habitat"]) <= set(HABITATS)
    assert table["month"].is_between(3, 12).all()
    assert set(table["poisonous"]) <= {0, 1}
    per_observation = table.group_by("observation").agg(pl.exclude("id", "path").n_unique())
    assert (per_observation.drop("observation").to_numpy() == 1).all()


def test_rows_are_not_sorted_by_species(kingdom: Path) -> None:
    species = pl.read_csv(kingdom)["species"].to_list()
    assert species != sorted(species)


def test_images_are_jpeg_of_the_size_asked_for(kingdom: Path) -> None:
    table = pl.read_csv(kingdom)
    assert {path.name for path in kingdom.parent.iterdir()} == {"images", "manifest.csv"}
    assert len(list((kingdom.parent / "images").iterdir())) == len(table)
    for path in table["path"]:
        with Image.open(kingdom.parent / path) as image:
            assert (image.format, image.size) == ("JPEG", (32, 32))


def test_the_same_seed_gives_the_same_bytes(kingdom: Path, tmp_path: Path) -> None:
    again = write_fungi(tmp_path / "again", species=6, observations=5, size=32, seed=0)
    assert again.read_bytes() == kingdom.read_bytes()
    for image in (kingdom.parent / "images").iterdir():
        assert digest_of_file(image) == digest_of_file(tmp_path / "again" / "images" / image.name)
    other = write_fungi(tmp_path / "other", species=6, observations=5, size=32, seed=1)
    assert other.read_bytes() != kingdom.read_bytes()


@pytest.mark.parametrize(
    ("observations", "parts"),
    [
        (1, {"train": 1}),
        (2, {"train": 2}),
        (3, {"train": 1, "validation": 1, "test": 1}),
        (10, {"train": 6, "validation": 2, "test": 2}),
    ],
)
def test_each_species_is_shared_out(
    tmp_path: Path, observations: int, parts: dict[str, int]
) -> None:
    path = write_fungi(tmp_path / "k", species=2, observations=observations, size=16, seed=0)
    rows = pl.read_csv(path).unique("observation")
    for _, of_species in rows.group_by("species"):
        assert Counter(of_species["split"]) == parts


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(StoreError, match=r"Expected an empty or absent folder; .* is not"):
        write_fungi(tmp_path, species=1, observations=1, size=16, seed=0)
    with pytest.raises(StoreError, match="Expected an empty or absent folder"):
        write_fungi(tmp_path / "notes.txt", species=1, observations=1, size=16, seed=0)
    assert (tmp_path / "notes.txt").read_text() == "mine"


@pytest.mark.parametrize(("observations", "size"), [(0, 16), (1, 15)])
def test_too_few_observations_or_pixels_are_refused(
    tmp_path: Path, observations: int, size: int
) -> None:
    with pytest.raises(FieldmarkError, match="at least one observation and 16 pixels; got"):
        write_fungi(tmp_path, species=1, observations=observations, size=size, seed=0)


def test_progress_is_told(tmp_path: Path) -> None:
    class Listener:
        total = 0

        @contextlib.contextmanager
        def step(self, description: str, total: int) -> Iterator[SilentStep]:
            self.total = total
            yield SilentStep()

        def say(self, message: str) -> None:
            raise AssertionError(message)

    listener = Listener()
    write_fungi(tmp_path, species=2, observations=3, size=16, seed=0, progress=listener)
    assert listener.total == 6
