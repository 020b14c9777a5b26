import errno
import fcntl
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from fieldmark.core.errors import StoreError
from fieldmark.experiments.locks import holder_of, try_lock

HOLD = """
import sys, time
from pathlib import Path
from fieldmark.experiments.locks import try_lock
with try_lock(Path(sys.argv[1])) as mine:
    sys.stdout.write(f"{mine}\\n")
    sys.stdout.flush()
    time.sleep(60)
"""


def test_a_lock_is_taken_once_and_let_go(tmp_path: Path) -> None:
    path = tmp_path / "cell" / "lock"
    with try_lock(path) as mine:
        assert mine
        with try_lock(path) as other:
            assert not other
        holder = holder_of(path)
        assert holder is not None
        assert holder.alive
        assert f"process {os.getpid()} on {socket.gethostname()} since 20" in holder.words
    assert holder_of(path) is None
    with try_lock(path) as again:
        assert again


def test_a_lock_is_let_go_when_the_work_fails(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), try_lock(tmp_path / "lock"):
        raise KeyboardInterrupt
    assert holder_of(tmp_path / "lock") is None


def test_nobody_holds_a_lock_that_was_never_taken(tmp_path: Path) -> None:
    assert holder_of(tmp_path / "lock") is None


def test_a_holder_that_was_killed_is_found(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "True\n"
        with try_lock(path) as mine:
            assert not mine
        holder = holder_of(path)
        assert holder is not None
        assert holder.alive
        assert f"process {process.pid} " in holder.words
        process.send_signal(signal.SIGKILL)
    dead = holder_of(path)
    assert dead is not None
    assert not dead.alive
    assert dead.words == holder.words
    with try_lock(path) as mine:
        assert mine
    assert holder_of(path) is None


def test_a_holder_that_has_not_signed_yet_is_another_process(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with path.open("w") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        holder = holder_of(path)
    assert holder is not None
    assert (holder.alive, holder.words) == (True, "another process")


def test_looking_does_not_keep_anybody_from_taking(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "lock"
    path.touch()
    with path.open() as looking:
        fcntl.flock(looking, fcntl.LOCK_SH)
        monkeypatch.setattr(
            "fieldmark.experiments.locks.time.sleep",
            lambda seconds: fcntl.flock(looking, fcntl.LOCK_UN),
        )
        with try_lock(path) as mine:
            assert mine


def test_a_file_system_without_locks_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)
    message = r"has no locks \(No locks available\), .*; keep the results on a local disk"
    with pytest.raises(StoreError, match=message), try_lock(tmp_path / "lock"):
        pass
    with pytest.raises(StoreError, match=message):
        holder_of(tmp_path / "lock")
