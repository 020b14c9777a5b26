import os
from pathlib import Path

import pytest

from fieldmark.experiments import heartbeat
from fieldmark.experiments.beating import beating
from fieldmark.experiments.heartbeat import (
    CellProgress,
    FileSystemClock,
    Pulse,
    beats_on,
    is_of_this_machine,
    kernel_id,
    read_pulse,
)

HOUR = 3600


def pulse(**changes: object) -> Pulse:
    known = {"host": "far", "kernel": "k", "pid": 7, "started": "then", "beat": 1}
    return Pulse.model_validate({**known, "period_seconds": 0.02, **changes})


def write(path: Path, content: Pulse, *, age: float = 0.0) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content.model_dump_json())
    stamp = path.stat().st_mtime - age
    os.utime(path, (stamp, stamp))


def test_a_pulse_says_who_where_and_since_when(tmp_path: Path) -> None:
    found = pulse(progress=CellProgress(step="fit", done=2, total=5))
    write(tmp_path / "heartbeat", found)
    assert read_pulse(tmp_path / "heartbeat") == found
    assert found.words == "process 7 on far since then"
    assert found.silence_seconds == pytest.approx(0.24)


@pytest.mark.parametrize("content", ["", "{", '{"host": "far"}', '{"beat": NaN}'])
def test_a_damaged_pulse_is_none(tmp_path: Path, content: str) -> None:
    (tmp_path / "heartbeat").write_text(content)
    assert read_pulse(tmp_path / "heartbeat") is None
    assert read_pulse(tmp_path / "nowhere") is None


def test_the_age_is_told_by_the_clock_of_the_file_system(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "heartbeat", pulse(), age=HOUR)
    monkeypatch.setattr("time.time", lambda: 0.0)
    clock = FileSystemClock(tmp_path)
    assert clock.age_seconds(tmp_path / "heartbeat") == pytest.approx(HOUR, abs=60)
    write(tmp_path / "heartbeat", pulse(), age=-HOUR)
    assert clock.age_seconds(tmp_path / "heartbeat") == pytest.approx(-HOUR, abs=60)
    assert [path.name for path in tmp_path.iterdir()] == ["heartbeat"]


def test_no_age_without_a_file_or_a_place_to_write(tmp_path: Path) -> None:
    assert FileSystemClock(tmp_path).age_seconds(tmp_path / "heartbeat") is None
    write(tmp_path / "heartbeat", pulse())
    nowhere = FileSystemClock(tmp_path / "gone")
    assert nowhere.age_seconds(tmp_path / "heartbeat") is None


def test_only_a_known_kernel_is_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeat, "kernel_id", lambda: "k")
    assert is_of_this_machine(pulse())
    assert not is_of_this_machine(pulse(kernel="other"))
    monkeypatch.setattr(heartbeat, "kernel_id", lambda: "")
    assert not is_of_this_machine(pulse(kernel=""))


def test_a_machine_that_does_not_say_its_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeat, "_KERNEL", Path("nowhere"))
    assert kernel_id() == ""


def test_a_heartbeat_that_goes_on_is_seen(tmp_path: Path, listener: object) -> None:
    path = tmp_path / "heartbeat"
    with beating(path, listener, period_seconds=0.02):  # type: ignore[arg-type]
        now = read_pulse(path)
        assert now is not None
        assert beats_on(path, now.model_copy(update={"period_seconds": 0.05}))
    assert not beats_on(path, now)
    write(path, pulse())
    assert not beats_on(path, pulse())
