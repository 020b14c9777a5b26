import os
import signal
import sys
import threading
import time
from pathlib import Path

import pytest

from fieldmark.core.errors import RunFailedError
from fieldmark.experiments.engines import slurm_task
from fieldmark.experiments.engines.slurm_task import PackTask

pytest.importorskip("submitit", reason="needs the extra 'cluster'")


def python(script: str, **environment: str) -> PackTask:
    return PackTask([sys.executable, "-c", script], environment)


def test_it_runs_its_command_with_its_variables(tmp_path: Path) -> None:
    script = f"import os; open({str(tmp_path / 'said')!r}, 'w').write(os.environ['THREADS'])"
    python(script, THREADS="3")()
    assert (tmp_path / "said").read_text() == "3"


def test_a_command_that_fails_fails_the_task() -> None:
    with pytest.raises(RunFailedError, match="The command ended with 4: "):
        python("raise SystemExit(4)")()


PATIENT = """
import signal, sys, time
from pathlib import Path
Path(sys.argv[1]).write_text("on")
try:
    time.sleep(60)
except KeyboardInterrupt:
    Path(sys.argv[1]).write_text("stopped")
    sys.exit(130)
"""


class Requeued(BaseException):
    """Ends a call from within a signal handler, as submitit does."""


def warned(task: PackTask, mark: Path) -> tuple[object, float]:
    """Call a task, warn all of its processes, and return what it asks for and the seconds taken."""
    found: list[object] = []

    def heed(*_: object) -> None:
        began = time.monotonic()
        found.extend((task.checkpoint(), time.monotonic() - began))
        raise Requeued

    def warn() -> None:
        limit = time.monotonic() + 20
        while not mark.exists() and time.monotonic() < limit:
            time.sleep(0.01)
        assert task._process is not None
        os.kill(task._process.pid, signal.SIGUSR2)  # SLURM warns every process of a task
        time.sleep(0.2)
        os.kill(os.getpid(), signal.SIGUSR2)

    before = signal.signal(signal.SIGUSR2, heed)
    thread = threading.Thread(target=warn)
    thread.start()
    try:
        with pytest.raises(Requeued):
            task()
    finally:
        thread.join()
        signal.signal(signal.SIGUSR2, before)
    again, seconds = found
    assert isinstance(seconds, float)
    return again, seconds


def test_a_warning_stops_the_command_and_gives_the_same_call_again(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    task = PackTask([sys.executable, "-c", PATIENT, str(mark)], {"A": "1"})
    again, seconds = warned(task, mark)
    assert mark.read_text() == "stopped"
    assert again.function == PackTask(task.command, {"A": "1"})
    assert seconds < slurm_task._PATIENCE_SECONDS / 2


def test_a_command_that_does_not_stop_is_killed(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(slurm_task, "_PATIENCE_SECONDS", 0.2)
    mark = tmp_path / "mark"
    stubborn = f"import signal; signal.signal(2, signal.SIG_IGN)\n{PATIENT}"
    warned(PackTask([sys.executable, "-c", stubborn, str(mark)]), mark)
    assert mark.read_text() == "on"


def test_a_warning_before_anything_ran_is_heeded_too() -> None:
    assert python("pass").checkpoint().function == python("pass")
