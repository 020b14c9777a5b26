import pytest

from fieldmark.report.markdown import escaped, render_markdown


def test_it_says_what_the_page_says(make) -> None:
    text = render_markdown(make.full())
    assert text.startswith(
        "# fungi\n\nWhich backbone names fungi best?\n\n**probe is the best of 2"
    )
    for piece in (
        "- met: accuracy of probe at least 80.00 %",
        "- 0 excluded as unreadable",
        "| probe (linear head) | 1 of 1 | 84.21 % (82.9 to 85.5) |",
        "| img-7 | oak | elm (wrong) | probe | 71.39 % |",
        "```yaml\nstudy: fungi\nseeds: \\[0\\]".replace("\\", ""),
    ):
        assert piece in text


def test_every_row_of_a_table_has_as_many_cells_as_its_head(make) -> None:
    width = 0
    for line in render_markdown(make.full()).splitlines():
        cells = line.count(" | ") if line.startswith("| ") else None
        if cells is None:
            width = 0
        else:
            assert not width or cells == width, line
            width = cells


@pytest.mark.parametrize("name", ["a|b", "*a*", "<script>", "[x](y)", "a\nb", "`a`", "a_b_"])
def test_no_name_forms_markup(make, name) -> None:
    text = render_markdown(make.content([make.row(name)], verdict=(name,)))
    assert escaped(name) in text
    assert name not in text.replace(escaped(name), "")


def test_a_fence_in_the_study_does_not_close_the_fence(make) -> None:
    text = render_markdown(make.content([], study_yaml="note: |\n  ````\n"))
    assert "`````yaml\nnote: |\n  ````\n`````" in text


def test_the_same_content_gives_the_same_text(make, drawn_anew) -> None:
    before = render_markdown(make.full())
    with drawn_anew():
        assert render_markdown(make.full()) == before
