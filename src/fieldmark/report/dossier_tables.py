"""Tables of a critical class: what may be claimed at each rank, and at which it is answered."""

from collections.abc import Sequence

from fieldmark.core.checks import count_of
from fieldmark.decision.planner import RecallPlan
from fieldmark.report.backoff_settings import BackoffSetting
from fieldmark.report.dossier_claims import CONFIDENCE, TARGETS, AtLeast
from fieldmark.report.dossiers import Dossier
from fieldmark.report.numbers import SHARE, count
from fieldmark.report.tables import Cell, Column, Table


def at_least_table(dossier: Dossier, *, name: str) -> Table:
    """Return to which rank the class is named, with what certainty, and what more would take.

    Args:
        dossier: of one contender.
        name: of the table on its page.
    """
    heads = (
        Column("At least the"),
        Column("Named so", is_number=True),
        Column("Certain", f"lower bound at {100 * CONFIDENCE:g} %", is_number=True),
        *(Column(f"To claim {100 * target:g} %", "misses; what it takes") for target in TARGETS),
    )
    rows = tuple(
        (
            Cell(one.rank, one.name),
            Cell(f"{count(one.named)} of {count(one.of)}", f"{one.unit}s"),
            Cell(SHARE.value(one.bound)),
            *(_plan_cell(one, plan) for plan in one.plans),
        )
        for one in dossier.claims
    )
    groups = any(one.unit == "group" for one in dossier.claims)
    counted = " A group counts as named when every image of the class in it is." if groups else ""
    note = (
        "Certain: the share that this part allows to claim, the one-sided bound of Clopper and "
        f"Pearson.{counted} What a claim takes: how many of them, at the misses there are; with "
        "none missed, "
        + " and ".join(
            f"{plan.needed_by_misses[0]:,} for {100 * plan.target_recall:g} %"
            for plan in (dossier.claims[0].plans if dossier.claims else ())
        )
        + "."
    )
    caption = f"At least to which rank {dossier.contender} names {dossier.name}"
    return Table(name, caption, heads, rows, note=note)


def backed_off_table(
    dossier: Dossier, settings: Sequence[BackoffSetting], *, name: str
) -> Table | None:
    """Return at which rank the images of the class are answered, by each way to back off.

    Args:
        dossier: of one contender.
        settings: of the same contender, over the same ranks; none gives None.
        name: of the table on its page.
    """
    own = [one for one in settings if one.contender == dossier.contender]
    if not own or not dossier.images:
        return None
    ranks = own[0].ranks
    heads = (
        Column("Answers"),
        *(Column(rank, "answered at it", is_number=True) for rank in ranks[::-1]),
        Column("No answer", is_number=True),
        Column("Wrong in all", is_number=True),
    )
    rows = tuple(_setting_cells(one, dossier) for one in own if one.ranks == ranks)
    caption = f"At which rank {dossier.contender} answers images of {dossier.name}"
    return Table(name, caption, heads, rows)


def _plan_cell(one: AtLeast, plan: RecallPlan) -> Cell:
    if plan.feasible:
        allowed = count_of(plan.max_misses or 0, "miss", "misses")
        return Cell("can be claimed", f"at most {allowed} of {count(one.of)}", tone="good")
    at_most = (
        f"{count_of(one.of, one.unit)} are too few"
        if plan.max_misses is None
        else f"at most {count_of(plan.max_misses, 'miss', 'misses')} of {count(one.of)}"
    )
    misses = one.of - one.named
    needs = f"{count(plan.needed_positives)} {one.unit}s with {count_of(misses, 'miss', 'misses')}"
    return Cell(f"takes {needs}", at_most)


def _setting_cells(one: BackoffSetting, dossier: Dossier) -> tuple[Cell, ...]:
    by_rank = one.by_rank(dossier.name)
    answered = sum(at.answered for at in by_rank)
    wrong = sum(at.wrong for at in by_rank)
    return (
        Cell(one.name),
        *(
            Cell(count(at.answered), f"{count(at.wrong)} wrong" if at.answered else "")
            for at in by_rank[::-1]
        ),
        Cell(count(dossier.images - answered), f"of {count(dossier.images)}"),
        Cell(count(wrong), SHARE.value(wrong / dossier.images)),
    )
