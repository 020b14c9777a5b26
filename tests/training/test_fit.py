import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch

from fieldmark.backbones.specs import BackboneSpec
from fieldmark.core.errors import StoreError, StudyError
from fieldmark.training.fit import fine_tune
from fieldmark.training.lora import LoraSettings
from fieldmark.training.losses import LossSettings
from fieldmark.training.module import FineTuning
from fieldmark.training.networks import open_network
from fieldmark.training.settings import TrainingSettings, WarmStart
from fieldmark.training.traces import Trace, read_trace
from fieldmark.training.tuned_storage import save_tuned
from fieldmark.training.watching import Judge

QUICK = TrainingSettings(epochs=2, batch_size=6, learning_rate=3e-3)
VIT = BackboneSpec(
    "test_vit",
    options={"img_size": 32},
    preprocessing={"resize_size": 32, "crop_size": 32},
)


def tuned(spec, images, folder: Path, settings: TrainingSettings = QUICK, monitor=None):
    return fine_tune(spec, images, settings=settings, seed=0, folder=folder, monitor=monitor)


def test_colours_are_learnt_and_nothing_but_the_state_is_written(
    small_net, coloured, judge_of, tmp_path: Path
) -> None:
    images = coloured()
    settings = dataclasses.replace(QUICK, epochs=6, clip=None)
    model = tuned(small_net, images, tmp_path / "work", settings, judge_of(images))
    curve, losses = model.record["monitor_curve"], model.record["loss_curve"]
    assert max(curve) == curve[model.record["best_epoch"] - 1] > 0.6
    assert losses[-1] < losses[0]
    assert model.record["first_loss"] == pytest.approx(np.log(3), abs=0.3)
    right = model.predict_scores(list(images.paths.values())).argmax(axis=1) == images.labels
    assert right.mean() == max(curve)
    written = sorted(path.name for path in (tmp_path / "work").iterdir())
    assert written == ["best.pt", "last.pt", "trace.json"]
    trace = read_trace(tmp_path / "work")
    assert trace == Trace(6, tuple(losses), tuple(curve), model.record["best_epoch"])
    assert not torch.are_deterministic_algorithms_enabled()


def test_a_finished_training_is_not_repeated_and_another_one_refused(
    small_net, coloured, tmp_path: Path, monkeypatch
) -> None:
    images = coloured()
    first = tuned(small_net, images, tmp_path)

    def refuse(*_: object) -> None:
        raise AssertionError("a step was made again")

    monkeypatch.setattr(FineTuning, "training_step", refuse)
    again = tuned(small_net, images, tmp_path)
    assert (again.digest, again.record) == (first.digest, first.record)
    with pytest.raises(StoreError, match="another training: its 'settings' differ"):
        tuned(small_net, images, tmp_path, dataclasses.replace(QUICK, epochs=3))


def test_the_first_best_epoch_is_kept_and_patience_ends_it(
    small_net, coloured, tmp_path: Path
) -> None:
    images, said = coloured(6), iter([0.5, 0.7, 0.7, 0.6, 0.9])
    settings = dataclasses.replace(QUICK, epochs=5, patience=2)
    model = tuned(
        small_net, images, tmp_path, settings, Judge("v", images.paths, lambda _: next(said))
    )
    assert model.record["monitor_curve"] == (0.5, 0.7, 0.7, 0.6)
    assert (model.record["best_epoch"], model.record["stopped"]) == (2, True)


def test_a_judgement_that_is_no_number_is_refused(small_net, coloured, tmp_path: Path) -> None:
    images = coloured(6)
    judge = Judge("validation", images.paths, lambda _: float("nan"))
    with pytest.raises(StudyError, match="on 'validation' must return a finite number; got nan"):
        tuned(small_net, images, tmp_path, QUICK, judge)


def test_held_stages_keep_their_values_and_statistics(small_net, coloured, tmp_path: Path) -> None:
    settings = dataclasses.replace(QUICK, scope="frozen", weight_decay=1.0)
    before = open_network(small_net, classes=3, seed=0, settings=settings).module.state_dict()
    after = tuned(small_net, coloured(), tmp_path, settings).network.state_dict()
    moved = {name for name in before if not torch.equal(before[name], after[name])}
    assert moved == {"fc.weight", "fc.bias"}


def test_adapters_are_merged_into_the_network(coloured, judge_of, tmp_path: Path) -> None:
    images = coloured()
    settings = dataclasses.replace(QUICK, lora=LoraSettings(rank=2), layer_decay=0.9, ema=0.5)
    before = open_network(VIT, classes=3, seed=0, settings=QUICK).module.state_dict()
    model = tuned(VIT, images, tmp_path, settings, judge_of(images))
    after = model.network.state_dict()
    assert before.keys() == after.keys()
    moved = {name for name in before if not torch.allclose(before[name], after[name])}
    assert "blocks.0.attn.qkv.weight" in moved
    assert "patch_embed.proj.weight" not in moved
    right = model.predict_scores(list(images.paths.values())).argmax(axis=1) == images.labels
    assert right.mean() == pytest.approx(max(model.record["monitor_curve"]))


def test_weights_between_before_and_after_are_chosen_by_the_monitor(
    small_net, coloured, tmp_path: Path
) -> None:
    images, settings = coloured(), dataclasses.replace(QUICK, wise_ft=(1.0, 0.25, 0.5))
    said = iter([0.1, 0.2, 0.3, 0.9, 0.9])
    judge = Judge("validation", images.paths, lambda _: next(said))
    model = tuned(small_net, images, tmp_path / "some", settings, judge)
    assert model.record["share"] == 0.25
    plain = tuned(small_net, images, tmp_path / "plain").network.state_dict()
    before = open_network(small_net, classes=3, seed=0, settings=QUICK).before
    found, name = model.network.state_dict(), "conv1.0.weight"
    assert torch.allclose(found[name], torch.lerp(before[name], plain[name], 0.25))
    assert torch.equal(found["fc.weight"], plain["fc.weight"])
    with pytest.raises(StudyError, match="a monitor to choose among 3 shares"):
        tuned(small_net, images, tmp_path / "none", settings)


def test_a_loss_that_is_not_finite_ends_it(small_net, coloured, tmp_path: Path) -> None:
    settings = dataclasses.replace(QUICK, learning_rate=1e30, clip=None, epochs=3, warmup=0.0)
    with pytest.raises(StudyError, match=r"No epoch could be kept. The loss was .* at step"):
        tuned(small_net, coloured(), tmp_path, settings)


def test_a_warm_start_is_reported(small_net, coloured, tmp_path: Path) -> None:
    images = coloured()
    first = tuned(small_net, images, tmp_path / "one")
    state = {f"net.{name}": value for name, value in first.network.state_dict().items()}
    torch.save({name: v for name, v in state.items() if "fc." not in name}, tmp_path / "a.pt")
    settings = dataclasses.replace(QUICK, warm_start=WarmStart(str(tmp_path / "a.pt"), "net."))
    opened = open_network(small_net, classes=3, seed=0, settings=settings)
    assert opened.loaded.startswith("warm start: ")
    name = "conv1.0.weight"
    assert torch.equal(opened.before[name], first.network.state_dict()[name])


def test_all_losses_and_bfloat16_run(small_net, coloured, tmp_path: Path) -> None:
    settings = dataclasses.replace(
        QUICK,
        epochs=1,
        precision="bf16-mixed",
        loss=LossSettings(kind="focal", class_weights="balanced", label_smoothing=0.1),
    )
    model = tuned(small_net, coloured(), tmp_path / "work", settings)
    assert np.isfinite(model.record["loss_curve"]).all()
    save_tuned(model, tmp_path / "model")


def test_an_interrupt_stays_one(small_net, coloured, tmp_path: Path, monkeypatch) -> None:
    import signal

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    handler = signal.getsignal(signal.SIGINT)
    monkeypatch.setattr(FineTuning, "training_step", interrupt)
    with pytest.raises(KeyboardInterrupt):
        tuned(small_net, coloured(), tmp_path)
    assert signal.getsignal(signal.SIGINT) is handler


def test_weights_with_folded_norms_are_trained_with_norms_that_hold(
    coloured, tmp_path: Path
) -> None:
    from fieldmark.backbones.networks import build_network

    size = {"resize_size": 32, "crop_size": 32}
    network = build_network(BackboneSpec("test_resnet"))
    torch.save(network.state_dict(), tmp_path / "folded.pt")
    spec = BackboneSpec("test_resnet", str(tmp_path / "folded.pt"), preprocessing=size)
    with pytest.raises(StudyError, match=r"15 of 15 batch norms .* Write norms: unfold, or"):
        tuned(spec, coloured(6), tmp_path / "count")
    images = coloured(6, folder="again")
    after = tuned(spec, images, tmp_path / "hold", dataclasses.replace(QUICK, norms="hold"))
    state = after.network.state_dict()
    assert not state["bn1.running_mean"].any()
    assert not torch.equal(state["bn1.weight"], network.state_dict()["bn1.weight"])
