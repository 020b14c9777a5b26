from collections.abc import Mapping
from pathlib import Path

import pytest

from fieldmark.core.errors import RunFailedError, StoreError
from fieldmark.core.progress import Progress
from fieldmark.experiments.ledger import Ledger
from fieldmark.experiments.plan import RunSpec
from fieldmark.experiments.run_summary import require_complete
from fieldmark.experiments.runner import run_missing

STEPS = [RunSpec(f"step-{number}", 0, settings_digest="s") for number in range(5)]


def broken(spec: RunSpec, folder: Path, progress: Progress) -> Mapping[str, int]:
    (folder / "scores.npy").write_bytes(b"looks like a result")
    raise FileNotFoundError(f"no such checkpoint: {spec.contender}")


def test_trap_32_five_failed_steps_are_never_called_complete(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    summary = run_missing(STEPS, broken, ledger)
    assert summary.ran == ()
    assert summary.exit_code != 0
    assert summary.sentence == (
        "None of 5 cells is done. 5 failed: 'step-0/seed-0' (FileNotFoundError: no such "
        "checkpoint: step-0) and 4 more."
    )
    with pytest.raises(RunFailedError, match="None of 5 cells is done"):
        require_complete(summary)


def test_trap_32_a_failed_cell_stays_failed_and_feeds_nothing(tmp_path: Path) -> None:
    run_missing(STEPS, broken, Ledger(tmp_path))
    later = Ledger(tmp_path)
    for step in STEPS:
        assert later.record(step).state.value == "failed"
        assert not later.result_folder(step).exists()
        with pytest.raises(StoreError, match=r"is failed, not done .*no such checkpoint"):
            later.result(step)


def test_trap_32_one_failure_is_enough_for_the_exit_code(tmp_path: Path) -> None:
    def one_breaks(spec: RunSpec, folder: Path, progress: Progress) -> Mapping[str, int]:
        if spec is STEPS[2]:
            raise ValueError("out of memory")
        return {}

    summary = run_missing(STEPS, one_breaks, Ledger(tmp_path))
    assert len(summary.ran) == 4
    assert summary.exit_code == 1
    assert list(summary.failed or ()) == ["step-2/seed-0"]
