import re
import subprocess
import sys
from xml.etree import ElementTree

import matplotlib
import pytest
from matplotlib.figure import Figure

from fieldmark.report.svg import figure_settings, svg_of


def drawn(name: str = "dots", title: str = "Accuracy") -> str:
    with figure_settings():
        figure = Figure(figsize=(4, 3))
        axes = figure.add_subplot()
        axes.plot([1, 2], [3, 4], "o")
        axes.imshow([[0, 1], [1, 0]], interpolation="none")
        axes.set_title(title)
        return svg_of(figure, name=name, description="What it shows")


def test_the_same_figure_gives_the_same_text() -> None:
    assert drawn() == drawn()


def test_nothing_points_outside_and_no_date_is_kept() -> None:
    text = drawn()
    assert "http" not in text
    assert "xmlns" not in text
    assert "metadata" not in text
    assert all(target.startswith(("#", "data:")) for target in re.findall(r'href="([^"]*)', text))


def test_the_text_stays_text_in_the_font_of_the_page() -> None:
    text = drawn()
    assert ">Accuracy</text>" in text
    assert "font-family" not in text
    assert "DejaVu" not in text


def test_ids_are_those_that_are_used_and_carry_the_name() -> None:
    text = drawn("first")
    ids = re.findall(r' id="([^"]+)"', text)
    assert ids
    assert all(identifier.startswith("first-") for identifier in ids)
    used = set(re.findall(r'href="#([^"]+)"', text)) | set(re.findall(r"url\(#([^)]+)\)", text))
    assert used == set(ids)
    assert not set(ids) & set(re.findall(r' id="([^"]+)"', drawn("second")))


@pytest.mark.parametrize("title", ["<script>alert(1)</script>", "a $x_1$ & b", 'id="x" #y'])
def test_titles_are_escaped_and_no_formula_is_made_of_them(title: str) -> None:
    root = ElementTree.fromstring(drawn(title=title))
    assert title in [element.text for element in root.iter("text")]
    assert not list(root.iter("script"))


def test_signs_that_the_measuring_font_lacks_are_no_warning() -> None:
    assert "鵝膏" in drawn(title="鵝膏")


def test_it_says_what_it_shows_to_those_who_cannot_see_it() -> None:
    root = ElementTree.fromstring(drawn())
    assert root.get("role") == "img"
    assert root[0].tag == "title"
    assert root[0].text == "What it shows"


def test_the_settings_of_the_process_stay() -> None:
    before = matplotlib.rcParams.copy()
    drawn()
    assert matplotlib.rcParams.copy() == before


def test_pyplot_is_never_loaded() -> None:
    script = (
        "import sys\n"
        "from matplotlib.figure import Figure\n"
        "from fieldmark.report.svg import figure_settings, svg_of\n"
        "with figure_settings():\n"
        "    svg_of(Figure(), name='empty', description='')\n"
        "print('matplotlib.pyplot' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stdout.strip() == "False", done.stderr


def test_the_settings_of_the_user_do_not_change_the_figure() -> None:
    plain = drawn()
    with matplotlib.rc_context({"font.size": 30, "axes.facecolor": "red"}):
        assert drawn() == plain
