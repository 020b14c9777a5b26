"""Foreign files of scores become stored predictions, whatever their size."""

import dataclasses
from collections.abc import Callable
from pathlib import Path

import polars as pl

from fieldmark.core.checks import first_few
from fieldmark.core.errors import PredictionsError
from fieldmark.core.progress import Progress, SilentProgress, Step
from fieldmark.core.provenance import provenance
from fieldmark.core.storage import atomic_directory, read_array
from fieldmark.manifest.labels import LabelSpace
from fieldmark.manifest.lineage import named
from fieldmark.manifest.taxonomy import Taxonomy, build_taxonomy
from fieldmark.manifest.text_tables import read_text_table
from fieldmark.predictions.columns import SourceNames
from fieldmark.predictions.csv_source import read_delimited
from fieldmark.predictions.npz_source import read_npz
from fieldmark.predictions.parquet_source import read_parquet
from fieldmark.predictions.store import (
    SCORES,
    describe_predictions,
    load_predictions,
    refuse_foreign_folder,
)
from fieldmark.predictions.table import Predictions, PredictionsHeader, ScoreKind


@dataclasses.dataclass(frozen=True, slots=True)
class ImportOptions:
    """What the file does not say about itself.

    Attributes:
        contender: name of the model; None takes the name of the file without its suffix.
        split: name of the part that the items are.
        seed: training seed, when there is one to state.
        id: column with the ids; None is "id", in an NPZ file "ids".
        label: column with the true labels; None is "label", in an NPZ file "labels".
        group: column with the groups; None is "group", where there is one.
        scores: array with the scores, in an NPZ file.
        classes: array with the class names, in an NPZ file.
        class_names: text file with one class a line, in the order of the score columns, for an
            NPZ file that does not hold them.
        columns: further arrays to keep with the items, in an NPZ file; other files keep every
            column.
        taxonomy: CSV file whose columns are the ranks, coarse to fine, the last the classes.
        ranks: which of its columns are the ranks, coarse to fine, where it has others too, such as
            a table of images; rows without a name at the last are passed over. Empty for all.
        training_ids: text file with the ids that the model was trained on, one a line.
    """

    contender: str | None = None
    split: str = "all"
    seed: int | None = None
    id: str | None = None
    label: str | None = None
    group: str | None = None
    scores: str = "scores"
    classes: str = "classes"
    class_names: Path | None = None
    columns: tuple[str, ...] = ()
    taxonomy: Path | None = None
    ranks: tuple[str, ...] = ()
    training_ids: Path | None = None

    @property
    def names(self) -> SourceNames:
        """What the file calls its columns or arrays."""
        return SourceNames(self.id, self.label, self.group, self.scores, self.classes, self.columns)


_DEFAULTS = ImportOptions()
_Reader = Callable[[Path, Path, ImportOptions, Step], tuple[pl.DataFrame, tuple[str, ...]]]


def import_predictions(
    source: Path,
    *,
    kind: ScoreKind,
    out: Path,
    options: ImportOptions = _DEFAULTS,
    progress: Progress | None = None,
) -> Predictions:
    """Copy a foreign file of scores into a store of predictions, and return them memory-mapped.

    CSV, TSV and Parquet files have the columns id and label, optionally group and any others, and
    one column ``score:<class>`` for each class; NPZ files the arrays scores (n, n_classes), ids,
    labels and classes. The scores are streamed, never held in memory as a whole; nothing is left
    in ``out`` when something is refused.

    Args:
        source: file with the suffix .csv, .tsv, .parquet or .npz.
        kind: what the scores are; it is not guessed.
        out: folder to write; stored predictions there are replaced, anything else is refused.
        options: what the file does not say about itself.
        progress: told the number of bytes read.

    Raises:
        PredictionsError: the file, or a file named in the options, is missing, empty or not what
            it should be; ids, labels or scores are not valid; training ids are among the ids.
        ManifestError: class names are repeated, or the taxonomy is no tree.
        StoreError: ``out`` holds something that is not stored predictions.
    """
    reader = _reader_of(source, options)
    refuse_foreign_folder(out)
    taxonomy = _taxonomy_of(options)
    trained_on = None if options.training_ids is None else read_lines(options.training_ids)
    listener = progress or SilentProgress()
    with atomic_directory(out) as partial:
        with listener.step(f"import {source.name}", source.stat().st_size) as step:
            items, classes = reader(source, partial / SCORES, options, step)
        predictions = Predictions(
            header=_header(source, kind, options),
            items=items,
            label_space=LabelSpace(classes),
            scores=read_array(partial / SCORES),
            taxonomy=taxonomy,
            training_ids=trained_on,
        )
        describe_predictions(predictions, partial)
    return load_predictions(out)


def _header(source: Path, kind: ScoreKind, options: ImportOptions) -> PredictionsHeader:
    return PredictionsHeader(
        score_kind=kind,
        contender=options.contender or source.stem,
        split=options.split,
        seed=options.seed,
        provenance={**provenance(), "source": source.name},
    )


def _reader_of(source: Path, options: ImportOptions) -> _Reader:
    readers: dict[str, _Reader] = {
        ".csv": _from_delimited,
        ".tsv": _from_delimited,
        ".parquet": _from_parquet,
        ".npz": _from_npz,
    }
    suffix = source.suffix.lower()
    if suffix not in readers:
        raise PredictionsError(
            f"Expected predictions as {', '.join(readers)}; got '{source.name or source}'. "
            f"Export them in one of these formats."
        )
    if not source.is_file():
        raise PredictionsError(f"Expected a file of predictions at {source}; there is none.")
    if source.stat().st_size == 0:
        raise PredictionsError(f"{source.name} is empty. Export the predictions again.")
    if options.class_names is not None and suffix != ".npz":
        raise PredictionsError(
            f"{source.name} names its classes in its columns, so a file of class names is not "
            f"used. Leave --class-names out."
        )
    arrays, usual = ((one.scores, one.classes) for one in (options, _DEFAULTS))
    if arrays != usual and suffix != ".npz":
        raise PredictionsError(
            f"{source.name} has its scores in the columns 'score:<class>', so names of arrays are "
            f"not used. Leave --scores and --classes out."
        )
    if options.columns and suffix != ".npz":
        raise PredictionsError(
            f"{source.name} keeps every column with its items. Leave --columns out."
        )
    return readers[suffix]


def _from_delimited(
    source: Path, scores: Path, options: ImportOptions, step: Step
) -> tuple[pl.DataFrame, tuple[str, ...]]:
    with scores.open("wb") as stream:
        return read_delimited(source, stream, names=options.names, step=step)


def _from_parquet(
    source: Path, scores: Path, options: ImportOptions, step: Step
) -> tuple[pl.DataFrame, tuple[str, ...]]:
    return read_parquet(source, scores, names=options.names, step=step)


def _from_npz(
    source: Path, scores: Path, options: ImportOptions, step: Step
) -> tuple[pl.DataFrame, tuple[str, ...]]:
    classes = None if options.class_names is None else read_lines(options.class_names)
    return read_npz(source, scores, names=options.names, step=step, classes=classes)


def read_lines(path: Path) -> tuple[str, ...]:
    """Return the lines of a text file, without empty ones.

    Raises:
        PredictionsError: there is no such file, it is not UTF-8, or it is empty.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except FileNotFoundError:
        raise PredictionsError(f"Expected a text file at {path}; there is none.") from None
    except UnicodeDecodeError as error:
        raise PredictionsError(f"Expected {path.name} as UTF-8 text ({error}).") from None
    names = tuple(line.strip() for line in lines if line.strip())
    if not names:
        raise PredictionsError(f"Expected one name a line in {path.name}; it is empty.")
    return names


def _taxonomy_of(options: ImportOptions) -> Taxonomy | None:
    if options.taxonomy is not None:
        return read_taxonomy(options.taxonomy, options.ranks)
    if options.ranks:
        raise PredictionsError(
            f"The ranks {first_few(options.ranks)} are columns of a taxonomy, and none is named. "
            "Name its CSV file with --taxonomy, or leave --ranks out."
        )
    return None


def read_taxonomy(path: Path, ranks: tuple[str, ...] = ()) -> Taxonomy:
    """Return the tree of a CSV file: one row a leaf, its columns the ranks, coarse to fine.

    Args:
        path: the file.
        ranks: the columns that are ranks, where it is a table of images that has others too.

    Raises:
        PredictionsError: there is no such file, or it is no CSV.
        TaxonomyError: its rows are no tree.
    """
    if not path.is_file():
        raise PredictionsError(f"Expected a taxonomy as CSV at {path}; there is none.")
    if ranks:
        rows = read_text_table(path).frame
        if ranks[-1] in rows.columns:
            rows = rows.filter(named(ranks[-1]).is_not_null())
        return build_taxonomy(rows, ranks)
    try:
        frame = pl.read_csv(path, infer_schema=False)
    except pl.exceptions.PolarsError as error:
        raise PredictionsError(
            f"{path.name} cannot be read as CSV ({str(error).splitlines()[0]}). Write it as UTF-8 "
            f"with one column for each rank, coarse to fine."
        ) from None
    return build_taxonomy(frame, frame.columns)
