"""The tables of what the numbers rest on: data, audit, selection, provenance."""

from collections.abc import Sequence

from fieldmark.manifest.audit import Finding
from fieldmark.report.choices import SelectionFacts, ShownChoice
from fieldmark.report.content import DataCard
from fieldmark.report.exhibits import ExampleImage
from fieldmark.report.numbers import SHARE, count
from fieldmark.report.result_tables import title_of
from fieldmark.report.tables import Cell, Column, Table, Tone

_SEVERITY_TONES: dict[str, Tone] = {"error": "bad", "warning": "warning", "note": "neutral"}


def data_table(data: DataCard) -> Table:
    """Return the data card; the number of excluded images is there even when it is 0.

    Example:
        >>> card = DataCard(9, (("species", 3),), None, (("test", 9),), excluded=0)
        >>> [cell.text for cell in data_table(card).rows[1]]
        ['Images excluded as unreadable', '0']
    """
    groups = Cell(count(data.groups))
    if data.groups is None:
        groups = Cell("–", "the manifest has no group column")
    rows = [
        (Cell("Images in the manifest"), Cell(count(data.images))),
        (Cell("Images excluded as unreadable"), Cell(count(data.excluded))),
        (Cell("Groups"), groups),
    ]
    rows += [(Cell(f"Names at the rank “{rank}”"), Cell(count(n))) for rank, n in data.classes]
    rows += [
        (Cell(f"Images in the split “{part}”"), Cell(count(n))) for part, n in data.split_sizes
    ]
    heads = (Column("Data"), Column("Count", is_number=True))
    return Table("data", "What the numbers were measured on", heads, tuple(rows))


def selection_table(selection: SelectionFacts) -> Table:
    """Return what was chosen where; choosing on the reported split is stamped.

    Example:
        >>> same = SelectionFacts("accuracy", chosen_on="test", reported_on="test")
        >>> selection_table(same).rows[-1][1].text
        'chosen where it is reported'
    """
    verdict = Cell("chosen and reported on different splits", tone="good")
    if selection.chosen_on == selection.reported_on:
        optimistic = "what was chosen looks better here than it is"
        verdict = Cell("chosen where it is reported", optimistic, "bad")
    rows = (
        (Cell("Chosen by"), Cell(title_of(selection.metric))),
        (Cell("Chosen on the split"), Cell(selection.chosen_on)),
        (Cell("Reported on the split"), Cell(selection.reported_on)),
        (Cell("Independence"), verdict),
    )
    return Table("selection", "How things were chosen", (Column("Step"), Column("Fact")), rows)


def choice_table(choices: Sequence[ShownChoice]) -> Table:
    """Return the selection ledger, one row a choice; those made where it is reported are stamped.

    Example:
        >>> from fieldmark.comparison.selection import Choice
        >>> chosen = Choice(contender="probe", what="checkpoint", chosen="epoch 17", candidates=30,
        ...     metric="accuracy", part="test")
        >>> row = choice_table([ShownChoice(chosen, "expected optimism 1.20 points")]).rows[0]
        >>> [cell.text for cell in row]
        ['probe', 'checkpoint', '30', 'Accuracy', 'chosen where it is reported']
    """
    heads = (
        Column("Contender"),
        Column("Chosen"),
        Column("Among", is_number=True),
        Column("By"),
        Column("Independence"),
    )
    rows = tuple(
        (
            Cell(one.choice.contender),
            Cell(one.choice.what, one.choice.chosen),
            Cell(count(one.choice.candidates)),
            Cell(title_of(one.choice.metric), f"on the part “{one.choice.part}”"),
            _independence(one),
        )
        for one in choices
    )
    return Table("choices", "What was chosen, and among how many", heads, rows)


def _independence(shown: ShownChoice) -> Cell:
    if not shown.is_reported:
        return Cell("not in this report", tone="muted")
    if shown.optimism is not None:
        return Cell("chosen where it is reported", shown.optimism, "bad")
    if shown.choice.candidates == 1:
        return Cell("nothing to choose among", tone="neutral")
    return Cell("chosen on other items", tone="good")


def finding_table(findings: Sequence[Finding]) -> Table:
    """Return what the audit found, the gravest first."""
    heads = (
        Column("Severity"),
        Column("Finding"),
        Column("Count", is_number=True),
        Column("Examples"),
    )
    gravity = list(_SEVERITY_TONES)
    rows = tuple(
        (
            Cell(finding.severity, tone=_SEVERITY_TONES[finding.severity]),
            Cell(finding.message, finding.code),
            Cell(count(finding.count)),
            Cell(", ".join(finding.examples) or "–"),
        )
        for finding in sorted(findings, key=lambda finding: gravity.index(finding.severity))
    )
    return Table("audit", "What the audit of the data found", heads, rows)


def example_table(examples: Sequence[ExampleImage]) -> Table:
    """Return the example images in words, for a page that cannot show them."""
    heads = (
        Column("Image"),
        Column("Label"),
        Column("Answer"),
        Column("Contender"),
        Column("Probability", is_number=True),
    )
    rows = tuple(
        (
            Cell(example.identifier),
            Cell(example.truth),
            Cell(example.predicted, "right" if example.is_right else "wrong"),
            Cell(example.contender),
            Cell("–" if example.probability is None else SHARE.value(example.probability)),
        )
        for example in examples
    )
    return Table("examples", "Example images", heads, rows)


def provenance_table(provenance: Sequence[tuple[str, str]]) -> Table:
    """Return digests, versions and times as they were stored."""
    rows = tuple((Cell(name), Cell(value)) for name, value in provenance)
    heads = (Column("What"), Column("Value"))
    return Table("provenance", "What made these numbers", heads, rows)
