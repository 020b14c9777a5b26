"""What stands above everything else: the verdict, the claims, what to beware of, the size."""

from dataclasses import dataclass

from fieldmark.core.checks import count_of, first_few
from fieldmark.report.content import ReportContent
from fieldmark.report.judgement_tables import claim_badges
from fieldmark.report.numbers import count
from fieldmark.report.tables import Cell
from fieldmark.report.verdicts import unfinished_sentence


@dataclass(frozen=True, slots=True)
class Headline:
    """The top of the page.

    Args:
        verdict: the sentence in large type.
        details: the sentences that follow it.
        claims: each a claim and its badge.
        alarms: what a reader must know before believing a number.
        facts: (name, value) pairs.
        is_preliminary: whether cells are missing.
    """

    verdict: str
    details: tuple[str, ...]
    claims: tuple[tuple[Cell, Cell], ...]
    alarms: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    is_preliminary: bool


def headline_of(content: ReportContent) -> Headline:
    """Return the top of the page; while cells are missing no verdict is shown.

    Args:
        content: what the report says.
    """
    unfinished = unfinished_sentence(content.rows)
    verdict, *details = content.verdict or ("Nothing has been concluded.",)
    if unfinished:
        verdict, details = unfinished, []
    return Headline(
        verdict=verdict,
        details=tuple(details),
        claims=claim_badges(content),
        alarms=_alarms(content),
        facts=_facts(content),
        is_preliminary=bool(unfinished),
    )


def _alarms(content: ReportContent) -> tuple[str, ...]:
    errors = sum(finding.severity == "error" for finding in content.findings or ())
    alarms = []
    if errors:
        what = count_of(errors, "error")
        alarms.append(f"The audit of the data found {what}: the numbers may be wrong.")
    if content.selection and content.selection.chosen_on == content.selection.reported_on:
        alarms.append(
            f"What was chosen was chosen on the split “{content.selection.chosen_on}”, the same "
            "that is reported: the numbers are too good; by how much stands under Selection."
        )
    elif content.stamped:
        names = dict.fromkeys(one.choice.contender for one in content.stamped)
        alarms.append(
            f"Something of {', '.join(names)} was chosen on the very items that are reported: the "
            "numbers are too good; by how much stands under Selection."
        )
    if content.stale:
        results = count_of(len(content.stale), "result")
        were = "was" if len(content.stale) == 1 else "were"
        alarms.append(
            f"{results} {were} made from inputs that have changed since, and {were} left out: "
            f"{first_few(content.stale)}."
        )
    dead = [row.name for row in content.contenders if row.is_dead]
    if dead:
        alarms.append(f"Signs of a dead run: {', '.join(dead)}.")
    return tuple(alarms)


def _facts(content: ReportContent) -> tuple[tuple[str, str], ...]:
    data, selection = content.data, content.selection
    reported = "" if selection is None else selection.reported_on
    sizes = [(part, size) for part, size in data.split_sizes if part == reported]
    planned = sum(row.cells_planned for row in content.rows)
    facts = [("images", count(data.images))]
    facts += [(f"images in the split “{part}”", count(size)) for part, size in sizes]
    facts += [("excluded as unreadable", count(data.excluded))]
    facts += [(f"names at the rank “{rank}”", count(n)) for rank, n in data.classes[-1:]]
    if data.groups is not None:
        facts.append(("groups", count(data.groups)))
    if planned:
        ran = planned - content.missing_cells
        facts.append(("cells ran", f"{count(ran)} of {count(planned)}"))
    return tuple(facts)
