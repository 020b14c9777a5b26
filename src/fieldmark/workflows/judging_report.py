"""The report of stored predictions alone: no study, no manifest, no learning package."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from fieldmark.comparison.judged_tables import require_comparable
from fieldmark.comparison.rules import STRICT, ComparisonRules
from fieldmark.comparison.selection import SelectionLedger, recorded_choices
from fieldmark.core.checks import first_few, unknown_choice
from fieldmark.core.errors import FieldmarkError
from fieldmark.core.progress import Progress, SilentProgress
from fieldmark.evaluation.evaluate import evaluate_many
from fieldmark.evaluation.record import Evaluation
from fieldmark.manifest.hazards import HazardColumn, Hazards, hazards_of
from fieldmark.predictions.store import load_predictions
from fieldmark.predictions.table import Predictions
from fieldmark.report.content import ContenderRow, ReportContent
from fieldmark.report.exhibits import ExampleImage
from fieldmark.report.page import write_report
from fieldmark.report.rows import baseline_rows, contender_row
from fieldmark.workflows.behaviour import Answered, answered, behaviour_of
from fieldmark.workflows.choices import shown_choices
from fieldmark.workflows.common_ground import common_ground
from fieldmark.workflows.deciding import settings_of
from fieldmark.workflows.decoding_evidence import all_decodings, heads_beside
from fieldmark.workflows.gallery import gallery_of
from fieldmark.workflows.levels import Pooling, photo_levels
from fieldmark.workflows.pairs import pairwise_verdicts
from fieldmark.workflows.rank_pairs import rank_comparisons
from fieldmark.workflows.stored_facts import (
    Tables,
    data_card_of,
    description_of,
    provenance_of,
    question_of,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportOptions:
    """What a report of predictions is about and shows.

    Attributes:
        metric: what the verdict is about; one that contenders can be compared on.
        images: folder of the images, to show some; each lies under its id, or under the text of
            the column ``path`` where the items have one. None shows none.
        title: of the report; by default the name of its folder.
        selection: the choices that were made; those that the predictions themselves carry are
            added. None where no ledger is stored.
        pooling: what several photos show one of, judged as a level of its own; None for photos.
        hazard: the column of the items that says which classes are poisonous; None for none.
    """

    metric: str = "accuracy"
    images: Path | None = None
    title: str | None = None
    selection: SelectionLedger | None = None
    pooling: Pooling | None = None
    hazard: HazardColumn | None = None


#: Accuracy decides; no images are shown.
PLAIN = ReportOptions()


def report_predictions(
    paths: Sequence[Path],
    out: Path,
    *,
    reference: str | None = None,
    critical: Sequence[str] = (),
    options: ReportOptions = PLAIN,
    rules: ComparisonRules = STRICT,
    progress: Progress | None = None,
) -> tuple[Path, tuple[str, ...]]:
    """Write the report of stored predictions.

    Tables of one contender are its seeds. Every table is evaluated; every pair that may stand side
    by side gets a verdict, corrected for their number, and every other one a refusal with its
    reason.

    Args:
        paths: folders of stored predictions, at least one.
        out: folder of the report; is made when it is not there.
        reference: contender that all others are compared with; None to compare each with each.
        critical: classes that get a dossier.
        options: the metric of the verdict, the images and the title.
        rules: what may differ, and how tests and intervals are made.
        progress: who is told how far it is; nobody when None.

    Returns:
        The path of the page, and the sentences of the verdict.

    Raises:
        FieldmarkError: there is no path, a contender, metric or class is unknown, or tables of one
            contender are not its seeds.
    """
    progress, metric = progress or SilentProgress(), options.metric
    require_comparable(metric)
    tables = _by_contender(paths)
    if reference is not None and reference not in tables:
        raise FieldmarkError(unknown_choice("reference", reference, list(tables)))
    evaluations = _evaluations(tables, rules, progress=progress)
    ledger = _ledger(tables, options.selection)
    comparisons, refusals = pairwise_verdicts(
        tables, metric, reference=reference, rules=rules, selection=ledger, progress=progress
    )
    found = answered(tables, evaluations, metric, progress=progress)
    hazards = _hazards(found, options.hazard)
    behaviour = behaviour_of(found, critical=critical, hazards=hazards, level=rules.level)
    rows = _rows(tables, evaluations)
    decodings, gains = all_decodings(
        [one.table for one in found], tables, heads=heads_beside(paths), rules=rules
    )
    shared = common_ground(tables, rules, progress=progress)
    content = ReportContent(
        title=options.title or out.resolve().name,
        question=question_of(tables),
        headline_metric=metric,
        verdict=shared.verdict(rows, comparisons, metric),
        rows=rows,
        common=shared.rows,
        common_notes=shared.notes,
        data=data_card_of(next((one.table for one in found if one.table.taxonomy), found[0].table)),
        choices=None if ledger is None else shown_choices(ledger, tables, evaluations),
        comparisons=comparisons,
        at_ranks=rank_comparisons(tables, reference=reference, rules=rules, progress=progress),
        refusals=refusals,
        confusions=behaviour.confusions,
        confidences=behaviour.confidences,
        backoffs=behaviour.backoffs,
        backoff_settings=settings_of(found, {}, level=rules.level),
        dangers=behaviour.dangers,
        decodings=decodings,
        gains=gains,
        dossiers=behaviour.dossiers,
        levels=None
        if options.pooling is None
        else photo_levels(
            tables, options.pooling, metric=options.metric, rules=rules, progress=progress
        ),
        taxonomy=behaviour.taxonomy,
        examples=() if options.images is None else _gallery(found, options.images, critical),
        provenance=provenance_of(tables),
    )
    return write_report(content, out), content.verdict


def _hazards(found: Sequence[Answered], told: HazardColumn | None) -> Hazards | None:
    """Return what the items of all contenders say, those without the column left out."""
    if told is None:
        return None
    items = [one.table.items for one in found]
    return hazards_of([one for one in items if told.column in one.columns] or items[:1], told)


def _by_contender(paths: Sequence[Path]) -> dict[str, tuple[Predictions, ...]]:
    """Return the tables of each contender, its seeds in the order of the paths."""
    if not paths:
        raise FieldmarkError("Expected at least one folder of stored predictions; got none.")
    tables: dict[str, tuple[Predictions, ...]] = {}
    for path in paths:
        table = load_predictions(path)
        name = table.header.contender
        tables[name] = (*tables.get(name, ()), table)
    unclear = [
        name
        for name, seeds in tables.items()
        if len(seeds) > 1 and any(table.header.seed is None for table in seeds)
    ]
    if unclear:
        raise FieldmarkError(
            f"Expected tables of one contender to be its seeds; {first_few(unclear)} came more "
            "than once without a seed. Import each model under a name of its own with "
            "'--contender', or state its seed with '--seed'."
        )
    return tables


def _ledger(tables: Tables, given: SelectionLedger | None) -> SelectionLedger | None:
    """Return the choices that were given and those that the tables carry; None without any."""
    carried = recorded_choices([table for seeds in tables.values() for table in seeds])
    if given is None:
        return carried if carried.choices else None
    return SelectionLedger(tuple(dict.fromkeys((*given.choices, *carried.choices))))


def _evaluations(
    tables: Tables, rules: ComparisonRules, *, progress: Progress
) -> dict[str, Evaluation]:
    found = {}
    with progress.step("evaluate", len(tables)) as step:
        for name, seeds in tables.items():
            found[name] = evaluate_many(
                seeds, resamples=rules.resamples, seed=rules.seed, level=rules.level
            )
            step.advance()
    return found


def _rows(tables: Tables, evaluations: Mapping[str, Evaluation]) -> tuple[ContenderRow, ...]:
    contenders = tuple(
        contender_row(
            name,
            evaluations[name],
            cells_ran=len(seeds),
            cells_planned=len(seeds),
            description=description_of(seeds[0]),
        )
        for name, seeds in tables.items()
    )
    return contenders + baseline_rows(evaluations.values())


def _gallery(
    found: Sequence[Answered], images: Path, critical: Sequence[str]
) -> tuple[ExampleImage, ...]:
    places: dict[str, str] = {}
    for one in found:
        if "path" in one.table.items.columns:
            places |= dict(one.table.items.select("id", "path").iter_rows())

    def image_path(image_id: str) -> Path:
        return images / places.get(image_id, image_id)

    return gallery_of(found, image_path, critical=critical)
