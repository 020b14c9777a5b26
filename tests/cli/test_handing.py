def test_the_page_is_written_and_named(call, ran, tmp_path) -> None:
    said = call("handoff", ran)
    page = ran / "results" / "tiny" / "handoff.html"
    assert (said.code, said.out) == (0, f"Hand-off: {page}\n")
    assert "3 of 3 cells done." in page.read_text(encoding="utf-8")
    assert call("handoff", ran, "--out", tmp_path / "page.html").code == 0


def test_another_ending_is_bad_input(call, ran) -> None:
    said = call("handoff", ran, "--out", "page.pdf")
    assert said.code == 2
    assert said.err == (
        "fieldmark: Expected a name that ends in .html or .md; got page.pdf. Rename it.\n"
    )
