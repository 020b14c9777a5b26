from pathlib import Path

import pytest

from fieldmark.training.traces import TRACE, Trace, read_trace, write_trace


def test_a_trace_is_read_as_it_was_written(tmp_path: Path) -> None:
    trace = Trace(3, losses=(0.7, 0.5), judgements=(0.1, 0.2), best_epoch=2)
    write_trace(trace, tmp_path)
    assert read_trace(tmp_path) == trace


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"epochs": 1, "losses": ["x"], "judgements": [], "best_epoch": 0}']
)
def test_what_cannot_be_read_is_no_trace(tmp_path: Path, content: str) -> None:
    assert read_trace(tmp_path) is None
    (tmp_path / TRACE).write_text(content)
    assert read_trace(tmp_path) is None
