import pytest

from fieldmark.core.errors import RunFailedError
from fieldmark.experiments.run_summary import RunSummary, require_complete


@pytest.mark.parametrize(
    ("summary", "sentence", "exit_code"),
    [
        (RunSummary(ran=("a", "b")), "All 2 cells are done: 2 ran now.", 0),
        (RunSummary(ran=("a",)), "The only cell is done: 1 ran now.", 0),
        (RunSummary(done_before=("a", "b")), "All 2 cells are done: 2 were done before.", 0),
        (
            RunSummary(ran=("a",), done_before=("b",), stale=("a",)),
            "All 2 cells are done: 1 ran now (1 again, because its inputs changed), 1 was done "
            "before.",
            0,
        ),
        (
            RunSummary(ran=("a",), failed={"b": "ValueError: no", "c": "KeyError: 1"}),
            "1 of 3 cells is done: 1 ran now. 2 failed: 'b' (ValueError: no) and 1 more.",
            1,
        ),
        (
            RunSummary(failed={"a": "x", "b": "x"}, stale=("a",)),
            "None of 2 cells is done. 2 failed: 'a' (x) and 1 more.",
            1,
        ),
        (
            RunSummary(ran=("a", "b"), elsewhere=("c",)),
            "2 of 3 cells are done: 2 ran now. 1 left to another process: 'c'.",
            1,
        ),
        (RunSummary(failed={"a": "x"}), "The only cell is not done. 1 failed: 'a' (x).", 1),
        (RunSummary(), "There is nothing to run.", 0),
    ],
)
def test_the_outcome_in_words_and_as_an_exit_code(
    summary: RunSummary, sentence: str, exit_code: int
) -> None:
    assert summary.sentence == sentence
    assert summary.exit_code == exit_code


def test_nobody_goes_on_while_a_cell_is_not_done() -> None:
    require_complete(RunSummary(ran=("a",)))
    with pytest.raises(RunFailedError, match=r"None of 2 cells is done. 1 failed: 'a'"):
        require_complete(RunSummary(failed={"a": "x"}, elsewhere=("b",)))
