import os
import socket
from pathlib import Path

import pytest

from fieldmark.experiments.beating import beating
from fieldmark.experiments.heartbeat import read_pulse

HOUR = 3600


def test_beating_writes_who_and_how_far_and_goes(tmp_path: Path, listener: object) -> None:
    path = tmp_path / "heartbeat"
    with beating(path, listener, period_seconds=HOUR) as progress:  # type: ignore[arg-type]
        first = read_pulse(path)
        assert first is not None
        assert (first.beat, first.pid, first.host) == (1, os.getpid(), socket.gethostname())
        assert first.progress is None
        with progress.step("outer", total=2), progress.step("inner", total=3) as step:
            step.advance(2)
            progress.beat()  # type: ignore[attr-defined]
        told = read_pulse(path)
        progress.say("a word")
        assert told is not None
        assert told.progress is not None
    assert (told.progress.step, told.progress.done, told.progress.total) == ("inner", 2, 3)
    assert 0 <= told.progress.seconds < 60
    assert listener.steps == [("outer", 2, 0), ("inner", 3, 2)]  # type: ignore[attr-defined]
    assert listener.said == ["a word"]  # type: ignore[attr-defined]
    assert list(tmp_path.iterdir()) == []


def test_the_last_step_is_told_after_it_has_ended(tmp_path: Path, listener: object) -> None:
    path = tmp_path / "heartbeat"
    with beating(path, listener, period_seconds=0.01) as progress:  # type: ignore[arg-type]
        with progress.step("fit", total=1) as step:
            step.advance()
        progress.beat()  # type: ignore[attr-defined]
        told = read_pulse(path)
    assert told is not None
    assert told.progress is not None
    assert (told.progress.step, told.progress.done) == ("fit", 1)


def test_a_beat_that_cannot_be_written_is_a_stamp(
    tmp_path: Path, listener: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> int:
        raise OSError(28, os.strerror(28))

    path = tmp_path / "heartbeat"
    with beating(path, listener, period_seconds=HOUR) as progress:  # type: ignore[arg-type]
        before = read_pulse(path)
        os.utime(path, (0, 0))
        monkeypatch.setattr(Path, "write_text", full)
        progress.beat()  # type: ignore[attr-defined]
        assert read_pulse(path) == before
        assert path.stat().st_mtime > 0
        path.unlink()
        progress.beat()  # type: ignore[attr-defined]
    assert list(tmp_path.iterdir()) == []


def test_the_heartbeat_ends_with_the_work_that_fails(tmp_path: Path, listener: object) -> None:
    path = tmp_path / "heartbeat"
    with (
        pytest.raises(KeyboardInterrupt),
        beating(path, listener),  # type: ignore[arg-type]
    ):
        raise KeyboardInterrupt
    assert not path.exists()
