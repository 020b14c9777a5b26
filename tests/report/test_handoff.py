import re
from dataclasses import replace

from fieldmark.report.handoff import Handoff, handoff_markdown, render_handoff
from fieldmark.report.section import Section
from fieldmark.report.tables import Cell, Column, Table

TABLE = Table(
    "failed",
    "Failed cells",
    (Column("cell"), Column("last lines")),
    ((Cell("a/b"), Cell("ValueError: <no> | no")),),
)
HANDOFF = Handoff(
    title="fungi",
    state="1 of 2 cells done, 1 failed.",
    findings=("Preliminary: 1 of 2 cells has no result.", "No more."),
    is_preliminary=True,
    sections=(Section("failed", "What failed", ("The first 1 of 2.",), tables=(TABLE,)),),
    commands=(("Run what is missing:", "fieldmark run 'my study' && ``` <x>"),),
    made="Made now.",
)


def test_the_page_says_everything_and_escapes_it() -> None:
    page = render_handoff(HANDOFF)
    for piece in (
        "<title>fungi: hand-off</title>",
        "1 of 2 cells done, 1 failed.",
        '<h1 class="preliminary">Preliminary: 1 of 2 cells has no result.</h1>',
        "<h2>What failed</h2>",
        "ValueError: &lt;no&gt; | no",
        "<pre>fieldmark run &#39;my study&#39; &amp;&amp; ``` &lt;x&gt;</pre>",
        "Made now.",
    ):
        assert piece in page
    assert "<script" not in page
    assert render_handoff(HANDOFF) == page


def test_the_page_asks_for_nothing() -> None:
    page = render_handoff(replace(HANDOFF, is_preliminary=False))
    assert "default-src 'none'" in page
    assert re.findall(r"(?:src|href)=", page) == []
    assert "preliminary" not in page.split("</style>")[1]


def test_markdown_says_the_same() -> None:
    text = handoff_markdown(HANDOFF)
    assert text.startswith("# fungi\n\n1 of 2 cells done, 1 failed.\n\n**Preliminary: 1 of 2 cells")
    assert "| a/b | ValueError: &lt;no&gt; \\| no |" in text
    assert "````console\nfieldmark run 'my study' && ``` <x>\n````" in text
    assert text.endswith("Made now.\n")
