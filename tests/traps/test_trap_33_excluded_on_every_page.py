"""Trap 33: unreadable images vanished silently. How many were left out is on every page."""

import re

import pytest

from fieldmark.report.content import DataCard, ReportContent
from fieldmark.report.markdown import render_markdown
from fieldmark.report.page import render_page


@pytest.mark.parametrize(("excluded", "shown"), [(0, "0"), (1, "1"), (1234, "1,234")])
def test_trap_33_the_number_of_excluded_images_is_shown_even_when_it_is_0(
    excluded: int, shown: str
) -> None:
    content = ReportContent(
        title="beans",
        question="Which beans?",
        headline_metric="accuracy",
        verdict=(),
        rows=(),
        data=DataCard(9000, (("class", 2),), None, (("test", 9000),), excluded=excluded),
    )
    page = render_page(content)
    assert f"<dt>excluded as unreadable</dt><dd>{shown}</dd>" in page
    assert re.search(
        rf"Images excluded as unreadable</th>\s*<td class=\"number\">{shown}</td>", page
    )
    assert f"- {shown} excluded as unreadable" in render_markdown(content)
