"""A matplotlib figure as a piece of SVG that can stand inside a page.

The text stays text, in the font of the page, and takes its colours from the page's theme; nothing
points outside; the same figure gives the same bytes. pyplot is never used, and the settings of the
process stay as they are.
"""

import contextlib
import io
import json
import re
import warnings
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING
from xml.etree import ElementTree

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.figure import Figure

# Okabe and Ito (2008), without yellow, which is too pale on white.
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
MARKERS = ("o", "s", "D", "^", "v", "P", "X")
WIDTH_INCHES = 6.8
GREY = "#5f6b76"
INK = "#1d252c"
PAPER = "#fefefe"
_GRID = "#e3e8ec"
_EDGE = "#b9c2c9"
# What each colour is called in page.css, where the dark theme has its own.
THEME = {
    INK: "--ink",
    GREY: "--soft",
    PAPER: "--card",
    _GRID: "--line",
    _EDGE: "--edge-line",
} | {colour: f"--series-{number}" for number, colour in enumerate(PALETTE, start=1)}
_SETTINGS = {
    "axes.axisbelow": True,
    "axes.edgecolor": _EDGE,
    "axes.facecolor": "none",
    "axes.grid": True,
    "axes.labelcolor": INK,
    "axes.labelsize": 10,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "axes.titlepad": 10,
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 10.5,
    "grid.color": _GRID,
    "legend.frameon": False,
    "path.simplify": False,
    "savefig.facecolor": "none",
    "svg.fonttype": "none",
    "svg.hashsalt": "fieldmark",
    "text.color": INK,
    "text.parse_math": False,
    "xtick.color": GREY,
    "xtick.labelcolor": INK,
    "ytick.color": GREY,
    "ytick.labelcolor": INK,
    "ytick.major.size": 0,
}
_FONT_FAMILY = re.compile(r"font-family: [^;]*;? ?")
_REFERENCE = re.compile(r"#([\w-]+)")
_REFERRING = {"href", "clip-path"}
_COLOUR = re.compile(r"#[0-9a-f]{6}\b")
_VARIABLES = {colour.lower(): f"var({name})" for colour, name in THEME.items()}
_TIPS = "tips:"
_PIXELS_PER_POINT = 4 / 3
_NO_METADATA = dict.fromkeys(("Creator", "Date", "Format", "Type"))


@contextlib.contextmanager
def figure_settings() -> Iterator[None]:
    """Draw with the settings of the report, whatever the process or the user has set."""
    from matplotlib import style

    with style.context(["default", _SETTINGS]), warnings.catch_warnings():
        # The browser's fonts draw the text; that our measuring font lacks a sign is no matter.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        yield


def set_tips(artist: "Artist", tips: Sequence[str]) -> None:
    """Give the points of a line, or a bar, what the page reads out when a pointer is on them.

    Args:
        artist: a line or markers with as many points as tips, or a patch with one tip.
        tips: plain text, in the order of the points.
    """
    artist.set_gid(_TIPS + json.dumps(list(tips), ensure_ascii=False))


def svg_of(figure: "Figure", *, name: str, description: str) -> str:
    """Return the figure as an SVG element with ids that start with ``name``.

    Args:
        figure: drawn, and to be turned into SVG, within ``figure_settings``.
        name: of letters and hyphens, different for each figure of a page.
        description: what the figure shows, for those who cannot see it.

    Returns:
        The element as text, without XML header, namespaces, metadata or links.

    Example:
        >>> from matplotlib.figure import Figure
        >>> with figure_settings():
        ...     text = svg_of(Figure(figsize=(1, 1)), name="empty", description="Nothing")
        >>> text[:80]
        '<svg viewBox="0 0 72 72" role="img" style="--width: 96px"><title>Nothing</title>'
    """
    stream = io.BytesIO()
    figure.savefig(stream, format="svg", metadata=_NO_METADATA)
    root = ElementTree.fromstring(stream.getvalue())  # noqa: S314 (written two lines above)
    for element in root.iter():
        _without_namespaces(element)
        _in_colours_of_the_theme(element)
    _without_style_sheet(root)
    _with_own_ids(root, name)
    width = float(root.attrib["viewBox"].split()[2])
    style = f"--width: {width * _PIXELS_PER_POINT:.0f}px"
    root.attrib = {"viewBox": root.attrib["viewBox"], "role": "img", "style": style}
    root.text = None
    title = ElementTree.Element("title")
    title.text = description
    root.insert(0, title)
    return ElementTree.tostring(root, encoding="unicode")


def _without_namespaces(element: ElementTree.Element) -> None:
    element.tag = element.tag.rpartition("}")[2]
    element.attrib = {
        name.rpartition("}")[2]: _FONT_FAMILY.sub("", value)
        for name, value in element.attrib.items()
    }


def _in_colours_of_the_theme(element: ElementTree.Element) -> None:
    style = element.get("style")
    if style is not None:
        element.set("style", _COLOUR.sub(lambda found: _VARIABLES.get(found[0], found[0]), style))


def _without_style_sheet(root: ElementTree.Element) -> None:
    for child in list(root):
        if child.find("style") is not None:
            root.remove(child)


def _with_own_ids(root: ElementTree.Element, prefix: str) -> None:
    """Prefix the ids that something refers to, and drop the others."""
    used: set[str] = set()
    for element in root.iter():
        for attribute in _REFERRING & element.attrib.keys():
            used.update(_REFERENCE.findall(element.attrib[attribute]))
            renamed = _REFERENCE.sub(rf"#{prefix}-\1", element.attrib[attribute])
            element.set(attribute, renamed)
    for element in root.iter():
        identifier = element.attrib.pop("id", "")
        if identifier.startswith(_TIPS):
            element.set("data-tips", identifier.removeprefix(_TIPS))
        elif identifier in used:
            element.set("id", f"{prefix}-{identifier}")
