import re
from pathlib import Path

import pytest

import fieldmark.report.page
from fieldmark.report.svg import PALETTE, THEME

STYLE = (Path(fieldmark.report.page.__file__).parent / "page.css").read_text(encoding="utf-8")
THEMES = ("light", "dark", "print")
TEXT_ON = [
    ("ink", "paper"),
    ("ink", "card"),
    ("ink", "shade"),
    ("soft", "paper"),
    ("soft", "card"),
    ("accent", "paper"),
    ("good", "good-back"),
    ("bad", "bad-back"),
    ("warning", "warning-back"),
    ("neutral", "neutral-back"),
]


def colours(theme: str) -> dict[str, str]:
    """Return the colours of a theme: dark and print change some of those of light."""
    light, dark, paper = re.findall(r":root \{(.*?)\}", STYLE, flags=re.DOTALL)
    own = {"light": "", "dark": dark, "print": paper}[theme]
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", light + own))


def luminance(colour: str) -> float:
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(first: str, second: str) -> float:
    """Return the contrast ratio of WCAG 2.2, 1 to 21."""
    dark, light = sorted((luminance(first), luminance(second)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("text", "ground"), TEXT_ON)
def test_text_can_be_read_on_its_ground(theme: str, text: str, ground: str) -> None:
    found = colours(theme)
    assert contrast(found[text], found[ground]) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
def test_every_colour_of_a_figure_has_its_place_in_the_theme(theme: str) -> None:
    found = colours(theme)
    assert {name.removeprefix("--") for name in THEME.values()} <= found.keys()


def test_in_the_light_theme_figures_have_the_colours_they_were_drawn_in() -> None:
    light = colours("light")
    for number, colour in enumerate(PALETTE, start=1):
        assert light[f"series-{number}"] == colour.lower()


@pytest.mark.parametrize("theme", THEMES)
def test_lines_of_figures_are_seen_on_their_ground_and_told_apart(theme: str) -> None:
    found = colours(theme)
    series = [found[f"series-{number}"] for number in range(1, len(PALETTE) + 1)]
    assert len(set(series)) == len(series)
    assert all(contrast(colour, found["card"]) >= 1.9 for colour in series)


@pytest.mark.parametrize("theme", THEMES)
def test_numbers_in_full_cells_of_the_matrix_can_be_read(theme: str) -> None:
    found = colours(theme)
    assert contrast(found["card"], found["share-full"]) >= 4.5


def test_nothing_is_fetched() -> None:
    assert "url(" not in STYLE
    assert "@import" not in STYLE
    assert "@font-face" not in STYLE


def test_tables_scroll_within_their_card() -> None:
    assert re.search(r"\.scroll \{ overflow-x: auto; \}", STYLE)
    assert not re.search(r"(?<!-)width: \d{3,}px", STYLE)


def test_the_navigation_stays_and_is_not_printed() -> None:
    assert "position: sticky; top: 0" in STYLE
    assert (
        "nav, .tools, .bubble, #matrix-view { display: none; }"
        in STYLE.partition("@media print")[2]
    )
