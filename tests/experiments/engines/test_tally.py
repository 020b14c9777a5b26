import itertools

from fieldmark.experiments.engines.tally import Tally
from fieldmark.experiments.ledger import Ledger
from fieldmark.experiments.plan import RunSpec
from fieldmark.experiments.runner import run_missing

Cells = tuple[RunSpec, ...]


def write(spec, folder, progress):
    (folder / "scores.txt").write_text(spec.id)
    return {}


def fail(spec, folder, progress):
    raise ValueError("boom")


def test_only_what_is_not_done_is_missing(cells: Cells, ledger: Ledger, listener) -> None:
    run_missing(cells[:1], write, ledger)
    tally = Tally(cells, ledger, listener, at_once=2)
    assert tally.missing == list(cells[1:])
    assert tally.summary().done_before == ("probe/seed-0",)


def test_a_cell_counts_as_what_the_ledger_says(cells: Cells, ledger: Ledger, listener) -> None:
    tally = Tally(cells, ledger, listener, at_once=2)
    run_missing(cells[:1], write, ledger)
    run_missing(cells[1:2], fail, ledger)
    for spec in cells:
        tally.conclude(spec, otherwise="its task was cancelled", by=" (task 1)")
    summary = tally.summary()
    assert summary.ran == ("probe/seed-0",)
    assert summary.failed == {
        "probe/seed-1": "ValueError: boom",
        "knn/seed-free": "its task was cancelled",
    }
    first, second, third = listener.said
    word = "less than a second"
    assert first == f"probe/seed-0: done in {word} (task 1); 2 cells left, about {word}."
    log = ledger.log_path(cells[1])
    assert second.startswith(
        f"probe/seed-1: failed: ValueError: boom (log: {log}) (task 1); 1 cell"
    )
    assert third == "knn/seed-free: failed: its task was cancelled (task 1)."


def test_an_old_failure_is_no_news(cells: Cells, ledger: Ledger, listener) -> None:
    run_missing(cells[:1], fail, ledger)
    tally = Tally(cells[:1], ledger, listener, at_once=1)
    assert not tally.has_news_of(cells[0])
    tally.conclude(cells[0], otherwise="its task was cancelled")
    assert tally.summary().failed == {"probe/seed-0": "its task was cancelled"}


def test_a_cell_of_another_process_is_left_to_it(cells: Cells, ledger: Ledger, listener) -> None:
    tally = Tally(cells[:1], ledger, listener, at_once=1)
    tally.conclude(cells[0], otherwise=None)
    assert tally.summary().elsewhere == ("probe/seed-0",)
    assert listener.said == ["probe/seed-0: left to another process, which is at work on it."]


def test_stale_results_are_counted(cells: Cells, ledger: Ledger, listener) -> None:
    run_missing(cells[:1], write, ledger)
    changed = [cells[0].with_inputs("new")]
    tally = Tally(changed, ledger, listener, at_once=1)
    run_missing(changed, write, ledger)
    assert tally.has_news_of(changed[0])
    tally.conclude(changed[0], otherwise=None)
    assert "1 again, because its inputs changed" in tally.summary().sentence


def test_what_is_left_is_shared_out(cells: Cells, ledger: Ledger, listener, monkeypatch) -> None:
    times = itertools.chain([0.0], itertools.repeat(60.0))
    monkeypatch.setattr("fieldmark.experiments.runner.time.monotonic", lambda: next(times))
    plan = [RunSpec("probe", seed, settings_digest="s") for seed in range(5)]
    tally = Tally(plan, ledger, listener, at_once=2)
    run_missing(plan[:1], write, ledger)
    tally.conclude(plan[0], otherwise=None)
    assert listener.said[0].endswith("; 4 cells left, about 2 min.")
