"""The report of a study, from what is stored: rows, verdict, exhibits and where all comes from."""

from collections.abc import Sequence
from pathlib import Path

from fieldmark.core.checks import count_of
from fieldmark.core.progress import Progress, SilentProgress
from fieldmark.core.provenance import provenance
from fieldmark.experiments.contenders import FineTunedContender, ImportedContender
from fieldmark.experiments.head_sections import HierarchicalHead
from fieldmark.experiments.records import CellState
from fieldmark.experiments.study_file import resolved_yaml
from fieldmark.report.choices import SelectionFacts
from fieldmark.report.content import ContenderRow, DataCard, ReportContent
from fieldmark.report.judgement_tables import claim_table
from fieldmark.report.page import write_report
from fieldmark.report.rows import baseline_rows, contender_row
from fieldmark.workflows.auditing import findings_of
from fieldmark.workflows.behaviour import answered, behaviour_of
from fieldmark.workflows.choices import ledger_of, shown_choices
from fieldmark.workflows.common_ground import common_ground
from fieldmark.workflows.deciding import decided_in, fitting_parts, settings_of
from fieldmark.workflows.decoding_evidence import study_decodings
from fieldmark.workflows.evidence import Evidence, gather
from fieldmark.workflows.exhibits import curves_of
from fieldmark.workflows.gallery import gallery_of
from fieldmark.workflows.ground import Ground
from fieldmark.workflows.pairs import rules_of
from fieldmark.workflows.study_levels import study_levels


def report_study(
    ground: Ground, *, critical: Sequence[str] = (), progress: Progress | None = None
) -> tuple[Path, tuple[str, ...]]:
    """Write the report of a study from what is stored.

    Args:
        ground: the study, as ``open_ground`` gives it.
        critical: classes that get a dossier, besides those that the protocol names.
        progress: who is told how far it is; nobody when None.

    Returns:
        The path of the page, and the sentences of the verdict and the claims.
    """
    progress = progress or SilentProgress()
    evidence = gather(ground, progress=progress)
    content = report_content(ground, evidence, critical=critical, progress=progress)
    page = write_report(content, ground.results / "report")
    claims = (f"{claim.text}: {found.text}." for claim, _, found in claim_table(content).rows)
    return page, (*content.verdict, *claims)


def report_content(
    ground: Ground, evidence: Evidence, *, critical: Sequence[str] = (), progress: Progress
) -> ReportContent:
    """Return everything that the page of a study shows."""
    study, selection = ground.file.study, ground.file.study.protocol.selection
    names = tuple(dict.fromkeys((*study.protocol.critical, *critical)))
    found = answered(
        evidence.predictions, evidence.evaluations, evidence.headline, progress=progress
    )
    level = study.protocol.level
    behaviour = behaviour_of(found, critical=names, hazards=ground.hazards, level=level)
    parts = fitting_parts(ground, found)
    decided = decided_in(ground, found, parts, progress=progress)
    rows = rows_of(ground, evidence)
    decodings, gains = study_decodings(ground, [one.table for one in found], evidence.predictions)
    shared = common_ground(evidence.predictions, rules_of(study), progress=progress)
    return ReportContent(
        title=study.study,
        question=_question(ground),
        headline_metric=evidence.headline,
        verdict=shared.verdict(rows, evidence.comparisons, evidence.headline),
        rows=rows,
        common=shared.rows,
        common_notes=shared.notes,
        data=_data_card(ground, evidence),
        selection=None
        if selection is None
        else SelectionFacts(selection.metric, selection.on, study.protocol.report_on),
        choices=shown_choices(ledger_of(ground), evidence.predictions, evidence.evaluations),
        comparisons=evidence.comparisons,
        at_ranks=evidence.at_ranks,
        refusals=evidence.refusals,
        ablations=evidence.ablations,
        claims=evidence.claims,
        findings=findings_of(ground, progress=progress),
        confusions=behaviour.confusions,
        confidences=behaviour.confidences,
        backoffs=behaviour.backoffs,
        backoff_settings=settings_of(found, parts, decided, level=level),
        decided=decided,
        dangers=behaviour.dangers,
        decodings=decodings,
        gains=gains,
        dossiers=behaviour.dossiers,
        levels=study_levels(ground, evidence, progress=progress),
        taxonomy=behaviour.taxonomy,
        examples=gallery_of(found, ground.manifest.image_path, critical=names),
        curves=curves_of(ground),
        stale=_stale(ground),
        provenance=_provenance(ground),
        study_yaml=resolved_yaml(study),
    )


def rows_of(ground: Ground, evidence: Evidence) -> tuple[ContenderRow, ...]:
    """Return a row for each contender of a study, and for each trivial baseline."""
    contender_of = {spec.row: spec.contender for spec in ground.cells}
    return tuple(
        contender_row(
            name,
            evidence.evaluations.get(name),
            cells_ran=ran,
            cells_planned=planned,
            description=_description(ground, contender_of[name]),
        )
        for name, (ran, planned) in evidence.cells.items()
    ) + baseline_rows(evidence.evaluations.values())


def _question(ground: Ground) -> str:
    study = ground.file.study
    ranks, names = study.data.ranks, list(study.contenders)
    finest = f"{ranks[-1]} (of {count_of(len(ranks), 'rank')})" if ranks else f"{study.data.label}"
    folds = len(ground.splits.names) if ground.splits.kind == "folds" else 0
    of_folds = f" of {folds:,} folds" if folds else ""
    judged = f"judged on the part '{study.protocol.report_on}'{of_folds}?"
    if len(names) == 1:
        return f"How well does {names[0]} name the {finest}, {judged}"
    return f"Which of {len(names)} contenders names the {finest} best, {judged}"


def _stale(ground: Ground) -> tuple[str, ...]:
    records = (ground.ledger.settled_record(spec) for spec in ground.cells)
    return tuple(record.cell for record in records if record.state is CellState.STALE)


def _description(ground: Ground, name: str) -> str:
    contender = ground.file.study.contenders[name]
    if isinstance(contender, ImportedContender):
        return f"predictions from {Path(contender.predictions).name}"
    backbone = contender.backbone
    file = Path(backbone.weights)
    weights = "" if file.stem == backbone.name else f" ({file.name})"
    if isinstance(contender, FineTunedContender):
        return f"{backbone.name}{weights}, fine-tuned"
    head = contender.head
    words = head.words if isinstance(head, HierarchicalHead) else head.kind
    return f"{words} on {backbone.name}{weights}, tap {backbone.tap}"


def _data_card(ground: Ground, evidence: Evidence) -> DataCard:
    manifest = ground.manifest
    taxonomy, groups = manifest.taxonomy, manifest.groups
    ranks = () if taxonomy is None else zip(taxonomy.ranks, taxonomy.nodes, strict=True)
    classes = tuple((rank, len(nodes)) for rank, nodes in ranks)
    return DataCard(
        images=len(manifest),
        classes=classes or (("class", len(manifest.label_names)),),
        groups=None if groups is None else groups.n_unique(),
        split_sizes=_split_sizes(ground),
        excluded=evidence.excluded,
    )


def _split_sizes(ground: Ground) -> tuple[tuple[str, int], ...]:
    """Return the images of each part; over folds, of the reported part of all folds together."""
    splits, part = ground.splits.splits, ground.file.study.protocol.report_on
    if ground.splits.kind == "single":
        return tuple((name, len(ids)) for name, ids in ground.split.parts.items())
    if ground.splits.kind == "folds":
        learnt = sum(len(split.ids("train")) for split in splits.values())
        return (
            ("train, mean of folds", round(learnt / len(splits))),
            (part, sum(len(split.ids(part)) for split in splits.values())),
        )
    first = next(iter(splits.values()))
    return (
        *((f"train, {name} a class", len(split.ids("train"))) for name, split in splits.items()),
        *((name, len(ids)) for name, ids in first.parts.items() if name != "train"),
    )


def _provenance(ground: Ground) -> tuple[tuple[str, str], ...]:
    return (
        ("digest of the study", ground.file.study.digest),
        ("digest of the manifest", ground.manifest.digest),
        ("version of the labels", ground.label_version or "not recorded"),
        ("digest of the split", ground.splits.digest),
        *((f"report made with {name}", value) for name, value in provenance().items()),
    )
