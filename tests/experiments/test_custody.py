"""Who is at work on a cell, whatever the clocks say."""

import os
from pathlib import Path

import pytest

from fieldmark.experiments import custody
from fieldmark.experiments.custody import custody_of, take_cell
from fieldmark.experiments.heartbeat import CellProgress, FileSystemClock, Pulse, kernel_id
from fieldmark.experiments.locks import try_lock

HOUR = 3600
FAR = "another start of another machine"


@pytest.fixture
def cell(tmp_path: Path) -> Path:
    return tmp_path


def beat(cell: Path, *, kernel: str = FAR, age: float = 0.0, period: float = 0.01) -> None:
    pulse = Pulse(
        host="far",
        kernel=kernel,
        pid=7,
        started="then",
        beat=1,
        period_seconds=period,
        progress=CellProgress(step="fit", done=1, total=4),
    )
    path = cell / "heartbeat"
    path.write_text(pulse.model_dump_json())
    stamp = path.stat().st_mtime - age
    os.utime(path, (stamp, stamp))


def found(cell: Path) -> tuple[bool, str] | None:
    known = custody_of(cell, FileSystemClock(cell))
    return None if known is None else (known.alive, known.words)


def test_nobody_is_at_work_where_nothing_lies(cell: Path) -> None:
    assert found(cell) is None
    (cell / "lock").touch()
    assert found(cell) is None


def test_a_held_lock_is_life_whatever_the_heartbeat_says(cell: Path) -> None:
    with try_lock(cell / "lock"):
        known = found(cell)
        assert known is not None
        assert known[0]
        assert known[1].startswith(f"process {os.getpid()} on ")
        for age in (-5 * HOUR, 0, 5 * HOUR):
            beat(cell, age=age)
            known = custody_of(cell, FileSystemClock(cell))
            assert known is not None
            assert known.alive
            assert known.progress == CellProgress(step="fit", done=1, total=4)
            assert ("without a heartbeat for 5 h" in known.words) == (age > 0)


@pytest.mark.parametrize("age", [-5 * HOUR, 0, 5 * HOUR])
def test_on_one_machine_a_free_lock_is_death_at_once(cell: Path, age: float) -> None:
    beat(cell, kernel=kernel_id() or "k", age=age, period=5)
    known = found(cell)
    assert known is not None
    assert not known[0]
    with take_cell(cell) as mine:
        assert mine


def test_a_fresh_heartbeat_of_another_machine_keeps_its_cell(cell: Path) -> None:
    beat(cell, period=5)
    assert found(cell) == (True, "process 7 on far since then, by its heartbeat")
    with take_cell(cell) as mine:
        assert not mine


def test_a_silent_heartbeat_of_another_machine_gives_its_cell_free(cell: Path) -> None:
    beat(cell, age=3 * HOUR)
    assert found(cell) == (False, "process 7 on far since then, last heartbeat 3 h ago")
    with take_cell(cell) as mine:
        assert mine


def test_a_heartbeat_from_the_future_is_no_life(cell: Path) -> None:
    beat(cell, age=-3 * HOUR)
    assert found(cell) == (False, "process 7 on far since then")
    with take_cell(cell) as mine:
        assert mine


@pytest.mark.parametrize("age", [-3 * HOUR, 3 * HOUR])
def test_a_clock_that_jumps_takes_no_cell_from_a_run_that_lives(
    cell: Path, age: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    beat(cell, age=age)
    asked = []

    def goes_on(path: Path, pulse: Pulse) -> bool:
        asked.append((path, pulse.beat))
        return True

    monkeypatch.setattr(custody, "beats_on", goes_on)
    with take_cell(cell) as mine:
        assert not mine
    assert asked == [(cell / "heartbeat", 1)]


def test_a_heartbeat_that_cannot_be_dated_keeps_its_cell(
    cell: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    beat(cell, age=3 * HOUR)
    monkeypatch.setattr(FileSystemClock, "age_seconds", lambda *_: None)
    assert found(cell) == (True, "process 7 on far since then, by its heartbeat")
    with take_cell(cell) as mine:
        assert not mine
