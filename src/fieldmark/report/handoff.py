"""The hand-off of a study: one page for whoever goes on with it, as HTML and as Markdown."""

from dataclasses import dataclass

from fieldmark.report.markdown import escaped, fenced, section_blocks
from fieldmark.report.page import page_environment, style_of_pages
from fieldmark.report.section import Section


@dataclass(frozen=True, slots=True, kw_only=True)
class Handoff:
    """Everything that a hand-off says.

    Args:
        title: the name of the study.
        state: how many cells are done, and what of the others, in one sentence.
        findings: what was found, the most important first; at least one sentence.
        is_preliminary: whether cells are missing.
        sections: what ran, what failed, what is missing; their remarks and tables are shown.
        commands: (purpose, command) pairs, in the order in which to type them.
        made: by what and when the page was made.
    """

    title: str
    state: str
    findings: tuple[str, ...]
    is_preliminary: bool
    sections: tuple[Section, ...]
    commands: tuple[tuple[str, str], ...]
    made: str


def render_handoff(handoff: Handoff) -> str:
    """Return the hand-off as one HTML page that asks for nothing over the network.

    Everything that comes from the study is escaped. The same content gives the same page.

    Args:
        handoff: what it says.
    """
    from markupsafe import Markup

    return (
        page_environment()
        .get_template("handoff.html.j2")
        .render(handoff=handoff, style=Markup(style_of_pages()))  # noqa: S704 (a file of this room)
    )


def handoff_markdown(handoff: Handoff) -> str:
    """Return the hand-off as Markdown: the same sentences and tables as the page.

    Args:
        handoff: what it says.
    """
    blocks = [f"# {escaped(handoff.title)}", escaped(handoff.state)]
    blocks.append(f"**{escaped(handoff.findings[0])}**")
    blocks += map(escaped, handoff.findings[1:])
    for section in handoff.sections:
        blocks += section_blocks(section)
    blocks.append("## What to type next")
    for purpose, command in handoff.commands:
        blocks += [escaped(purpose), fenced(command, "console")]
    return "\n\n".join(block for block in [*blocks, escaped(handoff.made)] if block) + "\n"
