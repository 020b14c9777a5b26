"""The page's script, run in a browser: what it adds, and that nothing is lost without it."""

import html
import json
import re
import shutil
import subprocess
from pathlib import Path

import polars as pl
import pytest

from fieldmark.manifest.taxonomy import build_taxonomy
from fieldmark.report.page import render_page

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(BROWSER is None, reason="no Chromium to run the page's script in"),
]
NASTY = "</script><img src=x onerror=alert(1)>"
# Acts on the page within a frame, since the page's own policy lets no other script run in it.
FRAME = """<iframe id="page" src="page.html" style="width:900px;height:4000px"></iframe>
<pre id="said"></pre><script>
const frame = document.getElementById("page");
frame.onload = () => {
  const page = frame.contentDocument;
  const all = (selector) => [...page.querySelectorAll(selector)];
  const shown = (selector) => all(selector).filter((one) => !one.hidden).length;
  const said = {};
  const step = (name, act) => {
    try { said[name] = act(); } catch (error) { said[name] = String(error); }
  };
  ACTS
  document.getElementById("said").textContent = JSON.stringify(said);
};
</script>"""


def browse(folder: Path, document: str) -> str:
    """Return the document as the browser has it after its scripts have run."""
    (folder / "document.html").write_text(document, encoding="utf-8")
    done = subprocess.run(
        [
            str(BROWSER),
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--allow-file-access-from-files",
            f"--user-data-dir={folder / 'profile'}",
            "--virtual-time-budget=5000",
            "--dump-dom",
            (folder / "document.html").as_uri(),
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return done.stdout


def acted(folder: Path, page: str, **acts: str) -> str:
    """Return what the acts on the page gave, as JSON text."""
    (folder / "page.html").write_text(page, encoding="utf-8")
    steps = "\n  ".join(f"step({name!r}, () => {{ {act} }});" for name, act in acts.items())
    dumped = browse(folder, FRAME.replace("ACTS", steps))
    return html.unescape(re.findall(r'<pre id="said">(.*?)</pre>', dumped, flags=re.DOTALL)[0])


def test_the_script_runs_under_the_policy_of_the_page_and_loses_no_text(make, tmp_path) -> None:
    page = render_page(make.full())
    dumped = browse(tmp_path, page)
    assert '<html lang="en" class="live">' in dumped
    assert "error" not in re.findall(r"<html[^>]*>", dumped)[0]
    for text in ("probe is the best of 2 contenders", "A. phalloides", "oak"):
        assert dumped.count(text) >= page.count(text) > 0


def test_what_a_reader_can_do(make, tmp_path: Path) -> None:
    confusion = make.confusion(cells=make.cells(*(f"c{number:02d}" for number in range(12))))
    examples = (
        make.example("oak", "elm", probability=0.9),
        make.example("oak", "elm", probability=0.2, identifier="img-8"),
        make.example("elm", "elm", probability=0.8, identifier="img-9"),
    )
    rows = tuple(make.row(f"r{number:02d}", 0.5 + number / 100) for number in range(12))
    page = render_page(make.content(rows, confusions=(confusion,), examples=examples))
    said = acted(
        tmp_path,
        page,
        first="return all('#table-results-1 tbody th')[0].firstChild.textContent.trim()",
        sorted="const head = all('#table-results-1 thead th')[2]; head.click(); head.click();"
        " return all('#table-results-1 tbody th')[0].firstChild.textContent.trim()",
        filtered="const field = all('#table-results-1 input')[0]; field.value = 'r03';"
        " field.dispatchEvent(new Event('input')); return shown('#table-results-1 tbody tr')",
        before="return shown('.examples > li')",
        wrong="const list = all('#examples select')[0]; list.value = 'wrong';"
        " list.dispatchEvent(new Event('change')); return shown('.examples > li')",
        folded="const section = all('#results')[0]; section.querySelector('.fold').click();"
        " return section.classList.contains('folded')",
        matrix="return all('#matrix-view .matrix tbody tr').length",
        cell="all('#matrix-view td.full')[0].click();"
        " return all('#matrix-view .pairs li')[0].textContent",
        tips="return all('.picture [data-tips]').length > 0",
    )
    assert said == (
        '{"first":"r00","sorted":"r11","filtered":1,"before":3,"wrong":2,"folded":true,'
        '"matrix":12,"cell":"c00: 2 right","tips":true}'
    )


def test_the_gallery_filters_by_what_is_critical(make, tmp_path: Path) -> None:
    name = make.dossier().name
    examples = (
        make.example(name, "elm", identifier="shows it"),
        make.example("oak", name, identifier="taken for it"),
        make.example("oak", "elm", identifier="neither"),
    )
    page = render_page(make.content((), dossiers=(make.dossier(),), examples=examples))
    said = acted(
        tmp_path,
        page,
        before="return shown('#examples .examples > li')",
        after="const list = all('#examples select').find((one) => one.ariaLabel === 'Critical');"
        " list.value = list.options[1].value; list.dispatchEvent(new Event('change'));"
        " return shown('#examples .examples > li')",
        named="return all('#examples select').find((one) => one.ariaLabel === 'Critical')"
        ".options[1].value",
    )
    assert json.loads(said) == {"before": 3, "after": 2, "named": name}


def test_a_reader_looks_into_many_names(make, tmp_path: Path) -> None:
    names = tuple(f"s{number:02d}" for number in range(60))
    genus = [f"g{number // 6}" for number in range(60)]
    tree = build_taxonomy(pl.DataFrame({"genus": genus, "species": names}), ("genus", "species"))
    confusion = make.confusion(cells=make.cells(*names))
    page = render_page(make.content((), confusions=(confusion,), taxonomy=tree))
    choose = (
        "const list = all('#matrix-view select').find((one) => one.ariaLabel === {});"
        " list.value = {}; list.dispatchEvent(new Event('change')); "
    )
    told = "return all('#matrix-view .note')[0].textContent.split('. ')[1]"
    said = acted(
        tmp_path,
        page,
        coarse="return all('#matrix-view .map').length",
        within=told,
        fine=choose.format("'Rank'", "'1'") + "return all('#matrix-view .map').length",
        below=told,
        rows="return all('#matrix-view .mix-ups tbody tr').length",
        searched="const field = all('#matrix-view .mix-ups input')[0]; field.value = 's07 s08';"
        " field.dispatchEvent(new Event('input')); return shown('#matrix-view .mix-ups tbody tr')",
        sorted="const head = all('#matrix-view .mix-ups thead th')[0]; head.click(); head.click();"
        " return all('#matrix-view .mix-ups tbody th')[0].textContent",
        family=choose.format("'Look within'", "'2'")
        + "return all('#matrix-view .matrix tbody tr').length",
        saved="const old = frame.contentWindow.HTMLAnchorElement.prototype; let href = '';"
        " old.click = function () { href = this.download + decodeURIComponent(this.href); };"
        " all('#matrix-view button').find((one) => one.textContent === 'Save as CSV').click();"
        " return href.split('\\n').slice(0, 2).join('|')",
    )
    assert json.loads(said) == {
        "coarse": 0,
        "within": "Of 180 images: right 170 (94.4 %), mixed up beyond 10 (5.6 %).",
        "fine": 1,
        "below": "Of 180 images: right 120 (66.7 %), mixed up within the genus 50 (27.8 %), mixed"
        " up beyond 10 (5.6 %).",
        "rows": 60,
        "searched": 1,
        "sorted": "s59",
        "family": 6,
        "saved": "mix-ups-species.csvdata:text/csv;charset=utf-8,label,answer,count,images_of_label"
        '|"s12","s12",2,3',
    }


def test_a_pointer_on_a_dot_reads_out_its_estimate(make, tmp_path: Path) -> None:
    page = render_page(make.content((make.row("probe"),)))
    said = acted(
        tmp_path,
        page,
        told="const mark = all('.picture [data-tips] use')[0];"
        " const box = mark.getBoundingClientRect();"
        " const at = { clientX: box.left + box.width / 2, clientY: box.top + box.height / 2 };"
        " mark.ownerSVGElement.dispatchEvent(new PointerEvent('pointermove', at));"
        " return all('.bubble')[0].textContent",
    )
    assert '"told":"probe: 84.21 % (95 % interval' in said


def test_no_name_becomes_markup_in_the_hands_of_the_script(make, tmp_path: Path) -> None:
    confusion = make.confusion(cells=make.cells(NASTY, "elm"), contender=NASTY)
    page = render_page(
        make.content(
            (make.row(NASTY),), confusions=(confusion,), examples=(make.example(NASTY, "elm"),) * 2
        )
    )
    said = acted(
        tmp_path,
        page,
        markup="return all('img[onerror], img[src=x]').length",
        named="all('#matrix-view td.full')[0].click();"
        " return all('#matrix-view .pairs li')[0].textContent.length > 20",
    )
    assert said == '{"markup":0,"named":true}'
