import pytest

from fieldmark.core.errors import ImageError
from fieldmark.images.regions import Box, box_from


def test_a_small_box_in_pixels_is_not_taken_for_shares() -> None:
    assert Box(0, 0, 1, 1).pixels((80, 48)) == (0, 0, 1, 1)
    with pytest.raises(ImageError, match="Unknown unit of a box 'share'; did you mean 'shares'"):
        Box(0, 0, 1, 1, "share")


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("1,2,3", "four numbers x, y, width, height; found '1,2,3'"),
        ("a,2,3,4", "four numbers x, y, width, height"),
        ((0, 0, 0, 5), "width and height above 0; found 0, 0, 0, 5"),
        ((0, float("nan"), 1, 1), "found 0, nan, 1, 1"),
    ],
)
def test_what_is_no_box_is_refused(value: object, message: str) -> None:
    with pytest.raises(ImageError, match=message):
        box_from(value)
