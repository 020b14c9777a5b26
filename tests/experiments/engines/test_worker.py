import os
import sys
import time
from pathlib import Path

from fieldmark.experiments.engines.worker import Worker, share_of_cores, worker_environment

ECHO = """
import sys
for line in sys.stdin:
    print("heard", line.strip(), flush=True)
    print("cell ended: " + line.strip(), flush=True)
"""


def worker(script: str, log: Path, cpus: tuple[int, ...] = ()) -> Worker:
    return Worker([sys.executable, "-c", script], os.environ, cpus=cpus, log=log)


def test_it_runs_one_cell_after_another_and_keeps_a_log(tmp_path: Path) -> None:
    one = worker(ECHO, tmp_path / "logs" / "worker.log")
    heard: list[str] = []
    assert one.run("a", heard.append)
    assert one.run("b", heard.append)
    one.close()
    assert heard == ["heard a", "heard b"]
    assert "cell ended: b" in (tmp_path / "logs" / "worker.log").read_text()


def test_a_death_is_noticed_with_its_last_lines(tmp_path: Path) -> None:
    one = worker("import sys; sys.exit('no such thing')", tmp_path / "log")
    assert not one.run("a", lambda line: None)
    assert one.obituary() == "its process exited with 1\nno such thing"
    one.close()


def test_a_kill_is_named(tmp_path: Path) -> None:
    one = worker("import os; os.kill(os.getpid(), 9)", tmp_path / "log")
    assert not one.run("a", lambda line: None)
    assert one.obituary() == "its process was killed by SIGKILL"
    one.close()


def test_what_does_not_stop_is_killed(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("fieldmark.experiments.engines.worker._PATIENCE_SECONDS", 0.1)
    script = "import signal, time; signal.signal(2, signal.SIG_IGN); print('on'); time.sleep(60)"
    one = worker(script, tmp_path / "log")
    time.sleep(0.3)
    one.interrupt()
    one.end()
    assert not one.run("a", lambda line: None)
    assert one.obituary().startswith("its process was killed by SIGKILL")
    one.close()


def test_it_is_bound_to_its_cores(tmp_path: Path) -> None:
    core = min(os.sched_getaffinity(0))
    script = (
        "import os, time; time.sleep(0.3); print(os.sched_getaffinity(0)); print('cell ended: a')"
    )
    one = worker(script, tmp_path / "log", cpus=(core,))
    heard: list[str] = []
    assert one.run("a", heard.append)
    one.close()
    assert heard == [str({core})]


def test_cores_that_run_out_bind_nobody() -> None:
    assert share_of_cores([4, 5], 0, threads=2) == (4, 5)
    assert share_of_cores([4, 5], 1, threads=2) == ()
    assert share_of_cores([4, 5, 6], 1, threads=2) == ()


def test_every_library_is_told_the_threads() -> None:
    found = worker_environment({"HOME": "/h", "OMP_NUM_THREADS": "9"}, threads=3, device=None)
    assert found["HOME"] == "/h"
    assert (
        found["OMP_NUM_THREADS"] == found["MKL_NUM_THREADS"] == found["POLARS_MAX_THREADS"] == "3"
    )
    assert "CUDA_VISIBLE_DEVICES" not in found
