import contextlib
import errno
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from fieldmark.experiments import locks
from fieldmark.workflows import doctor
from fieldmark.workflows.doctor import Check, examine
from fieldmark.workflows.trials import Trial

TUNED = """\
  tuned:
    backbone: *net
    training: {epochs: 12, batch_size: 8, learning_rate: 0.02, unfreezing: {0: frozen, 8: full}}
reference: knn"""


def by_name(checks: Iterator[Check]) -> dict[tuple[str, str], Check]:
    return {(check.name, check.contender): check for check in checks}


@pytest.fixture
def without_torch(fresh: Path, opened, monkeypatch: pytest.MonkeyPatch):
    """The tiny study, whose contenders are not tried."""
    monkeypatch.setattr(doctor, "_tried", lambda *_: iter(()))
    return opened(fresh)


@pytest.mark.slow
def test_a_sound_study_has_nothing_in_its_way_and_nothing_stays(
    fresh: Path, opened, rewrite
) -> None:
    rewrite(fresh / "study.yaml", ("reference: knn", TUNED))
    before = sorted(fresh.rglob("*"))
    found = by_name(examine(opened(fresh)))
    assert [check for check in found.values() if not check.is_ok] == []
    assert list(found)[:2] == [("locks", ""), ("data", "")]
    assert list(found)[-2:] == [("time", ""), ("disk", "")]
    assert found["weights", "probe"].message == "drawn from a seed"
    assert found["device", "tuned"].message == "the CPU, 1 process"
    assert found["learning", "probe"].message == "8 of its 8 images right"
    assert found["learning", "tuned"].message.startswith("loss 1.")
    assert found["storage", "tuned"].message == "what is read back gives the same scores"
    assert found["time", ""].message.startswith("about ")
    assert "GiB are free" in found["disk", ""].message
    assert sorted(fresh.rglob("*")) == before


def test_a_contender_that_cannot_run_says_why_and_its_needs_are_unknown(
    fresh: Path, opened, rewrite
) -> None:
    rewrite(fresh / "study.yaml", ("weights: random", "weights: random, options: {depth: x}"))
    found = by_name(examine(opened(fresh)))
    trial = found["trial", "knn"]
    assert not trial.is_ok
    assert trial.message.startswith("timm cannot build test_resnet")
    assert "and what 'probe', 'knn' will take" in found["time", ""].message
    assert ("learning", "knn") not in found


def test_a_study_that_is_done_needs_nothing(judged_only: Path, opened, call) -> None:
    assert call("run", judged_only).code == 0
    found = by_name(examine(opened(judged_only)))
    assert list(found) == [
        ("locks", ""), ("data", ""), ("predictions", "incumbent"), ("time", ""), ("disk", ""),
    ]  # fmt: skip
    assert found["predictions", "incumbent"].message == "incumbent.csv can be read"
    assert found["time", ""].message == "about less than a second for what is left"


def test_predictions_that_cannot_be_taken_in(judged_only: Path, opened) -> None:
    (judged_only / "incumbent.csv").write_text("id,label,score:x\n")
    found = by_name(examine(opened(judged_only)))["predictions", "incumbent"]
    assert not found.is_ok
    assert found.message == "incumbent.csv: expected rows below the header; there are none."


def test_weights_that_are_not_here_are_named_with_their_address(
    fresh: Path, opened, rewrite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.try_to_load_from_cache", lambda *_, **__: None)
    rewrite(
        fresh / "study.yaml",
        ("name: test_resnet, weights: random", "name: resnet18, weights: a1_in1k"),
    )
    found = by_name(examine(opened(fresh)))["weights", "probe"]
    assert not found.is_ok
    assert found.message.startswith("resnet18.a1_in1k is not in the local cache: download http")
    assert "/timm/resnet18.a1_in1k/resolve/main/model.safetensors and give" in found.message


def test_an_unknown_network_is_an_answer_and_no_error(fresh: Path, opened, rewrite) -> None:
    rewrite(fresh / "study.yaml", ("name: test_resnet", "name: test_resnex"))
    found = by_name(examine(opened(fresh)))["weights", "knn"]
    assert (found.is_ok, "Expected one of timm's" in found.message) == (False, True)


def test_images_that_cannot_be_read(without_torch, rewrite, opened, fresh: Path) -> None:
    ids = without_torch.split.ids("test")
    (path,) = without_torch.manifest.select(ids[:1]).image_paths()
    path.write_bytes(b"no picture")
    found = by_name(examine(without_torch))["data", ""]
    assert not found.is_ok
    assert "1 of " in found.message
    assert found.message.endswith("mend them, or see `fieldmark check`.")
    told = by_name(examine(opened(fresh, "data.unreadable=exclude")))["data", ""]
    assert told.is_ok
    assert told.message.endswith("they will be left out")


def test_locks_that_do_not_lock(without_torch, monkeypatch: pytest.MonkeyPatch) -> None:
    @contextlib.contextmanager
    def always(_: Path) -> Iterator[bool]:
        yield True

    monkeypatch.setattr(doctor, "try_lock", always)
    found = by_name(examine(without_torch))["locks", ""]
    assert not found.is_ok
    assert "two runs could do the same cell" in found.message


def test_no_locks_at_all(without_torch, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(locks.fcntl, "flock", refuse)
    found = by_name(examine(without_torch))["locks", ""]
    assert not found.is_ok
    assert "has no locks" in found.message


@pytest.mark.parametrize(
    ("there", "is_ok", "message"),
    [
        (0, True, "no GPU here: the CPU is taken"),
        (2, True, "a GPU"),
        (1, False, "2 are asked for and 1 GPU can be used here: lower training.devices"),
    ],
)
def test_devices(
    without_torch, fresh, opened, rewrite, monkeypatch, there: int, is_ok: bool, message: str
) -> None:
    training = TUNED.replace("batch_size: 8", "batch_size: 8, accelerator: auto, devices: 2")
    training = training.replace(", unfreezing: {0: frozen, 8: full}", "")
    rewrite(fresh / "study.yaml", ("reference: knn", training))
    monkeypatch.setattr(torch.cuda, "device_count", lambda: there)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda _: "a GPU")
    found = by_name(examine(opened(fresh)))["device", "tuned"]
    assert (found.is_ok, found.message.startswith(message)) == (is_ok, True)


def test_what_a_trial_shows_is_judged() -> None:
    trial = Trial(learns=(False, "loss 1 to 1 in 12 steps"), stored_equal=False)
    learning, storage = doctor._judged("a", trial)
    assert (learning.is_ok, storage.is_ok) == (False, False)
    assert learning.message.startswith("loss 1 to 1 in 12 steps: it does not learn a few images;")
    assert "do not trust its results" in storage.message


def test_a_disk_without_room_and_the_sum_of_what_is_left(
    fresh: Path, opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    gib = 2**30
    trials = {
        "probe": Trial(cell_seconds=10, shared_seconds=60, cell_bytes=gib, work_bytes=2 * gib),
        "knn": Trial(cell_seconds=1, shared_seconds=20, shared_bytes=gib),
    }
    monkeypatch.setattr(doctor, "free_bytes", lambda _: 5 * gib)
    time, disk = doctor._expected(opened(fresh), trials)
    assert time.message == "about 1 min 21 s for what is left"
    assert not disk.is_ok
    assert disk.message == ("about 5.00 GiB for what is left; 5.00 GiB are free: make room first.")
    monkeypatch.setattr(doctor, "free_bytes", lambda _: 6 * gib)
    assert all(check.is_ok for check in doctor._expected(opened(fresh), trials))
