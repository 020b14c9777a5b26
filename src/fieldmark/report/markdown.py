"""The report as Markdown: the same sentences and tables as the page, without its pictures."""

import re
from collections.abc import Sequence

from fieldmark.report.content import ReportContent
from fieldmark.report.data_tables import example_table
from fieldmark.report.headline import Headline, headline_of
from fieldmark.report.section import Section
from fieldmark.report.sections import sections_of
from fieldmark.report.tables import Cell, Table

_SPECIAL = re.compile(r"([\\`*_\[\]#|~])")


def render_markdown(content: ReportContent) -> str:
    """Return the report as Markdown with the tables of the page.

    Everything that comes from the content is escaped, so that no name can form markup.

    Args:
        content: what the report says.
    """
    return markdown_of(content, sections_of(content))


def markdown_of(content: ReportContent, sections: Sequence[Section]) -> str:
    """Return the report as Markdown, from its sections as ``sections_of`` gives them."""
    blocks = [f"# {escaped(content.title)}", escaped(content.question)]
    blocks += _headline_blocks(headline_of(content))
    for section in sections:
        blocks += section_blocks(section)
    return "\n\n".join(block for block in blocks if block) + "\n"


def escaped(text: str) -> str:
    r"""Return text in which no sign has a meaning in Markdown or HTML, on one line.

    Example:
        >>> print(escaped("a|b <i>_c_"))
        a\|b &lt;i&gt;\_c\_
    """
    flat = " ".join(text.split())
    plain = flat.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _SPECIAL.sub(r"\\\1", plain)


def _headline_blocks(headline: Headline) -> list[str]:
    alarms = [f"Beware: {escaped(alarm)}" for alarm in headline.alarms]
    claims = [
        f"- {escaped(status.text)}: {escaped(claim.text)}" for claim, status in headline.claims
    ]
    facts = [f"- {escaped(value)} {escaped(name)}" for name, value in headline.facts]
    details = [escaped(sentence) for sentence in headline.details]
    return [
        f"**{escaped(headline.verdict)}**",
        *details,
        *alarms,
        "\n".join(claims),
        "\n".join(facts),
    ]


def section_blocks(section: Section) -> list[str]:
    """Return a section as blocks of Markdown, without its pictures."""
    examples = (example_table(section.examples),) if section.examples else ()
    definitions = [f"- {escaped(term)}: {escaped(text)}" for term, text in section.definitions]
    blocks = [f"## {escaped(section.title)}", *map(escaped, section.remarks)]
    folded = [table for fold in section.folded for table in fold.tables]
    for table in (*examples, *section.tables, *folded):
        blocks += _table_blocks(table)
    blocks.append("\n".join(definitions))
    if section.folded_text:
        title, text = section.folded_text
        blocks += [f"### {escaped(title)}", fenced(text, "yaml")]
    return blocks


def _table_blocks(table: Table) -> list[str]:
    heads = [_joined(column.title, column.detail) for column in table.columns]
    rules = ["--:" if column.is_number else "---" for column in table.columns]
    rows = [[_cell(cell) for cell in row] for row in table.rows]
    lines = ["| " + " | ".join(cells) + " |" for cells in (heads, rules, *rows)]
    return [f"### {escaped(table.caption)}", "\n".join(lines), escaped(table.note)]


def _cell(cell: Cell) -> str:
    return _joined(cell.text, cell.detail)


def _joined(text: str, detail: str) -> str:
    return f"{escaped(text)} ({escaped(detail)})" if detail else escaped(text)


def fenced(text: str, language: str) -> str:
    """Return text between fences that are longer than any fence within it."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text.rstrip()}\n{fence}"
