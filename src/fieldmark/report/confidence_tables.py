"""The tables behind the plots of confidence, and the tables of a critical class."""

from collections.abc import Sequence

from fieldmark.manifest.hazards import Hazard, Hazards
from fieldmark.report.confidences import COVERAGES, ConfidenceAtRank
from fieldmark.report.dossiers import CertaintyAtRank, Dossier
from fieldmark.report.estimate_cells import estimate_cell
from fieldmark.report.exhibits import TakenFor
from fieldmark.report.numbers import PLAIN, SHARE, count
from fieldmark.report.tables import Cell, Column, Table


def confidence_table(found: Sequence[ConfidenceAtRank], *, name: str = "confidence") -> Table:
    """Return how sure each contender is at each rank, where right, where wrong, and how fittingly.

    Args:
        found: one a row.
        name: of the table on its page.

    Example:
        >>> confidence_table(()).rows
        ()
    """
    heads = (
        Column("Contender"),
        Column("Rank"),
        Column("Mean confidence", "where right", is_number=True),
        Column("Mean confidence", "where wrong", is_number=True),
        Column("Calibration error", "in 15 bins", is_number=True),
        Column("AURC", "lower is better", is_number=True),
        *(Column("Risk", f"at {100 * share:g} %", True) for share in COVERAGES),
        Column("n", is_number=True),
    )
    rows = tuple(
        (
            Cell(one.contender),
            Cell(one.rank),
            Cell(SHARE.value(one.mean_right)),
            Cell(SHARE.value(one.mean_wrong)),
            Cell(SHARE.value(one.calibration_error)),
            Cell(f"{one.area:.4f}"),
            *(Cell(SHARE.value(risk)) for risk in one.risks),
            Cell(count(one.n)),
        )
        for one in found
    )
    note = (
        "Risk: share of wrong answers among the surest ones that make up the coverage, at 50 % the"
        " surer half. Calibration error: bins of equal width."
    )
    return Table(name, "Confidence, calibration and risk", heads, rows, note=note)


def reliability_table(found: ConfidenceAtRank, *, name: str) -> Table:
    """Return the bins of a reliability diagram.

    Args:
        found: of one contender at one rank.
        name: of the table on its page.
    """
    heads = (
        Column("Confidence", "above, up to"),
        Column("Mean confidence", is_number=True),
        Column("Right", "Wilson, 95 %", is_number=True),
        Column("n", is_number=True),
    )
    rows = tuple(
        (
            Cell(f"{PLAIN.value(one.low)} to {PLAIN.value(one.high)}"),
            Cell(SHARE.value(one.mean_confidence)),
            Cell(SHARE.value(one.accuracy), SHARE.interval(one.accuracy_low, one.accuracy_high)),
            Cell(count(one.n)),
        )
        for one in found.bins
    )
    caption = f"Reliability of {found.contender} at the rank “{found.rank}”"
    return Table(name, caption, heads, rows)


def dossier_table(dossier: Dossier, *, name: str) -> Table:
    """Return recall, precision and confidence of a critical class, fine to coarse.

    Args:
        dossier: of one contender.
        name: of the table on its page.
    """
    heads = (
        Column("At least right to the rank"),
        Column("Recall", f"of {count(dossier.images)} images of it", is_number=True),
        Column("Precision", f"of {count(dossier.answered)} answers “{dossier.name}”", True),
        Column("Mean confidence", "its images, where right", is_number=True),
        Column("Mean confidence", "its images, where wrong", is_number=True),
        Column("Mean confidence", "of the answers with it", is_number=True),
    )
    rows = tuple(_certainty_cells(one) for one in dossier.ranks)
    level = dossier.ranks[0].recall.level
    note = (
        "Recall: share of its images that are answered with its name at this rank. Precision: "
        "share of the answers with its name whose label is the same at this rank. Below each "
        f"value: its {100 * level:g} % interval ({dossier.ranks[0].recall.method}). Answers with "
        "its name that are as often right as they are sure fit: the mean lies within the interval "
        "of the precision; that is said from 20 answers on."
    )
    caption = f"{dossier.name} as {dossier.contender} answers, on the split “{dossier.split}”"
    return Table(name, caption, heads, rows, note=note)


def taken_for_tables(dossier: Dossier, *, name: str) -> tuple[Table, Table]:
    """Return what a critical class is taken for, and what is taken for it.

    Args:
        dossier: of one contender.
        name: of the tables on their page, without their ending.
    """
    who = f"by {dossier.contender}"
    return (
        _mix_up_table(
            dossier.taken_for,
            hazards=dossier.hazards,
            name=f"{name}-taken-for",
            caption=f"What {dossier.name} is taken for {who}",
            heads=("Taken for", "of its images"),
        ),
        _mix_up_table(
            dossier.taken_for_it,
            hazards=dossier.hazards,
            name=f"{name}-taken-for-it",
            caption=f"What is taken for {dossier.name} {who}",
            heads=("Label", "of the label's images"),
        ),
    )


def _certainty_cells(one: CertaintyAtRank) -> tuple[Cell, ...]:
    return (
        Cell(one.rank, one.name),
        estimate_cell(one.recall, missing="no image"),
        estimate_cell(one.precision, missing="no image"),
        Cell(SHARE.value(one.confidence_right)),
        Cell(SHARE.value(one.confidence_wrong)),
        Cell(SHARE.value(one.confidence_answered), one.calibration),
    )


def _mix_up_table(
    pairs: Sequence[TakenFor],
    *,
    hazards: Hazards | None,
    name: str,
    caption: str,
    heads: tuple[str, str],
) -> Table:
    columns = (
        Column(heads[0]),
        *(() if hazards is None else (Column("Which is"),)),
        Column("Images", is_number=True),
        Column(heads[1], is_number=True),
        Column("In common"),
    )
    is_label = heads[0] == "Label"
    rows = []
    for pair in pairs:
        other = pair.truth if is_label else pair.predicted
        rows.append(
            (
                Cell(other),
                *(() if hazards is None else (_hazard_cell(hazards.of(other)),)),
                Cell(count(pair.count)),
                Cell(count(pair.of)),
                Cell(pair.shared or "–"),
            )
        )
    return Table(name, caption, columns, tuple(rows))


def _hazard_cell(hazard: Hazard) -> Cell:
    return Cell(hazard, tone="bad" if hazard == "poisonous" else "neutral")
