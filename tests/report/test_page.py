import base64
import hashlib
import html
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np

from fieldmark.report.content import ContenderRow
from fieldmark.report.csv_tables import CSV_TABLES
from fieldmark.report.dangers import Danger
from fieldmark.report.decided import Decided
from fieldmark.report.decodings import DecoderRow, Decoding
from fieldmark.report.exhibits import TakenFor
from fieldmark.report.levels import LevelRow, Levels, LevelVerdict, Observations
from fieldmark.report.page import render_page, write_report
from fieldmark.report.rank_confusions import rank_confusions

VOID = {"meta", "img", "br", "hr", "link", "input"}
NASTY = '<script>alert("x")</script> & "quoted" $x_1$ \'; --'


class Reader(HTMLParser):
    """Reads a page: whether tags are balanced, its ids, its links, and its visible text."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.stack: list[str] = []
        self.ids: list[str] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.targets: list[str] = []
        self.words: list[str] = []
        self.feed(page)
        self.close()

    @property
    def text(self) -> str:
        return "\n".join(self.words)

    def handle_starttag(self, tag, attrs) -> None:
        self.handle_startendtag(tag, attrs)
        if tag not in VOID:
            self.stack.append(tag)

    def handle_startendtag(self, tag, attrs) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        for name, value in attrs:
            if name == "id":
                self.ids.append(value)
            if name in {"href", "src", "action", "data", "poster", "srcset"}:
                self.targets.append(value)

    def handle_endtag(self, tag) -> None:
        assert self.stack.pop() == tag

    def handle_data(self, data) -> None:
        if data.strip() and not {"style", "script"} & set(self.stack):
            self.words.append(data.strip())


def check(page: str) -> Reader:
    """Check what holds for every page, and return what was read."""
    reader = Reader(page)
    assert reader.stack == []
    assert len(reader.ids) == len(set(reader.ids))
    assert all(target.startswith(("#", "data:image/")) for target in reader.targets)
    anchors = {target[1:] for target in reader.targets if target.startswith("#")}
    assert anchors <= set(reader.ids)
    assert not re.search(r"\b(nan|None|inf|NaN|undefined)\b", reader.text)
    assert not {"link", "iframe", "object", "form"} & reader.tags
    assert_only_own_scripts(page)
    assert "http://" not in page
    assert "https://" not in page
    assert "@import" not in page
    assert "url(" not in page.replace("url(#", "")
    return reader


def assert_only_own_scripts(page: str) -> None:
    """Check that the page holds its own script, at most one block of data, and allows no other."""
    scripts = re.findall(r"<script([^>]*)>(.*?)</script>", page, flags=re.DOTALL)
    *data, (attributes, script) = scripts
    assert attributes == ""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in html.unescape(page)
    assert len(data) <= 1
    for kind, text in data:
        assert 'type="application/json"' in kind
        json.loads(text)


def test_a_full_page_is_well_formed_and_asks_nobody(make) -> None:
    reader = check(render_page(make.full()))
    assert {"h1", "nav", "main", "svg", "table", "details", "img"} <= reader.tags


def test_the_verdict_is_the_first_heading(make) -> None:
    page = render_page(make.full())
    assert page.index("<h1>probe is the best of 2 contenders") < page.index("<nav")
    assert '<span class="badge good">met</span>' in page
    assert '<span class="badge bad">NOT met</span>' in page


def test_every_stored_number_is_on_the_page(make) -> None:
    content = make.full()
    text = check(render_page(content)).text
    for row in content.rows:
        for estimate in row.estimates:
            assert estimate.value_text() in text
            assert f"{estimate.n:,}" in text
    for comparison in content.comparisons:
        assert f"{100 * comparison.difference:+.2f} points" in text
    for claim in content.claims:
        assert claim.sentence in text
    for sentence in content.verdict:
        assert sentence in text
    for number in ("12,410", "6,020", "3,061", "620", "113", "61", "13", "71.39 %", "9f2c"):
        assert number in text


def test_no_number_is_on_the_page_that_is_not_stored(make) -> None:
    content = make.full()
    page = re.sub(r"<svg.*?</svg>|<pre>.*?</pre>", "", render_page(content), flags=re.DOTALL)
    shown = set(re.findall(r"[+−-]?[\d,]*\d\.\d+", check(page).text))
    estimates = [estimate for row in content.rows for estimate in row.estimates]
    ranks = [one for dossier in content.dossiers for one in dossier.ranks]
    estimates += [estimate for one in ranks for estimate in (one.recall, one.precision)]
    stored = {f"{100 * e.value:.2f}" for e in estimates}
    stored |= {f"{100 * end:.1f}" for e in estimates for end in (e.low, e.high)}
    for one in content.comparisons:
        stored.add(f"{100 * one.difference:+.2f}")
        stored |= {f"{100 * end:+.1f}" for end in (one.low, one.high)}
    stored |= {f"{100 * claim.claim.bound:.2f}" for claim in content.claims}
    stored |= {f"{100 * one.confidence_right:.2f}" for one in ranks}
    for one in content.confidences:
        shares = [one.mean_right, one.mean_wrong, one.calibration_error, *one.risks]
        shares += [share for bar in one.bins for share in (bar.mean_confidence, bar.accuracy)]
        stored |= {f"{100 * share:.2f}" for share in shares} | {f"{one.area:.4f}"}
        for bar in one.bins:
            stored |= {f"{100 * end:.1f}" for end in (bar.accuracy_low, bar.accuracy_high)}
            stored |= {f"{edge:.3f}" for edge in (bar.low, bar.high)}
    # An example, the bound of p-values, a version, the customary threshold of backing off.
    stored |= {"71.39", "0.001", "0.1", "0.65"}
    assert shown <= stored


def test_the_same_content_gives_the_same_bytes(make, drawn_anew) -> None:
    before = render_page(make.full())
    with drawn_anew():
        assert render_page(make.full()) == before


def test_no_name_becomes_markup(make) -> None:
    rows = [make.row(NASTY, description=NASTY), make.row("knn", 0.8), make.baseline(NASTY + "b")]
    content = make.content(
        rows,
        title=NASTY,
        question=NASTY,
        verdict=(NASTY, NASTY),
        comparisons=(make.comparison(NASTY, "knn"),),
        confusions=(
            make.confusion(
                names=(NASTY, "a", "b"), blocks=((NASTY, 1), ("c", 2)), cells=make.cells(NASTY, "a")
            ),
        ),
        confidences=make.confidences(NASTY),
        dossiers=(make.dossier(NASTY, contender=NASTY),),
        examples=(make.example(NASTY, "elm", identifier='" onerror="alert(1)'),),
        provenance=((NASTY, NASTY),),
        study_yaml=NASTY,
    )
    page = render_page(content)
    reader = check(page)
    assert page.count("<script") == 2
    assert NASTY in reader.text
    assert not [name for name in reader.attributes if name.startswith("on")]


def test_no_name_in_decisions_decoders_levels_and_galleries_becomes_markup(make) -> None:
    metrics = ("dangerous_answers", "unknown_hazard_answers", "false_warnings")
    shares = tuple(make.estimate(0.2, metric=name) for name in metrics)
    pair = TakenFor(NASTY, NASTY, 3, 9, NASTY)
    whole = make.estimate(0.8, metric="all_ranks_right", contender=NASTY)
    alike = {"contender": NASTY, "split": NASTY}
    other = make.example("elm", NASTY, identifier='b" onload="alert(1)')
    cells = make.cells(NASTY, "a")
    content = make.content(
        [make.row(NASTY)],
        common=(make.row(NASTY),),
        common_notes=(NASTY,),
        confusions=(make.confusion(cells=cells, ranks=rank_confusions(cells, None)),),
        decided=(Decided(name=NASTY, contender=NASTY, asked=NASTY, why_not=NASTY),),
        dangers=(Danger(**alike, source=NASTY, estimates=shares, mix_ups=3, pairs=(pair,)),),
        decodings=(
            Decoding(
                **alike,
                ranks=(NASTY, "leaf"),
                n=9,
                candidates=2,
                rows=(DecoderRow(decoder=NASTY, title=NASTY, estimates=(whole,)),),
            ),
        ),
        levels=Levels(
            observations=Observations(NASTY, NASTY, 4, 2, 2, 4),
            rows=(LevelRow(NASTY, NASTY, "image", 4, (make.estimate(contender=NASTY),)),),
            verdicts=(LevelVerdict(NASTY, NASTY, NASTY, None),),
            refusals=((NASTY, NASTY),),
            remarks=(NASTY,),
        ),
        examples=(
            make.example(
                NASTY, "elm", departs_at=NASTY, observation=NASTY, others=(other,), identifier=NASTY
            ),
        ),
    )
    reader = check(render_page(content))
    assert render_page(content).count("<script") == 2
    assert reader.text.count(NASTY) > 20
    assert not [name for name in reader.attributes if name.startswith("on")]


def test_an_empty_study_is_a_page(make) -> None:
    text = check(render_page(make.content([]))).text
    assert "No contender has a result that can be judged." in text


def test_one_contender_is_a_page(make) -> None:
    assert (
        "probe reaches accuracy 84.21 %"
        in check(render_page(make.content([make.row("probe")]))).text
    )


def test_nothing_has_run_is_a_page(make) -> None:
    rows = [ContenderRow(name, cells_planned=3) for name in ("probe", "knn")]
    reader = check(render_page(make.content(rows)))
    assert "Preliminary: 6 of 6 cells have no result" in reader.text
    assert "svg" not in reader.tags


def test_thirty_contenders_with_long_names_are_a_page(make) -> None:
    rows = [make.row(f"{'long-' * 30}{number}", 0.6 + number / 200) for number in range(30)]
    reader = check(render_page(make.content([*rows, make.baseline()])))
    assert all(row.name in reader.text for row in rows)


def test_thumbnails_are_within_the_page(make) -> None:
    page = render_page(make.full())
    assert f"data:image/jpeg;base64,{base64.b64encode(make.thumbnail()).decode()}" in page
    assert page.index("Answered wrongly") < page.index("Answered rightly")


def test_the_page_looks_right_in_the_dark_on_paper_and_on_a_telephone(make) -> None:
    page = render_page(make.content([]))
    for rule in ("prefers-color-scheme: dark", "@media print", "max-width: 40rem", "sticky"):
        assert rule in page
    assert "default-src 'none'" in html.unescape(page)
    assert '<meta name="viewport" content="width=device-width, initial-scale=1">' in page


def test_a_report_is_its_page_its_markdown_and_its_csv_files_and_leaves_the_others_alone(
    make, tmp_path: Path
) -> None:
    folder = tmp_path / "report"
    folder.mkdir()
    (folder / "notes.txt").write_text("mine")
    page = write_report(make.full(), folder)
    assert page == folder / "index.html"
    names = {path.name for path in folder.iterdir()}
    assert names == {"index.html", "report.md", "notes.txt", *CSV_TABLES}
    assert page.read_text(encoding="utf-8") == render_page(make.full())


def test_writing_again_gives_the_same_bytes(make, tmp_path: Path, drawn_anew) -> None:
    def written() -> list[bytes]:
        write_report(make.full(), tmp_path)
        return [path.read_bytes() for path in sorted(tmp_path.iterdir())]

    before = written()
    with drawn_anew():
        assert written() == before


def test_2829_classes_stay_readable(make) -> None:
    names = tuple(f"family {number}" for number in range(30))
    confusion = make.confusion(
        names=names, counts=np.ones((30, 30), dtype=int), blocks=(("order", 30),), classes=2829
    )
    page = render_page(make.content([], confusions=(confusion,)))
    check(page)
    assert len(page) < 400_000
