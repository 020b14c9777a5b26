"""The table of images of a study: one table, one for each part, or FungiTastic's files."""

from collections.abc import Mapping
from pathlib import Path

from fieldmark.core.progress import Progress
from fieldmark.experiments.data import DataConfig
from fieldmark.experiments.study_file import StudyFile
from fieldmark.manifest.findings import Finding
from fieldmark.manifest.fungitastic import fungitastic_tables, place_images
from fieldmark.manifest.fungitastic_columns import LEAF, NUMBER
from fieldmark.manifest.part_names import PART
from fieldmark.manifest.renaming import apply_synonyms, renaming_findings
from fieldmark.manifest.row_findings import leave_out_unnamed, number_findings
from fieldmark.manifest.sources import ManifestColumns, check_present, manifest_of
from fieldmark.manifest.synonyms import read_synonyms
from fieldmark.manifest.table import Manifest
from fieldmark.manifest.table_parts import join_tables, require_columns
from fieldmark.manifest.text_tables import TextTable, read_text_table


def read_images(
    file: StudyFile, *, progress: Progress | None = None
) -> tuple[Manifest, list[Finding]]:
    """Return the manifest of a study, and what was found and done while it was read.

    Names give way to their accepted names first, then images without a label are left out (where
    the study says so), then the taxonomy is built.

    Args:
        file: the study.
        progress: who is told how many tables are read; nobody when None.

    Raises:
        ManifestError: a table is missing or is not what the study says, or synonyms contradict
            themselves.
        TaxonomyError: the ranks do not form a tree.
    """
    data = file.study.data
    columns = ManifestColumns(**data.as_columns())
    table, found = _read(file, columns, progress)
    check_present(table, columns)
    names = columns.ranks or (columns.label_column,)
    as_read = columns.label_column
    if data.synonyms is not None:
        synonyms = read_synonyms(file.locate(data.synonyms), ranks=names)
        table, changes = apply_synonyms(table, names, synonyms)
        found += renaming_findings(changes, synonyms.source)
        as_read = f"{as_read}_as_read"
    if data.format == "fungitastic" and names[-1] == LEAF and NUMBER in table.frame.columns:
        found += number_findings(table.frame, number=NUMBER, label=LEAF, as_read=as_read)
    if data.unnamed == "exclude":
        table, left_out = leave_out_unnamed(
            table, label=columns.label_column, ranks=columns.ranks, id_column=columns.id
        )
        found += left_out
    return manifest_of(table, columns=columns, images=file.locate(data.images)), found


def accepted_labels(file: StudyFile) -> dict[str, str]:
    """Return which labels give way to which in a study; none where it names no synonyms.

    Raises:
        ManifestError: the synonyms contradict themselves.
    """
    data = file.study.data
    if data.synonyms is None:
        return {}
    columns = ManifestColumns(**data.as_columns())
    names = columns.ranks or (columns.label_column,)
    return read_synonyms(file.locate(data.synonyms), ranks=names).at(names[-1])


def _read(
    file: StudyFile, columns: ManifestColumns, progress: Progress | None
) -> tuple[TextTable, list[Finding]]:
    data = file.study.data
    if isinstance(data.manifest, str) and data.format == "table":
        return read_text_table(file.locate(data.manifest)), []
    tables = _tables(file, data)
    joined = join_tables(tables, progress=progress)
    table = joined.table
    if data.format == "fungitastic":
        table = place_images(
            table, tables, resolution=data.resolution or "300p", images=file.locate(data.images)
        )
    needed = {*columns.roles.values(), *columns.regions.names, columns.split} - {PART, None}
    require_columns(joined, {name for name in needed if name is not None})
    return table, joined.findings()


def _tables(file: StudyFile, data: DataConfig) -> Mapping[str, Path]:
    if isinstance(data.manifest, str):
        return fungitastic_tables(file.locate(data.manifest), open_set=data.open_set)
    return {part: file.locate(written) for part, written in data.manifest.items()}
