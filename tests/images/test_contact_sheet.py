import numpy as np
import pytest

from fieldmark.core.errors import ImageError
from fieldmark.images.contact_sheet import SheetRow, contact_sheet

RED = np.full((10, 20, 3), (200, 0, 0), dtype=np.uint8)
BLUE = np.full((300, 100, 3), (0, 0, 200), dtype=np.uint8)


def test_every_picture_is_there_with_its_proportions() -> None:
    rows = [SheetRow("a", (RED, BLUE)), SheetRow("b" * 500, (BLUE, RED))]
    sheet = contact_sheet("title", ["note " * 60], headings=("one", "two"), rows=rows, side=100)
    pixels = np.asarray(sheet)
    for colour, size in (((200, 0, 0), 100 * 50), ((0, 0, 200), 33 * 100)):
        assert (pixels == colour).all(axis=2).sum() == 2 * size


def test_the_sheet_grows_with_its_rows() -> None:
    one, two = (
        contact_sheet("t", [], headings=("x",), rows=[SheetRow("a", (RED,))] * count)
        for count in (1, 2)
    )
    assert one.width == two.width
    assert two.height > one.height + 176


@pytest.mark.parametrize("rows", [[], [SheetRow("a", (RED,))]])
def test_rows_must_fit_the_headings(rows) -> None:
    with pytest.raises(ImageError, match="Expected at least one row with 2 pictures each"):
        contact_sheet("t", [], headings=("x", "y"), rows=rows)
