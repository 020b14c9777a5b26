import shutil
from pathlib import Path

import numpy as np
import pytest

from fieldmark.core.errors import ManifestError, StudyError
from fieldmark.predictions.pooling import pool
from fieldmark.predictions.store import load_predictions
from fieldmark.predictions.table import Predictions
from fieldmark.report.inspection import Inspection
from fieldmark.report.inspection_text import inspection_lines
from fieldmark.workflows.inspecting import InspectionOptions, inspect_observation
from fieldmark.workflows.voices import picked


def stored(folder: Path, cell: str = "probe/seed-0", part: str = "test") -> Predictions:
    return load_predictions(
        folder / "results" / "tiny" / "cells" / cell / "result" / "predictions" / part
    )


def observation_in(folder: Path, part: str, opened) -> str:
    ground = opened(folder)
    return ground.manifest.select([ground.split.ids(part)[0]]).groups[0]


def inspected(folder: Path, part: str, opened, **options) -> Inspection:
    name = observation_in(folder, part, opened)
    return inspect_observation(opened(folder), name, options=InspectionOptions(**options))


def test_photos_are_pooled_as_predictions_are(finished: Path, opened) -> None:
    found = inspected(finished, "test", opened)
    table = stored(finished)
    pooled = pool(table, "group")
    row = pooled.ids.to_list().index(found.observation)
    voice = found.voices[0]
    assert voice.contender == "probe"
    best = dict(zip(pooled.label_space.classes, pooled.scores[row], strict=True))
    assert len(found.photos) > 1
    for name, score in voice.pooled.top:
        assert score == pytest.approx(best[name], abs=1e-6)
    assert [reply.of for reply in voice.replies] == [photo.identifier for photo in found.photos]
    assert voice.pooled.has_truth
    assert {photo.part for photo in found.photos} == {"test"}
    assert found.stamps == ()


def test_only_the_rows_of_its_photos_are_read(finished: Path) -> None:
    table = stored(finished)
    ids = [table.ids[3], "elsewhere", table.ids[1]]
    found = picked(table, ids)
    assert found.photos == (ids[0], ids[2])
    assert found.scores.sum(axis=1) == pytest.approx([1, 1])
    assert found.scores[0].argmax() == np.argmax(table.scores[3])
    assert picked(table, ["elsewhere"]) is None


def test_neighbours_are_training_images_of_other_groups(finished: Path, opened) -> None:
    ground = opened(finished)
    learnt = set(ground.split.ids("train"))
    for part in ("test", "train"):
        found = inspected(finished, part, opened, neighbours=3)
        own = {photo.identifier for photo in found.photos}
        assert len(found.kinships) == len(own)
        for kinship in found.kinships:
            near = [kin.identifier for kin in kinship.found]
            similar = [kin.similarity for kin in kinship.found]
            assert len(near) == 3
            assert set(near) <= learnt - own
            assert similar == sorted(similar, reverse=True)
            assert kinship.found[0].media_type == "image/jpeg"
            groups = set(ground.manifest.select(near).groups)
            assert found.observation not in groups
    assert inspected(finished, "test", opened, neighbours=0).kinships == ()


def test_a_training_observation_is_stamped_and_has_no_answer(finished: Path, opened) -> None:
    found = inspected(finished, "train", opened)
    assert found.stamps == (
        "It is a training image: an answer to it says nothing about new photos.",
    )
    for voice in found.voices:
        assert voice.main is None
        assert voice.problem == (
            "It stored no answer for these photos: it learnt from them, or they are in no part "
            "that it was asked about."
        )


def test_a_part_that_models_were_chosen_on_is_stamped(finished: Path, opened) -> None:
    found = inspected(finished, "validation", opened)
    assert found.voices[0].main is not None
    assert found.stamps == (
        "Models were chosen on its part of the split: their answers to it flatter them.",
    )


def test_one_contender_and_one_seed(finished: Path, opened) -> None:
    first = inspected(finished, "test", opened, contender="probe")
    other = inspected(finished, "test", opened, contender="probe", seed=1)
    assert [voice.contender for voice in other.voices] == ["probe"]
    assert other.voices[0].note == "seed 1, stored predictions on the part “test”"
    assert first.voices[0].pooled != other.voices[0].pooled
    both = inspected(finished, "test", opened, seed=1)
    assert [voice.contender for voice in both.voices] == ["probe", "knn"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"contender": "prob"}, "Unknown contender 'prob'; did you mean 'probe'?"),
        ({"contender": "probe", "seed": 7}, "There is no cell of seed 7; there are: [0, 1]."),
        ({"sure": 0.0}, "Expected what counts as sure above 0 and up to 1; got 0.0."),
        ({"neighbours": -1}, "Expected 0 or more neighbours; got -1."),
    ],
)
def test_refusals(finished: Path, opened, options, message: str) -> None:
    with pytest.raises(StudyError) as refused:
        inspected(finished, "test", opened, **options)
    assert message in str(refused.value)


def test_an_unknown_observation_is_refused(finished: Path, opened) -> None:
    with pytest.raises(ManifestError, match="or the id of an image; got 'nothing like it'"):
        inspect_observation(opened(finished), "nothing like it")


def test_a_study_that_has_not_run_says_so(fresh: Path, opened) -> None:
    found = inspected(fresh, "test", opened)
    assert [voice.problem for voice in found.voices] == [
        "No cell of it is done (planned); run the study."
    ] * 2
    assert found.photos[0].media_type == "image/jpeg"


def test_a_photo_that_is_gone_is_said(ran: Path, opened) -> None:
    name = observation_in(ran, "test", opened)
    ground = opened(ran)
    photo = next(iter(ground.manifest.frame.filter(ground.manifest.groups == name)["id"]))
    path = ground.manifest.image_path(photo)
    path.write_bytes(b"")
    found = inspect_observation(ground, name)
    assert found.photos[0].thumbnail is None
    assert found.photos[0].problem == f"{path} cannot be read."
    assert len(found.kinships) == len(found.photos) - 1


def test_photos_with_two_labels_are_not_judged(ran: Path, opened) -> None:
    ground = opened(ran)
    found = inspect_observation(ground, "test", by="split")
    assert found.truth == ()
    assert "Its photos have 4 labels" in found.remarks[0]
    assert all(not voice.main.has_truth for voice in found.voices)


def test_many_photos_are_pooled_and_some_shown(ran: Path, opened, monkeypatch) -> None:
    monkeypatch.setattr("fieldmark.workflows.inspecting.MOST_PHOTOS", 2)
    found = inspect_observation(opened(ran), "test", by="split")
    assert len(found.photos) == 2
    assert found.remarks[-1].startswith("2 of ")
    assert found.remarks[-1].endswith("photos are shown; all are pooled.")


def test_folds_are_answered_by_the_model_that_has_not_seen_it(
    fresh: Path, opened, rewrite, call
) -> None:
    rewrite(
        fresh / "study.yaml",
        ("  split: split\n", "  split: {kind: group_kfold, folds: 3, validation: 0.25}\n"),
        ("[0, 1]", "[0]"),
    )
    done = call("run", fresh)
    assert done.code == 0, done.err
    ground = opened(fresh)
    fold, split = next(iter(ground.splits.splits.items()))
    name = ground.manifest.select([split.ids("test")[0]]).groups[0]
    found = inspect_observation(ground, name)
    assert found.voices[0].note.startswith(f"seed 0, fold {fold}, ")
    assert "“test”" in found.voices[0].note


def test_imported_predictions_are_inspected(judged_only: Path, opened, call) -> None:
    assert call("run", judged_only).code == 0
    found = inspected(judged_only, "test", opened)
    (voice,) = found.voices
    assert voice.main.top[0][1] == pytest.approx(0.7)
    assert found.kinships == ()
    assert any("[right]" in line for line in inspection_lines(found))


def test_nothing_is_written_but_the_fingerprints(ran: Path, opened) -> None:
    shutil.rmtree(ran / "results" / "tiny" / "inspections", ignore_errors=True)
    before = {path for path in ran.rglob("*") if path.is_file()}
    inspected(ran, "test", opened)
    written = {path for path in ran.rglob("*") if path.is_file()} - before
    assert {path.name for path in written} == {"fingerprints.json"}
