"""The section on photos and observations: each level in tables of its own, and their verdicts."""

from collections.abc import Sequence

from fieldmark.core.checks import as_sentence, count_of
from fieldmark.decision.metadata_record import MetadataPrior
from fieldmark.report.content import Refusal, ReportContent
from fieldmark.report.judgement_tables import refusal_table
from fieldmark.report.level_tables import level_tables, rank_folds, step_folds, step_table
from fieldmark.report.levels import Levels
from fieldmark.report.numbers import count
from fieldmark.report.section import Fold, Section
from fieldmark.report.tables import Cell, Column, Table

_MOST_ROWS = 10
_NAME, _TITLE = "levels", "Photos and observations"


def level_section(content: ReportContent) -> Section:
    """Return what is shown of levels and priors; empty where a study asks for none."""
    levels = content.levels
    if levels is None:
        return Section(_NAME, _TITLE)
    refusals = refusal_table([Refusal(what, why) for what, why in levels.refusals])
    by_level = level_tables(levels, content.leaf_rank)
    is_long = any(len(table.rows) > _MOST_ROWS for table in by_level)
    tables = (step_table(levels), *(() if is_long else by_level))
    return Section(
        _NAME,
        _TITLE if levels.observations is not None else "Priors beside the scores",
        remarks=_remarks(levels),
        tables=(*tables, _renamed(refusals)),
        folded=(
            *(Fold(table.caption, tables=(table,)) for table in by_level if is_long),
            *step_folds(levels),
            *rank_folds(levels, content.leaf_rank),
            *_fitted_folds(levels),
        ),
    )


def _remarks(levels: Levels) -> tuple[str, ...]:
    found = []
    if levels.observations is not None:
        found.append(levels.observations.in_words)
        found.append(
            "A share of images and a share of observations have different denominators, and stand"
            " in tables of their own. Whether pooling helps is asked of the same images: the answer"
            " of its observation is given for each of them."
        )
    if levels.priors or levels.shifts:
        found.append(
            "Scores are calibrated by temperature first, priors are fitted on"
            f" {_parts(levels)}, and everything here is reported on another part."
        )
    found += map(as_sentence, levels.remarks)
    idle = _idle(levels.priors)
    if idle:
        found.append(
            f"On {_parts(levels)} the metadata prior adds nothing that can be shown for"
            f" {_listed(idle)}: its weights are 0 there, and the answers stay as they are."
        )
    return tuple(found)


def _idle(priors: Sequence[MetadataPrior]) -> list[str]:
    """Return for whom the prior adds nothing; of which seeds, where it does for others."""
    found = []
    for name in dict.fromkeys(prior.contender for prior in priors):
        own = [prior for prior in priors if prior.contender == name]
        nothing = sum(not prior.is_kept for prior in own)
        if nothing:
            found.append(
                name if nothing == len(own) else f"{nothing} of {len(own)} seeds of {name}"
            )
    return found


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def _parts(levels: Levels) -> str:
    parts = [prior.fitted_on for prior in levels.priors]
    parts += [shift.fitted_on for shift in levels.shifts if shift.fitted_on is not None]
    return " and ".join(f"“{part}”" for part in dict.fromkeys(parts)) or "nothing"


def _fitted_folds(levels: Levels) -> tuple[Fold, ...]:
    found = Fold(
        "What the priors learnt", tables=(_prior_table(levels.priors), _shift_table(levels))
    )
    return (found,) if found.tables else ()


def _prior_table(priors: Sequence[MetadataPrior]) -> Table:
    names = list(dict.fromkeys(column.name for prior in priors for column in prior.columns))
    heads = (
        Column("Contender"),
        Column("Result"),
        Column("Fall of the log loss", "cross-fitted, with its lower bound", is_number=True),
        *(Column(name, "weight", is_number=True) for name in names),
        Column("Shrinkage", "in items", is_number=True),
        Column("Temperature", is_number=True),
    )
    rows = tuple(_prior_cells(prior) for prior in priors)
    note = ""
    if priors:
        lacking = f"{count_of(priors[0].lacking, 'class', 'classes')} without any count as half"
        note = (
            f"Counted on {count_of(priors[0].training_items, 'training item')}"
            f" ({priors[0].trained_on}); {lacking} an item each. Lower bounds at"
            f" {100 * priors[0].level:g} %."
        )
    return Table("metadata-priors", "Metadata priors", heads, rows, note)


def _prior_cells(prior: MetadataPrior) -> tuple[Cell, ...]:
    badge = Cell("kept", tone="good") if prior.is_kept else Cell("adds nothing", tone="neutral")
    return (
        Cell(prior.contender, "" if prior.seed is None else f"seed {prior.seed}"),
        badge,
        Cell(_signed(prior.gain), f"at least {_signed(prior.gain_low)}, n = {count(prior.n)}"),
        *(Cell(f"{weight:.2f}") for weight in prior.tuned_weights),
        Cell(f"{prior.shrinkage:.3g}"),
        Cell(f"{prior.calibrator.temperature:.3f}"),
    )


def _signed(number: float) -> str:
    return f"{number:+.4f}".replace("-", "−")


def _shift_table(levels: Levels) -> Table:
    heads = (Column("Contender"), Column("tau", is_number=True), Column("How"))
    rows = tuple(
        (
            Cell(shift.contender, "" if shift.seed is None else f"seed {shift.seed}"),
            Cell(f"{shift.tau:g}"),
            Cell(shift.sentence()),
        )
        for shift in levels.shifts
    )
    return Table("prior-shifts", "Prior shifts: f − tau log prior, at the leaves", heads, rows)


def _renamed(table: Table) -> Table:
    return Table(
        "level-refusals", "What could not be fitted or compared", table.columns, table.rows
    )
