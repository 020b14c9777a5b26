import threading
from pathlib import Path

import pytest

from fieldmark.experiments import waiting
from fieldmark.experiments.ledger import Ledger
from fieldmark.experiments.locks import try_lock
from fieldmark.experiments.plan import RunSpec
from fieldmark.experiments.waiting import as_they_come_free


def test_free_cells_come_at_once_and_held_ones_later(
    cells: tuple[RunSpec, ...], ledger: Ledger, listener: object
) -> None:
    let_go = threading.Event()
    held = threading.Event()

    def hold(path: Path) -> None:
        with try_lock(path):
            held.set()
            let_go.wait(timeout=10)

    thread = threading.Thread(target=hold, args=[ledger.lock_path(cells[0])])
    thread.start()
    held.wait(timeout=10)
    came = []
    for spec in as_they_come_free(cells, ledger, progress=listener):  # type: ignore[arg-type]
        came.append(spec.id)
        if len(came) == 2:
            let_go.set()
    thread.join()
    assert came == ["probe/seed-1", "knn/seed-free", "probe/seed-0"]
    assert len(listener.said) <= 1  # type: ignore[attr-defined]


def test_the_pause_grows_up_to_its_limit_and_it_is_said_once(
    cells: tuple[RunSpec, ...],
    ledger: Ledger,
    listener: object,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pauses: list[float] = []

    def sleep(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 12:
            lock.__exit__(None, None, None)

    monkeypatch.setattr(waiting.time, "sleep", sleep)
    lock = try_lock(ledger.lock_path(cells[0]))
    lock.__enter__()
    list(as_they_come_free(cells[:1], ledger, progress=listener))  # type: ignore[arg-type]
    assert pauses[0] == 0.05
    assert pauses == sorted(pauses)
    assert pauses[-1] == 2.0
    said = listener.said  # type: ignore[attr-defined]
    assert said == ["Waiting for 1 cell that another process is at work on."]
