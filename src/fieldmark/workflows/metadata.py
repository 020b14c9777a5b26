"""A metadata prior for anybody's stored predictions: fitted on one part, reported on another."""

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from fieldmark.comparison.rules import STRICT, ComparisonRules
from fieldmark.core.checks import count_of, first_few
from fieldmark.core.errors import DecisionError
from fieldmark.core.progress import Progress, SilentProgress
from fieldmark.core.storage import write_json
from fieldmark.decision.calibrators import calibrate
from fieldmark.decision.division import require_apart
from fieldmark.decision.metadata_prior import apply_metadata_prior, fit_metadata_prior
from fieldmark.decision.metadata_record import MetadataPrior, MetadataSettings
from fieldmark.experiments.observing import YearsConfig
from fieldmark.manifest.text_tables import read_text_table
from fieldmark.predictions.store import load_predictions, save_predictions
from fieldmark.predictions.table import Predictions
from fieldmark.report.levels import BARE, Levels
from fieldmark.workflows.levels import Pooling, levels_of
from fieldmark.workflows.observing import of_years
from fieldmark.workflows.treatments import METADATA, Treated


@dataclass(frozen=True, slots=True, kw_only=True)
class PriorTables:
    """Where training items and metadata come from, and what their columns are called.

    Attributes:
        training: a table of training items, or of all items where the predictions say which ones
            they were trained on.
        items: a table with the metadata of the predicted items; None where these have them.
        id: the column of ids in both.
        label: the column of labels of the training items.
        group: the column of their groups; None where there is none.
        years: which training items are counted; None for all.
    """

    training: Path
    items: Path | None = None
    id: str = "id"
    label: str = "label"
    group: str | None = None
    years: YearsConfig | None = None


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class PriorReport:
    """What became of a metadata prior.

    Attributes:
        prior: what was learnt, and whether it is kept.
        levels: what was measured with and without it, on the reported part.
        answer: the predictions of the reported part under the prior.
    """

    prior: MetadataPrior
    levels: Levels
    answer: Predictions

    def to_dict(self) -> dict[str, Any]:
        """Return the record as it is written to JSON, without the predictions."""
        levels = self.levels
        return {
            "prior": self.prior.to_dict(),
            "observations": None
            if levels.observations is None
            else dataclasses.asdict(levels.observations),
            "rows": [
                {
                    "contender": row.contender,
                    "treatment": row.treatment,
                    "level": row.level,
                    "n": row.n,
                    "estimates": [estimate.to_dict() for estimate in row.estimates],
                }
                for row in levels.rows
            ],
            "verdicts": [
                {
                    "step": one.step,
                    "counted": one.counted,
                    "comparison": None if one.comparison is None else one.comparison.to_dict(),
                }
                for one in levels.verdicts
            ],
            "notes": list(levels.remarks),
        }


def metadata_prior_of(
    folders: tuple[Path, Path],
    tables: PriorTables,
    settings: MetadataSettings,
    *,
    pooling: Pooling | None = None,
    metric: str = "accuracy",
    rules: ComparisonRules = STRICT,
    out: Path | None = None,
    progress: Progress | None = None,
) -> PriorReport:
    """Return what metadata add to stored predictions, and store the predictions under the prior.

    Args:
        folders: stored predictions of a contender, on the part to fit on and the one to report on.
        tables: the training items, and the metadata of the others.
        settings: columns and bins.
        pooling: what several photos show one of; None to judge photos alone.
        metric: what the verdicts are about, besides accuracy.
        rules: level and draws.
        out: folder for ``prior.json`` and ``predictions``; None stores nothing.
        progress: who is told how far it is.

    Raises:
        DecisionError: an item stands in two of the three parts, or a column is missing or leaks.
        ManifestError: a table cannot be read.
        NotComparableError: the parts are of different contenders or classes, or similarities.
        StoreError: predictions are not there, or ``out`` holds something else.
    """
    fit, report = (load_predictions(folder) for folder in folders)
    notes = list(require_apart(fit, report))
    training, words = _training(tables, settings, fit, report)
    if tables.items is not None:
        metadata = _named(tables.items, tables, settings, needs=("id",))
        fit, report = (_with_metadata(table, metadata, notes) for table in (fit, report))
    prior = fit_metadata_prior(fit, training, settings, trained_on=words)
    answer = apply_metadata_prior(prior, report)
    treated = Treated(
        report.header.contender,
        {BARE: (calibrate(report, prior.calibrator),), METADATA: (answer,)},
        priors=[prior],
        notes=notes,
    )
    levels = levels_of(
        [treated], pooling, metric=metric, rules=rules, progress=progress or SilentProgress()
    )
    found = PriorReport(prior=prior, levels=levels, answer=answer)
    if out is not None:
        save_predictions(answer, out / "predictions")
        write_json(out / "prior.json", found.to_dict())
    return found


def _training(
    tables: PriorTables, settings: MetadataSettings, fit: Predictions, report: Predictions
) -> tuple[pl.DataFrame, str]:
    """Return the training items, and which ones they are, in words."""
    needs = ("id", "label") if tables.group is None else ("id", "label", "group")
    frame = _named(tables.training, tables, settings, needs=needs)
    words = f"all of {tables.training.name}"
    known = fit.training_ids or report.training_ids
    if known is not None:
        frame = frame.filter(pl.col("id").is_in(list(known)))
        words = f"those of {tables.training.name} that the predictions were trained on"
        if not frame.height:
            raise DecisionError(
                f"Expected training items in {tables.training}; none of its ids is one that the"
                f" predictions were trained on (such as '{known[0]}'). Name the column of ids with"
                " --id."
            )
    _require_none_of(frame, report)
    if tables.years is not None:
        if tables.years.column not in frame.columns:
            raise DecisionError(
                f"Expected a column of years '{tables.years.column}' in {tables.training}; there is"
                " none. Name it with --years."
            )
        frame = of_years(frame, tables.years)
        words = f"{words}, {tables.years.in_words}"
    return frame, words


def _require_none_of(training: pl.DataFrame, report: Predictions) -> None:
    seen = frozenset(training["id"].to_list())
    shared = [one for one in report.ids.to_list() if one in seen]
    if shared:
        raise DecisionError(
            f"Expected training items alone; {len(shared):,} of"
            f" {count_of(report.n, 'item')} of '{report.header.split}', which is reported, stand"
            f" among them (first: {first_few(shared, 1)}), so the prior would know their labels."
            " Give a table of training items."
        )


def _named(
    path: Path, tables: PriorTables, settings: MetadataSettings, *, needs: tuple[str, ...]
) -> pl.DataFrame:
    """Return a table whose columns of ids, labels and groups have their own names.

    Ids are needed in any table: without them, nothing says which items are counted.
    """
    frame = read_text_table(path).frame
    named = {"id": tables.id, "label": tables.label, "group": tables.group}
    for role in needs:
        if named[role] not in frame.columns:
            raise DecisionError(
                f"Expected a column '{named[role]}' in {path}; there are:"
                f" {', '.join(frame.columns)}. Name it with --{role}."
            )
    roles = {role: frame[name] for role, name in named.items() if name in frame.columns}
    wanted = [*settings.columns, *([tables.years.column] if tables.years else [])]
    return pl.DataFrame(roles | {name: frame[name] for name in wanted if name in frame.columns})


def _with_metadata(table: Predictions, metadata: pl.DataFrame, notes: list[str]) -> Predictions:
    """Return the predictions with the columns of metadata that their items lack."""
    lacking = [
        name for name in metadata.columns if name not in (*table.items.columns, "label", "group")
    ]
    found = metadata.select("id", *lacking)
    if found["id"].is_duplicated().any():
        twice = found["id"].filter(found["id"].is_duplicated())[0]
        raise DecisionError(
            f"Expected each id once in the table of metadata; '{twice}' stands there more often."
            " Remove what is there twice."
        )
    without = int((~table.ids.is_in(found["id"].implode())).sum())
    if without == table.n:
        raise DecisionError(
            f"Expected metadata of the items of '{table.header.split}'; none of {table.n:,} ids"
            f" (such as '{table.ids[0]}') is in the table. Name its column of ids with --id."
        )
    if without:
        notes.append(
            f"{count_of(without, 'item')} of '{table.header.split}' have no row of metadata, which"
            " changes nothing for them"
        )
    items = table.items.join(found, on="id", how="left", maintain_order="left")
    return dataclasses.replace(table, items=items)
