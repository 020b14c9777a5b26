import shutil
from pathlib import Path

import numpy as np
import pytest

from fieldmark.core.errors import ImageError, StudyError
from fieldmark.core.progress import SilentProgress
from fieldmark.predictions.store import load_predictions
from fieldmark.training.data import read_plain
from fieldmark.training.tuned_storage import load_tuned
from fieldmark.workflows.fine_tuning import TUNED, judge_of, reader_of, settings_of, tune

TRAINING = """\
  tuned:
    backbone: *net
    training: {epochs: 2, batch_size: 8, learning_rate: 0.002, unfreezing: {0: frozen, 1: full},
      loggers: [tensorboard], mixing: {mixup: 0.2}}
"""


@pytest.fixture
def tuned_study(ran: Path, rewrite) -> Path:
    """Return the finished tiny study with a fine-tuned contender that has not run."""
    rewrite(
        ran / "study.yaml",
        ("reference: knn", f"{TRAINING}reference: knn"),
        ("seeds: [0, 1]", "seeds: [0]"),
    )
    return ran


@pytest.mark.slow
def test_a_study_trains_judges_compares_and_reports(tuned_study: Path, opened, call) -> None:
    said = call("run", tuned_study)
    assert (said.code, "1 ran now" in said.out) == (0, True), said.err
    ground = opened(tuned_study)
    spec = next(cell for cell in ground.cells if cell.contender == "tuned")
    result, facts = ground.ledger.result(spec), ground.ledger.settled_record(spec).facts
    model = load_tuned(result / TUNED)
    assert model.training_ids == ground.split.ids("train")
    assert model.label_space == ground.manifest.taxonomy.leaves
    for part in ("validation", "test"):
        stored = load_predictions(result / "predictions" / part, verify=True)
        assert stored.items["id"].to_list() == list(ground.split.ids(part))
        assert stored.header.tap == model.tap
        assert stored.header.tap["tap"] == "tuned"
        assert stored.header.contract["crop_size"] == 48
        paths = ground.manifest.select(ground.split.ids(part)).image_paths()
        assert np.array_equal(stored.scores, model.predict_scores(paths))
    assert facts["network"] == model.digest
    assert len(facts["training"]["loss_curve"]) == len(facts["training"]["monitor_curve"]) == 2
    assert len(facts["training"]["first_batch_digest"]) == 64
    assert set(facts["health"]) == {"training_accuracy", "accuracy_beside", "spread"}
    assert isinstance(facts["worries"], list)
    assert list((result / "curves" / "tensorboard").iterdir())
    assert not (ground.results / "work" / "tuned" / "seed-0").exists()
    assert call("report", tuned_study).code == 0


def test_a_metric_that_cannot_be_measured_chooses_nothing(tuned_study: Path, opened) -> None:
    from fieldmark.workflows.fine_tuning import Readable

    ground = opened(tuned_study, "protocol.selection.metric=top_5_accuracy")
    ids = ground.split.ids("validation")
    images = Readable(dict(zip(ids, ground.manifest.select(ids).image_paths(), strict=True)), 0)
    judge = judge_of(ground, ground.cells[0], images)
    with pytest.raises(StudyError, match="top_5_accuracy cannot be measured over 4 classes"):
        judge.measure(np.zeros((len(ids), 4), dtype=np.float32))


def test_settings_mirror_the_section(tuned_study: Path, opened) -> None:
    from dataclasses import asdict, fields

    from fieldmark.experiments.tuning import TrainingConfig
    from fieldmark.training.settings import TrainingSettings, WarmStart

    file = opened(tuned_study).file
    assert settings_of(file, TrainingConfig()) == TrainingSettings()
    assert set(TrainingConfig.model_fields) == {item.name for item in fields(TrainingSettings)}
    config = TrainingConfig(
        lora={"rank": 2},
        loss={"label_smoothing": 0.1},
        mixing={"cutmix": 1.0},
        hierarchy={"structure": "ranks", "rank_weights": {"genus": 1, "species": 3.0}},
        warm_start={"file": "nets/a.pt", "prefix": "net."},
    )
    settings = settings_of(file, config)
    assert settings.warm_start == WarmStart(str(file.folder / "nets" / "a.pt"), "net.")
    for name in ("lora", "loss", "mixing", "hierarchy"):
        assert asdict(getattr(settings, name)) == getattr(config, name).model_dump()


def test_unreadable_images_are_left_out_and_counted(tuned_study: Path, opened, tmp_path) -> None:
    ground = opened(tuned_study)
    image = ground.split.ids("train")[0]
    ground.manifest.image_path(image).write_bytes(b"no picture")
    ground = opened(
        tuned_study,
        "data.unreadable=exclude",
        "contenders.tuned.training.epochs=1",
        "contenders.tuned.training.unfreezing=null",
    )
    spec = next(cell for cell in ground.cells if cell.contender == "tuned")
    folder = tmp_path / "cell"
    folder.mkdir()
    work = ground.results / "work" / "tuned" / "seed-0" / "of-other-inputs"
    work.mkdir(parents=True)
    contender = ground.file.study.contenders["tuned"]
    facts = tune(ground, spec, contender, folder=folder, progress=SilentProgress())
    assert facts["excluded"] == {"train": 1, "validation": 0, "test": 0}
    assert facts["trained_on"] == len(ground.split.ids("train")) - 1
    assert image not in load_tuned(folder / TUNED).training_ids
    assert not work.exists()
    shutil.rmtree(folder)


def test_an_unknown_augmentation_is_refused() -> None:
    with pytest.raises(ImageError, match="nknown augmentation preset 'hevy'"):
        reader_of("hevy", seed=0)
    assert reader_of("none", seed=0) is read_plain
    assert reader_of("light", seed=0) != reader_of("light", seed=1)
