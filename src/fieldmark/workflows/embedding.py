"""Embeddings of a table or folder of images, without a study."""

import dataclasses
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from fieldmark.backbones.recorded import RecordedEncoder, recorded_encoder
from fieldmark.backbones.runtimes import REFERENCE
from fieldmark.backbones.specs import BackboneSpec
from fieldmark.core.errors import ImageError
from fieldmark.core.progress import Progress
from fieldmark.embeddings.encoder_stores import StoredType, open_tap_store
from fieldmark.embeddings.extraction import extract_taps
from fieldmark.embeddings.fingerprint_cache import FingerprintCache
from fieldmark.embeddings.hdf5 import write_hdf5
from fieldmark.embeddings.table import EmbeddingSet
from fieldmark.images.regions import Region
from fieldmark.manifest.region_columns import WHOLE_IMAGES, RegionColumns
from fieldmark.workflows.photo_tables import PhotoTable, read_photo_table

if TYPE_CHECKING:
    from fieldmark.images.dataset import UnreadablePolicy

_ENDINGS: Final = (".avif", ".bmp", ".gif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp")
_ENCODERS: Final = "encoders"
_FINGERPRINTS: Final = "fingerprints.json"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddingPlan:
    """How images are embedded.

    Attributes:
        spec: the backbone.
        taps: where vectors are taken, all from one pass; empty for the spec's own.
        runtime: what runs the network.
        dtype: how values are kept.
        unreadable: "fail" or "exclude".
        batch_size: images per pass.
    """

    spec: BackboneSpec
    taps: tuple[str, ...] = ()
    runtime: str = REFERENCE
    dtype: StoredType = "float32"
    unreadable: "UnreadablePolicy" = "fail"
    batch_size: int = 32


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Embedded:
    """What was embedded at one tap.

    Attributes:
        embeddings: the vectors.
        store: the folder where they are kept.
        computed: how many were not there before.
        check: how near the runtime came to torch float32; None for that runtime.
        licence: of the weights; None when it is not known.
        hdf5: the file that was asked for; None when none was.
    """

    embeddings: EmbeddingSet
    store: Path
    computed: int
    check: Mapping[str, Any] | None
    licence: str | None
    hdf5: Path | None


def embed(
    images: Mapping[str, Path],
    plan: EmbeddingPlan,
    *,
    out: Path,
    regions: Mapping[str, Region] | None = None,
    hdf5: Path | None = None,
    progress: Progress | None = None,
) -> dict[str, Embedded]:
    """Return the embeddings of images by tap; what was computed before is found again.

    When nothing is missing, the network is not opened. Files that were hashed before and are as
    they were are not read again (see `fieldmark.embeddings.fingerprint_cache`).

    Args:
        images: path of every id.
        plan: backbone, taps, runtime.
        out: the folder of stores.
        regions: mask and box of every id, where the preprocessing asks for them.
        hdf5: a file to write as well; with several taps, one each: ``name.TAP.h5``.
        progress: is told how far the work is.

    Raises:
        ImageError, StoreError, WeightsError, MissingExtraError: as `extract_taps` and
            `open_encoder`.
    """
    encoder = recorded_encoder(plan.spec, runtime=plan.runtime, folder=out / _ENCODERS)
    taps = dict.fromkeys(plan.spec.tap_named(tap) for tap in plan.taps or (plan.spec.tap,))
    stores = {tap: open_tap_store(out, encoder, tap, dtype=plan.dtype) for tap in taps}
    before = {tap: len(store) for tap, store in stores.items()}
    found = extract_taps(
        images,
        encoder,
        stores,
        regions=regions,
        policy=plan.unreadable,
        batch_size=plan.batch_size,
        progress=progress,
        cache=FingerprintCache(out / _FINGERPRINTS),
    )
    return {
        tap: Embedded(
            embeddings=found[tap],
            store=store.folder,
            computed=len(store) - before[tap],
            check=_check_of(encoder, tap),
            licence=encoder.licence,
            hdf5=_written(hdf5, found[tap], plan.dtype, tap=tap if len(stores) > 1 else None),
        )
        for tap, store in stores.items()
    }


def photos_of(
    source: Path, *, root: Path | None = None, regions: RegionColumns = WHOLE_IMAGES
) -> PhotoTable:
    """Return the images of a folder or table, by id.

    In a folder, with all below it, an image's id is its place there without its ending (with it,
    where two images differ in nothing else). In a table the columns are ``path`` and, where it is
    there, ``id``.

    Args:
        source: a folder, or a CSV, TSV or Parquet file.
        root: where the paths of a table begin; None for the table's own folder.
        regions: the columns of masks and boxes of a table.

    Raises:
        ImageError: a folder holds no image.
        ManifestError: as `read_photo_table`.
    """
    if source.is_dir():
        return PhotoTable(_in_folder(source), None)
    return read_photo_table(source, root=root, regions=regions)


def images_of(source: Path, *, root: Path | None = None) -> dict[str, Path]:
    """Return the path of every image of a folder or table, by id, as `photos_of`."""
    return dict(photos_of(source, root=root).paths)


def _in_folder(folder: Path) -> dict[str, Path]:
    files = sorted(_files(folder))
    if not files:
        raise ImageError(f"The folder {folder} holds no image; expected {', '.join(_ENDINGS)}.")
    places = [path.relative_to(folder) for path in files]
    short = [place.with_suffix("").as_posix() for place in places]
    if len(set(short)) < len(short):
        short = [place.as_posix() for place in places]
    return dict(zip(short, files, strict=True))


def _files(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            if not name.startswith(".") and name.lower().endswith(_ENDINGS):
                yield Path(place, name)


def _check_of(encoder: RecordedEncoder, tap: str) -> Mapping[str, Any] | None:
    check: Mapping[str, Any] | None = encoder.checks.get(tap)
    return check


def _written(
    hdf5: Path | None, embeddings: EmbeddingSet, dtype: str, *, tap: str | None
) -> Path | None:
    if hdf5 is None:
        return None
    path = hdf5 if tap is None else hdf5.with_name(f"{hdf5.stem}.{tap}{hdf5.suffix}")
    write_hdf5(path, embeddings, dtype=dtype)
    return path
