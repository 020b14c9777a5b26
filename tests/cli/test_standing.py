import json
import time

import pytest

from fieldmark.cli import standing as command
from fieldmark.core.progress import SilentProgress
from fieldmark.experiments.beating import beating
from fieldmark.experiments.locks import try_lock
from fieldmark.training.traces import Trace, write_trace


@pytest.fixture
def running(fresh, opened_study):
    """The tiny study while its first cell runs."""
    ground = opened_study(fresh)
    spec, ledger = ground.cells[0], ground.ledger
    with (
        try_lock(ledger.lock_path(spec)),
        beating(ledger.heartbeat_path(spec), SilentProgress(), period_seconds=0.01) as progress,
        progress.step("fine-tune", total=8) as step,
    ):
        step.advance(2)
        write_trace(Trace(4, (0.9, 0.7), (0.1, 0.2), 2), ledger.work_folder(spec))
        deadline = time.monotonic() + 10
        while not _is_timed(ledger.record(spec)) and time.monotonic() < deadline:
            time.sleep(0.01)
        yield fresh


def _is_timed(record) -> bool:
    """Say whether a time left can follow from what a heartbeat says."""
    return record.progress is not None and record.progress.seconds > 0


@pytest.fixture
def opened_study():
    from fieldmark.cli.study_options import open_study

    return lambda folder: open_study(folder, ())


def test_a_running_cell_is_shown(call, running) -> None:
    said = call("status", running)
    lines = said.out.splitlines()
    assert said.code == 0
    assert lines[1].split() == ["probe/seed-0", "running", "?", "?"]
    assert lines[4].startswith("probe/seed-0: fine-tune 2 of 8 (25%); loss █▁ 0.7; macro_f1 ▁█ 0.2")
    assert lines[5].startswith("probe/seed-0: run by process ")
    assert lines[-1].startswith("0 of 3 cells done; 1 running, 2 planned; about ")


def test_a_running_cell_in_json(call, running) -> None:
    first, second, _ = json.loads(call("status", running, "--json").out)
    assert first["progress"] == {
        "step": "fine-tune",
        "done": 2,
        "total": 8,
        "seconds": first["progress"]["seconds"],
    }
    assert first["curves"] == {"loss": [0.9, 0.7], "macro_f1": [0.1, 0.2]}
    assert "curves" not in second


def test_many_cells_are_summed_up(call, fresh) -> None:
    many = ["--set", f"protocol.seeds={list(range(60))}"]
    lines = call("status", fresh, *many).out.splitlines()
    assert lines[0].split()[:2] == ["contender", "done"]
    assert lines[1].split() == ["probe", "0", "of", "60", "60", "?"]
    assert lines[-1] == "0 of 61 cells done; 61 planned; time left ?."
    assert len(call("status", fresh, "--all", *many).out.splitlines()) == 63


def test_watching_ends_when_all_is_settled(call, ran) -> None:
    said = call("status", ran, "--watch")
    assert said.code == 0
    assert said.out.splitlines()[-1].strip() == "3 of 3 cells done."


def test_watching_shows_it_anew_until_it_is_settled(
    call, ran, fresh, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 2:
            (ran / "results").rename(fresh / "results")

    monkeypatch.setattr(command.time, "sleep", pause)
    said = call("status", fresh, "--watch")
    assert (said.code, pauses) == (0, [2.0, 2.0])
    assert "3 of 3 cells done." in said.out


def test_watching_is_interrupted_quietly(call, fresh, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(command.time, "sleep", interrupt)
    said = call("status", fresh, "--watch")
    assert (said.code, said.err) == (130, "")
    assert "0 of 3 cells done" in said.out


def test_json_is_not_watched(call, fresh) -> None:
    said = call("status", fresh, "--json", "--watch")
    assert said.code == 2
    assert said.err == "fieldmark: Expected one of --json and --watch; got both. Leave one out.\n"
