"""The report as one file that needs nothing else: HTML, with Markdown and CSV beside it."""

import base64
from collections.abc import Sequence
from importlib import resources
from pathlib import Path

from fieldmark.core.storage import write_text
from fieldmark.report.content import ReportContent
from fieldmark.report.csv_tables import claims_csv, comparisons_csv, estimates_csv
from fieldmark.report.exhibits import right_and_wrong
from fieldmark.report.headline import headline_of
from fieldmark.report.markdown import markdown_of
from fieldmark.report.numbers import SHARE
from fieldmark.report.sections import Section, sections_of


def write_report(content: ReportContent, folder: Path) -> Path:
    """Write index.html, report.md, estimates.csv, comparisons.csv and claims.csv.

    Each file is written whole or not at all, the page last; other files of the folder stay.

    Args:
        content: what the report says.
        folder: is made when it is not there.

    Returns:
        The path of the page.
    """
    page = folder / "index.html"
    sections = sections_of(content)
    texts = {
        folder / "estimates.csv": estimates_csv(content),
        folder / "comparisons.csv": comparisons_csv(content.comparisons),
        folder / "claims.csv": claims_csv(content.claims),
        folder / "report.md": markdown_of(content, sections),
        page: _page_of(content, sections),
    }
    for path, text in texts.items():
        write_text(path, text)
    return page


def render_page(content: ReportContent) -> str:
    """Return the report as one HTML page that asks for nothing over the network.

    Everything that comes from the content is escaped. The same content gives the same page.

    Args:
        content: what the report says.
    """
    return _page_of(content, sections_of(content))


def _page_of(content: ReportContent, sections: Sequence[Section]) -> str:
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=PackageLoader("fieldmark.report", package_path=""),
        autoescape=True,
        undefined=StrictUndefined,
    )
    environment.filters["base64"] = lambda data: base64.b64encode(data).decode()
    environment.filters["percent"] = SHARE.value
    style = resources.files("fieldmark.report").joinpath("page.css").read_text(encoding="utf-8")
    right, wrong = right_and_wrong(content.examples)
    return environment.get_template("page.html.j2").render(
        content=content,
        headline=headline_of(content),
        sections=sections,
        example_groups=(("Answered wrongly", wrong), ("Answered rightly", right)),
        style=Markup(style),  # noqa: S704 (a file of this package)
    )
