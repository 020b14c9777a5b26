"""Foreign files of scores, taken in under the accepted names of a table of synonyms."""

import dataclasses
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from fieldmark.core.errors import PredictionsError
from fieldmark.core.progress import Progress
from fieldmark.manifest.lineage import named
from fieldmark.manifest.renaming import apply_synonyms
from fieldmark.manifest.synonyms import Synonyms, read_synonyms
from fieldmark.manifest.taxonomy import Taxonomy, build_taxonomy
from fieldmark.manifest.text_tables import TextTable, read_text_table
from fieldmark.predictions.accepted_names import with_accepted_names
from fieldmark.predictions.header import ScoreKind
from fieldmark.predictions.importers import ImportOptions, import_predictions
from fieldmark.predictions.store import load_predictions, refuse_foreign_folder, save_predictions
from fieldmark.predictions.table import Predictions

_DEFAULTS: Final = ImportOptions()


@dataclasses.dataclass(frozen=True, slots=True)
class Acceptance:
    """What a table of synonyms changed in foreign predictions.

    Attributes:
        replaced: class or label that gave way -> its accepted name.
        merged: accepted name -> the classes that have become this one column, two or more.
        items: how many items have a label that gave way.
        unmet: names of the table that are neither a class nor a label.
    """

    replaced: Mapping[str, str]
    merged: Mapping[str, tuple[str, ...]]
    items: int
    unmet: tuple[str, ...]


def import_accepted(
    source: Path,
    *,
    kind: ScoreKind,
    out: Path,
    synonyms: Path,
    options: ImportOptions = _DEFAULTS,
    progress: Progress | None = None,
) -> tuple[Predictions, Acceptance]:
    r"""Copy a foreign file of scores into a store, its classes and labels under accepted names.

    Of classes that become one, probabilities are summed, logits combined so that their softmax is
    that sum, and of similarities the larger is taken. The taxonomy, if one is named, gets accepted
    names at every rank.

    Args:
        source: as of `import_predictions`.
        kind: what the scores are; it is not guessed.
        out: folder to write; stored predictions there are replaced, anything else is refused.
        synonyms: table with the columns name and accepted, and rank where there is a taxonomy.
        options: what the file does not say about itself.
        progress: told the number of bytes read.

    Returns:
        the stored predictions, memory-mapped, and what was renamed.

    Raises:
        PredictionsError: as `import_predictions`; or synonyms have ranks, and there is no taxonomy.
        ManifestError: the synonyms contradict themselves, or a table cannot be read.
        TaxonomyError: the taxonomy is no tree under accepted names.
        StoreError: ``out`` holds something that is not stored predictions.

    Example:
        >>> with tempfile.TemporaryDirectory() as place:
        ...     folder = Path(place)
        ...     size = (folder / "a.csv").write_text("id,label,score:oak,score:Quercus\n1,oak,1,2")
        ...     size = (folder / "s.csv").write_text("name,accepted\noak,Quercus\n")
        ...     found, changed = import_accepted(
        ...         folder / "a.csv",
        ...         kind=ScoreKind.SIMILARITIES,
        ...         out=folder / "in",
        ...         synonyms=folder / "s.csv",
        ...     )
        ...     found.label_space.classes, found.scores.tolist(), changed.items
        (('Quercus',), [[2.0]], 1)
    """
    refuse_foreign_folder(out)
    known, tree = _names_and_tree(synonyms, options)
    accepted = known.at(tree.ranks[-1]) if tree is not None else known.at("")
    plain = options if tree is None else dataclasses.replace(options, taxonomy=None, ranks=())
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".import-", dir=out.parent) as scratch:
        given = import_predictions(
            source, kind=kind, out=Path(scratch) / "as-read", options=plain, progress=progress
        )
        told = {**given.header.provenance, "synonyms": synonyms.name}
        header = given.header.model_copy(update={"provenance": told})
        given = dataclasses.replace(given, header=header)
        changed = _changes(given, accepted)
        if changed.replaced:
            with_accepted_names(given, accepted, folder=out, taxonomy=tree)
        else:
            save_predictions(dataclasses.replace(given, taxonomy=tree), out)
    return load_predictions(out), changed


def _names_and_tree(path: Path, options: ImportOptions) -> tuple[Synonyms, Taxonomy | None]:
    """Return the synonyms, and the taxonomy under accepted names where one is named."""
    if options.taxonomy is None:
        _refuse_ranks(path)
        return read_synonyms(path, ranks=()), None
    table = read_text_table(options.taxonomy)
    ranks = options.ranks or tuple(table.frame.columns)
    known = read_synonyms(path, ranks=ranks)
    return known, _tree(table, ranks, known)


def _refuse_ranks(path: Path) -> None:
    frame = read_text_table(path).frame
    ranks = frame["rank"].drop_nulls().unique().sort().to_list() if "rank" in frame.columns else []
    ranks = [rank for rank in ranks if rank]
    if ranks:
        raise PredictionsError(
            f"{path.name} says at which rank names give way (first: '{ranks[0]}'), and without a "
            "taxonomy it is not known which rank the classes are. Name one with --taxonomy, or "
            "leave the column rank out."
        )


def _tree(table: TextTable, ranks: tuple[str, ...], known: Synonyms) -> Taxonomy:
    """Return the taxonomy of a table once its names are the accepted ones."""
    missing = [rank for rank in ranks if rank not in table.frame.columns]
    if not missing:
        table, _ = apply_synonyms(table, ranks, known)
        table = dataclasses.replace(table, frame=table.frame.filter(named(ranks[-1]).is_not_null()))
    return build_taxonomy(table.frame, ranks)


def _changes(given: Predictions, accepted: Mapping[str, str]) -> Acceptance:
    classes, labels = given.label_space.classes, set(given.labels.to_list())
    bearers: dict[str, list[str]] = {}
    for name in classes:
        bearers.setdefault(accepted.get(name, name), []).append(name)
    there = labels.union(classes)
    return Acceptance(
        replaced={old: new for old, new in accepted.items() if old in there},
        merged={new: tuple(names) for new, names in bearers.items() if len(names) > 1},
        items=int(given.labels.is_in(list(accepted)).sum()),
        unmet=tuple(old for old in accepted if old not in there),
    )
