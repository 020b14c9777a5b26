"""One row per image: id, path, label, and what else is known about it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from fieldmark.core.checks import first_few, nearest
from fieldmark.core.digests import digest_of, digest_of_array, digest_of_strings
from fieldmark.core.errors import ManifestError
from fieldmark.manifest.image_root import paths_outside
from fieldmark.manifest.region_columns import WHOLE_IMAGES, RegionColumns, boxes_in
from fieldmark.manifest.taxonomy import Taxonomy

REQUIRED = ("id", "path", "label")
_VERSION_LENGTH = 12


@dataclass(frozen=True, eq=False, slots=True)
class Manifest:
    """The table of images that everything else refers to by id.

    Attributes:
        frame: one row per image. Text columns ``id`` (unique), ``path`` (relative to ``root``) and
            ``label`` (the name at the finest rank), optionally ``group`` (what must not straddle a
            split), and every other column as it was read.
        root: the folder that the paths start from; not part of the content.
        ranks: names of the rank columns, coarse to fine; empty when there is only a label.
        taxonomy: the tree of the ranks; None when there is only a label.
        regions: the columns that say what of each image counts; none where whole images do.

    Raises:
        ManifestError: a column is missing, not text or has empty cells; an id is repeated; a label
            is no leaf of the taxonomy; a box is none; or there are no rows.

    Example:
        >>> frame = pl.DataFrame({"id": ["a"], "path": ["a.jpg"], "label": ["apple"]})
        >>> manifest = Manifest(frame, Path("images"))
        >>> len(manifest), manifest.label_names
        (1, ('apple',))
    """

    frame: pl.DataFrame
    root: Path
    ranks: tuple[str, ...] = ()
    taxonomy: Taxonomy | None = None
    regions: RegionColumns = WHOLE_IMAGES

    def __post_init__(self) -> None:
        object.__setattr__(self, "ranks", tuple(self.ranks))
        _check_columns(self.frame, self.ranks)
        _check_regions(self.frame, self.regions)
        repeated = self.frame["id"].filter(self.frame["id"].is_duplicated())
        if len(repeated):
            raise ManifestError(
                f"Ids must be unique; repeated: {first_few(repeated.unique().sort().to_list())}. "
                "Give each image an id of its own."
            )
        if self.taxonomy is not None:
            self.taxonomy.leaves.positions(self.frame["label"].unique().sort())

    def __len__(self) -> int:
        return self.frame.height

    def __eq__(self, other: object) -> bool:
        return self.digest == other.digest if isinstance(other, Manifest) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.digest)

    @property
    def ids(self) -> pl.Series:
        """The ids, in row order."""
        return self.frame["id"]

    @property
    def labels(self) -> pl.Series:
        """The label of each row."""
        return self.frame["label"]

    @property
    def groups(self) -> pl.Series | None:
        """The group of each row; None when no column was named as the group."""
        return self.frame["group"] if "group" in self.frame.columns else None

    @property
    def label_names(self) -> tuple[str, ...]:
        """The distinct labels of the rows, sorted."""
        return tuple(self.frame["label"].unique().sort())

    @property
    def digest(self) -> str:
        """The digest of rows, columns, their roles and taxonomy, in any order; without the root."""
        rows = self.frame.sort("id")
        columns = {name: _column_digest(rows[name]) for name in sorted(rows.columns)}
        tree = self.taxonomy.digest if self.taxonomy is not None else None
        content = {"columns": columns, "ranks": list(self.ranks), "taxonomy": tree}
        # What was recorded before there were regions keeps its digest.
        return digest_of(content | ({"regions": self.regions.to_dict()} if self.regions else {}))

    @property
    def label_version(self) -> str:
        """Twelve characters of the digest of every id with its label, and of the tree above."""
        rows = self.frame.select("id", "label").sort("id")
        tree = self.taxonomy.digest if self.taxonomy is not None else None
        content = [_column_digest(rows["id"]), _column_digest(rows["label"]), tree]
        return digest_of(content)[:_VERSION_LENGTH]

    def select(self, ids: Iterable[str]) -> "Manifest":
        """Return the manifest of some ids, in the order asked for; the taxonomy stays whole.

        Raises:
            ManifestError: an id is unknown or asked for twice, or none is asked for.
        """
        rows = self._rows_of(list(ids))
        return replace(self, frame=self.frame[rows])

    def image_path(self, image_id: str) -> Path:
        """Return where the image of an id lies; the file need not exist.

        Raises:
            ManifestError: the id is unknown, or the path leaves the image root.
        """
        return self._inside([self.frame["path"][self._rows_of([image_id])[0]]])[0]

    def image_paths(self) -> list[Path]:
        """Return where each image lies, in row order; the files need not exist.

        Raises:
            ManifestError: a path leaves the image root, by "..", as an absolute path, or through a
                symbolic link.
        """
        return self._inside(self.frame["path"].to_list())

    def mask_paths(self) -> list[Path] | None:
        """Return where the mask of each image lies, in row order; None without masks.

        Raises:
            ManifestError: a path leaves the image root.
        """
        column = self.regions.mask
        return None if column is None else self._inside(self.frame[column].to_list(), "Mask")

    def boxes(self) -> list[tuple[float, float, float, float]] | None:
        """Return x, y, width, height of each image, in row order; None without boxes."""
        return boxes_in(self.frame, self.regions).rows() if self.regions.box else None

    def refuse_outside(self) -> None:
        """Refuse paths of images or masks that leave the image root.

        Raises:
            ManifestError: a path does, by "..", as an absolute path, or through a symbolic link.
        """
        self._refuse_outside(self.frame["path"].to_list())
        if self.regions.mask is not None:
            self._refuse_outside(self.frame[self.regions.mask].to_list(), "Mask")

    def _inside(self, paths: Sequence[str], what: str = "Image") -> list[Path]:
        self._refuse_outside(paths, what)
        return [self.root / path for path in paths]

    def _refuse_outside(self, paths: Sequence[str], what: str = "Image") -> None:
        outside = list(paths_outside(self.root, paths))
        if outside:
            raise ManifestError(
                f"{what} paths must stay inside the image root {self.root}; "
                f"{len(outside):,} of {len(paths):,} leave it (first: {first_few(outside, 1)}). "
                "Correct the paths, or name the folder that holds all images as the image root."
            )

    def _rows_of(self, ids: list[str]) -> list[int]:
        index = dict(zip(self.frame["id"].to_list(), range(self.frame.height), strict=True))
        unknown = [id_ for id_ in ids if id_ not in index]
        if unknown:
            guess = nearest(unknown[0], index)
            hint = f"; the nearest id is '{guess}'" if guess else ""
            raise ManifestError(
                f"Expected ids of the manifest; {len(unknown):,} of {len(ids):,} are not in it: "
                f"{first_few(unknown)}{hint}."
            )
        return [index[id_] for id_ in ids]


def _check_columns(frame: pl.DataFrame, ranks: tuple[str, ...]) -> None:
    if frame.is_empty():
        raise ManifestError("A manifest needs at least one row; got none.")
    for name in (*REQUIRED, *ranks):
        if name not in frame.columns:
            raise ManifestError(f"A manifest needs a column '{name}'; it has {frame.columns}.")
    for name in (*REQUIRED, *ranks, *({"group"} & set(frame.columns))):
        if frame.schema[name] != pl.String:
            raise ManifestError(
                f"Column '{name}' must hold text; it holds {frame.schema[name]}. "
                "Read every column as text."
            )
    for name in (*REQUIRED, *({"group"} & set(frame.columns))):
        empty = frame.filter(pl.col(name).is_null() | (pl.col(name).str.strip_chars() == ""))
        if len(empty):
            raise ManifestError(
                f"Column '{name}' must not have empty cells; {len(empty):,} of {len(frame):,} rows "
                f"have (first id: '{empty['id'][0]}'). Fill them in, or leave the rows out."
            )


def _check_regions(frame: pl.DataFrame, regions: RegionColumns) -> None:
    for name in regions.names:
        if name not in frame.columns:
            raise ManifestError(f"A manifest needs a column '{name}'; it has {frame.columns}.")
    if regions.mask is not None:
        masks = frame.filter(pl.col(regions.mask).fill_null("").str.strip_chars() == "")
        if len(masks):
            raise ManifestError(
                f"Expected a mask in every row of '{regions.mask}'; {len(masks):,} of "
                f"{len(frame):,} have none (first id: '{masks['id'][0]}'). Fill them in, or leave "
                "the rows out."
            )
    if regions.box:
        boxes_in(frame, regions)


def _column_digest(column: pl.Series) -> str:
    text = column.cast(pl.String)
    lengths = text.str.len_bytes().cast(pl.Int64).fill_null(-1).to_numpy()
    joined = text.fill_null("").str.join("").item() if len(text) else ""
    return digest_of_strings([str(column.dtype), digest_of_array(lengths), joined])
