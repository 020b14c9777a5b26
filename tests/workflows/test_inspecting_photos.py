import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fieldmark.core.errors import ImageError, StoreError
from fieldmark.workflows.answering import answer
from fieldmark.workflows.inspecting import InspectionOptions, inspect_observation
from fieldmark.workflows.inspecting_photos import inspect_photos


def photos_of(ground, part: str) -> list[Path]:
    return [ground.manifest.image_path(id_) for id_ in ground.split.ids(part)[:2]]


@pytest.fixture
def new(tmp_path: Path) -> list[Path]:
    """Return two photos that no study has seen."""
    rng = np.random.default_rng(0)
    files = [tmp_path / f"new-{number}.png" for number in range(2)]
    for file in files:
        Image.fromarray(rng.integers(0, 255, (60, 60, 3), dtype=np.uint8)).save(file)
    return files


def test_new_photos_are_answered_as_predict_answers(finished: Path, opened, new) -> None:
    ground = opened(finished)
    found = inspect_photos(ground, new)
    assert [voice.contender for voice in found.voices] == ["probe", "knn"]
    said = answer(ground, "probe", new, top=1)
    for one, reply in zip(said, found.voices[0].replies, strict=True):
        assert reply.top[0] == (one.candidates[0][0], pytest.approx(one.candidates[0][1]))
        assert {node.rank: node.name for node in reply.path} == one.path
    assert found.truth == ()
    assert not found.voices[0].pooled.has_truth
    assert found.observation == "2 new photos"
    assert found.stamps == ()
    assert len(found.kinships) == 2
    assert len(found.kinships[0].found) == 6


def test_test_photos_get_the_stored_answer(finished: Path, opened) -> None:
    ground = opened(finished)
    file = photos_of(ground, "test")[0]
    now = inspect_photos(ground, [file]).voices[0].main
    then = inspect_observation(ground, ground.split.ids("test")[0]).voices[0].replies[0]
    assert now.top[0] == (then.top[0][0], pytest.approx(then.top[0][1], abs=1e-4))


def test_a_training_image_is_known_by_its_content_and_is_no_neighbour(
    finished: Path, opened, tmp_path: Path
) -> None:
    ground = opened(finished)
    learnt = ground.split.ids("train")[0]
    copy = tmp_path / "looks-new.png"
    copy.write_bytes(ground.manifest.image_path(learnt).read_bytes())
    found = inspect_photos(ground, [copy])
    assert found.stamps == (
        f"It is the training image '{learnt}' by its content: an answer to it says nothing about "
        "new photos.",
    )
    assert inspect_photos(ground, [copy], options=InspectionOptions(neighbours=0)).stamps
    assert learnt not in {kin.identifier for kin in found.kinships[0].found}


def test_an_unreadable_photo_is_said_and_the_others_answer(finished: Path, opened, new) -> None:
    new[0].write_bytes(b"")
    found = inspect_photos(opened(finished), new)
    assert found.photos[0].thumbnail is None
    assert "found an empty file" in found.photos[0].problem
    assert found.remarks == (found.photos[0].problem,)
    assert found.voices[0].pooled is None
    assert found.voices[0].main.of == "new-1.png"


def test_no_photo_that_can_be_read_is_refused(finished: Path, opened, new, tmp_path) -> None:
    ground = opened(finished)
    for file in new:
        file.write_bytes(b"no picture")
    with pytest.raises(ImageError, match="None of 2 photos can be read: "):
        inspect_photos(ground, new)
    with pytest.raises(ImageError, match=r"Expected a photo at .*gone\.jpg; there is no such file"):
        inspect_photos(ground, [tmp_path / "gone.jpg"])
    with pytest.raises(ImageError, match="Expected at least one photo after --photos; got none"):
        inspect_photos(ground, [])


def test_a_contender_from_elsewhere_says_that_it_has_no_weights(
    judged_only: Path, opened, new
) -> None:
    (voice,) = inspect_photos(opened(judged_only), new).voices
    assert voice.main is None
    assert voice.problem == (
        "Its predictions were made elsewhere: it has no weights here to answer with."
    )


def test_a_cell_that_has_not_run_says_so(fresh: Path, opened, new) -> None:
    found = inspect_photos(opened(fresh), new)
    assert "'probe/seed-0' is planned, not done" in found.voices[0].problem


def test_a_contract_that_does_not_fit_says_so(ran: Path, opened, new) -> None:
    spec = next(cell for cell in opened(ran).cells if cell.contender == "knn")
    file = opened(ran).ledger.result(spec) / "head" / "head.json"
    header = json.loads(file.read_text(encoding="utf-8"))
    header["contract"]["mean"] = [0.4, 0.4, 0.4]
    file.write_text(json.dumps(header, indent=2) + "\n", encoding="utf-8")
    record = file.parents[1] / "record.json"
    told = json.loads(record.read_text(encoding="utf-8"))
    told["outputs"]["head/head.json"]["bytes"] = file.stat().st_size
    record.write_text(json.dumps(told), encoding="utf-8")
    options = InspectionOptions(contender="knn", neighbours=0)
    (voice,) = inspect_photos(opened(ran), new, options=options).voices
    assert voice.main is None
    assert voice.problem.startswith("The head was not fitted on this backbone: 1 field differs")


def test_a_bundle_answers_too(finished: Path, opened, call, new, tmp_path: Path) -> None:
    out = tmp_path / "bundle"
    done = call("export", finished, "probe", "--out", out)
    assert done.code == 0, done.err
    found = inspect_photos(opened(finished), new, bundle=out)
    study, bundle = found.voices[0], found.voices[-1]
    assert bundle.note == "the bundle bundle, asked now"
    assert bundle.pooled.top[0][0] == study.pooled.top[0][0]
    with pytest.raises(StoreError):
        inspect_photos(opened(finished), new, bundle=tmp_path / "none")
