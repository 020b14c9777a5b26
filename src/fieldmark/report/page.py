"""The report as one file that needs nothing else: HTML, with Markdown and CSV beside it."""

import base64
import hashlib
import json
from collections.abc import Collection, Sequence
from functools import partial
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from fieldmark.core.storage import write_text
from fieldmark.report.content import ReportContent
from fieldmark.report.csv_tables import CSV_TABLES
from fieldmark.report.exhibits import ExampleImage, right_and_wrong
from fieldmark.report.headline import headline_of
from fieldmark.report.markdown import markdown_of
from fieldmark.report.matrix_data import matrix_data
from fieldmark.report.numbers import SHARE
from fieldmark.report.section import Section
from fieldmark.report.sections import sections_of

if TYPE_CHECKING:
    from jinja2 import Environment


def write_report(content: ReportContent, folder: Path) -> Path:
    """Write index.html, report.md and one CSV file for each kind of record.

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
        **{folder / name: table(content) for name, table in CSV_TABLES.items()},
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
    from markupsafe import Markup

    environment = page_environment()
    environment.filters["base64"] = lambda data: base64.b64encode(data).decode()
    environment.filters["percent"] = SHARE.value
    environment.filters["by_outcome"] = _by_outcome
    critical = {dossier.name for dossier in content.dossiers}
    environment.filters["critical_of"] = partial(_critical_of, critical=critical)
    script = "\n".join(map(_own_file, ("page.js", "matrix_map.js", "matrix.js")))
    data = matrix_data(content.confusions, content.taxonomy)
    return environment.get_template("page.html.j2").render(
        content=content,
        headline=headline_of(content),
        sections=sections,
        style=Markup(style_of_pages()),  # noqa: S704 (a file of this package)
        script=Markup(script),  # noqa: S704 (files of this package)
        script_hash=_hash_of(script),
        matrix_data="" if data is None else Markup(json_in_html(data)),  # noqa: S704 (escaped)
        csv_names=", ".join(CSV_TABLES),
    )


def page_environment() -> "Environment":
    """Return what makes pages from the templates of this room; whatever they show is escaped."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("fieldmark.report", package_path=""),
        autoescape=True,
        undefined=StrictUndefined,
    )


def style_of_pages() -> str:
    """Return the style sheet of the report, which other pages share."""
    return _own_file("page.css")


def json_in_html(content: object) -> str:
    r"""Return JSON that can stand within a script element: no sign in it ends the element.

    Example:
        >>> json_in_html({"name": "</script><b>"})
        '{"name":"\\u003c/script\\u003e\\u003cb\\u003e"}'
    """
    text = json.dumps(content, separators=(",", ":"))
    for sign in "<>&":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def _hash_of(script: str) -> str:
    """Return the source expression by which the page's policy allows this script and no other."""
    digest = hashlib.sha256(script.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


def _own_file(name: str) -> str:
    return resources.files("fieldmark.report").joinpath(name).read_text(encoding="utf-8")


def _critical_of(example: ExampleImage, critical: Collection[str]) -> str:
    """Return the critical classes that an image of the gallery of all shows or was taken for."""
    names = () if example.critical else dict.fromkeys((example.truth, example.predicted))
    return "\n".join(name for name in names if name in critical)


def _by_outcome(
    examples: Sequence[ExampleImage],
) -> tuple[tuple[str, tuple[ExampleImage, ...]], ...]:
    right, wrong = right_and_wrong(examples)
    critical = {example.critical for example in examples}
    if len(critical) != 1 or "" in critical:
        return ("Answered wrongly", wrong), ("Answered rightly", right)
    (name,) = critical
    return (
        ("Answered wrongly", tuple(example for example in wrong if example.truth == name)),
        ("Others, taken for it", tuple(example for example in wrong if example.truth != name)),
        ("Answered rightly", right),
    )
