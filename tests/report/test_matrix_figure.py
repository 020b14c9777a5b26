import re

import numpy as np

from fieldmark.report.matrix_figure import matrix_figure


def words(svg: str) -> list[str]:
    return re.findall(r"<text[^>]*>([^<]*)</text>", svg)


def test_rows_are_named_with_their_number_of_images(make) -> None:
    found = words(matrix_figure(make.confusion(), name="matrix").svg)
    assert {"Amanita  n = 53", "Boletus  n = 43", "Russula  n = 0"} <= set(found)
    assert {"Agaricales", "Boletales"} <= set(found)


def test_each_row_is_written_in_percent_when_there_is_room(make) -> None:
    found = words(matrix_figure(make.confusion(), name="matrix").svg)
    assert {"94", "6", "2", "93", "5"} <= set(found)


def test_a_share_below_one_percent_is_not_rounded_to_nothing(make) -> None:
    counts = np.array([[999, 1], [0, 5]])
    confusion = make.confusion(names=("a", "b"), counts=counts, blocks=())
    assert "&lt;1" in words(matrix_figure(confusion, name="matrix").svg)


def test_thirty_names_carry_no_numbers_in_the_cells(make) -> None:
    names = tuple(f"a-genus-with-a-long-name-{number:02d}" for number in range(30))
    confusion = make.confusion(names=names, counts=np.eye(30, dtype=int) * 7, blocks=())
    found = words(matrix_figure(confusion, name="matrix").svg)
    assert "100" not in found
    assert sum(text.endswith("n = 7") for text in found) == 30


def test_the_caption_says_whose_and_how_many(make) -> None:
    caption = matrix_figure(make.confusion(unknown=1200), name="matrix").caption
    assert caption.startswith("probe on the split “test”: 3 names at the rank “genus”, 96 images.")
    assert "1,200 of them have a label the contender does not know." in caption


def test_one_block_needs_no_lines(make) -> None:
    whole = make.confusion(blocks=(("Fungi", 3),))
    assert "Fungi" not in words(matrix_figure(whole, name="matrix").svg)
