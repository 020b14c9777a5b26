import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fieldmark.core.errors import ImageError, StoreError, StudyError
from fieldmark.core.progress import SilentProgress
from fieldmark.export.scorer import score_each
from fieldmark.images.preprocessing import preprocess_file
from fieldmark.predictions.store import load_predictions
from fieldmark.workflows.answering import answer
from fieldmark.workflows.answers import Answer
from fieldmark.workflows.learning import HEAD
from fieldmark.workflows.scoring import cell_of, open_scorer


class Listener(SilentProgress):
    def __init__(self) -> None:
        self.said: list[str] = []

    def say(self, message: str) -> None:
        self.said.append(message)


def asked(ground, name: str, *images: Path, **settings) -> tuple[Answer, ...]:
    return answer(ground, name, images, progress=SilentProgress(), **settings)


def images_of(ground, part: str) -> list[Path]:
    return ground.manifest.select(ground.split.ids(part)).image_paths()


@pytest.mark.parametrize("name", ["probe", "knn"])
def test_answers_are_those_of_the_stored_predictions(finished: Path, opened, name: str) -> None:
    ground = opened(finished)
    spec = next(cell for cell in ground.cells if cell.contender == name)
    stored = load_predictions(ground.ledger.result(spec) / "predictions" / "test")
    answers = asked(ground, name, *images_of(ground, "test"))
    best = [stored.label_space.classes[place] for place in stored.scores.argmax(axis=1)]
    assert list(stored.items["id"]) == [Path(found.image).stem for found in answers]
    assert [found.candidates[0][0] for found in answers] == best
    assert all(found.contender == name for found in answers)


@pytest.mark.parametrize("name", ["probe", "knn"])
def test_one_image_alone_is_answered_as_in_a_batch(finished: Path, opened, name: str) -> None:
    ground = opened(finished)
    images = images_of(ground, "test")[::5]
    for image, together in zip(images, asked(ground, name, *images, top=4), strict=True):
        (alone,) = asked(ground, name, image, top=4)
        assert dict(alone.candidates) == pytest.approx(dict(together.candidates), abs=1e-6)
        assert alone.path == together.path


def test_the_answer_names_the_whole_path(finished: Path, opened) -> None:
    ground = opened(finished)
    (found,) = asked(ground, "probe", images_of(ground, "test")[0])
    assert tuple(found.path) == ("phylum", "class", "order", "family", "genus", "species")
    species = found.candidates[0][0]
    assert found.path["species"] == species
    assert ground.manifest.taxonomy.path_of(species) == tuple(found.path.values())


def test_the_probabilities_of_all_classes_sum_to_one(finished: Path, opened) -> None:
    ground = opened(finished)
    (found,) = asked(ground, "probe", images_of(ground, "test")[0], top=99)
    assert len(found.candidates) == 4
    assert found.score_kind == "probabilities"
    scores = [score for _, score in found.candidates]
    assert sum(scores) == pytest.approx(1)
    assert scores == sorted(scores, reverse=True)


def test_another_seed_answers_otherwise(finished: Path, opened) -> None:
    ground = opened(finished)
    image = images_of(ground, "test")[0]
    first, same, other = (asked(ground, "probe", image, seed=seed) for seed in (None, 0, 1))
    assert first == same != other


def test_a_folder_is_answered_in_the_order_of_its_names(finished: Path, opened, tmp_path) -> None:
    ground = opened(finished)
    source = images_of(ground, "test")[0]
    for name in ("b.JPG", "a.jpeg", "notes.txt"):
        shutil.copy(source, tmp_path / name)
    found = asked(ground, "knn", tmp_path)
    assert [Path(one.image).name for one in found] == ["a.jpeg", "b.JPG"]


def test_similarities_stay_similarities(ran: Path, opened, rewrite, call) -> None:
    rewrite(ran / "study.yaml", ("{kind: knn}", "{kind: prototypes}"))
    assert call("run", ran).code == 0
    ground = opened(ran)
    (found,) = asked(ground, "knn", images_of(ground, "test")[0])
    assert found.score_kind == "similarities"
    assert "%" not in found.sentence()


def test_without_a_taxonomy_the_path_is_the_class(fresh: Path, opened, rewrite, call) -> None:
    ranks = "ranks: [phylum, class, order, family, genus, species]"
    rewrite(fresh / "study.yaml", (ranks, "label: species"), ("[0, 1]", "[0]"))
    assert call("run", fresh).code == 0
    ground = opened(fresh)
    (found,) = asked(ground, "knn", images_of(ground, "test")[0])
    assert found.path == {"class": found.candidates[0][0]}


def test_sentence_and_json_of_an_answer() -> None:
    found = Answer(
        image="a.jpg",
        contender="probe",
        path={"genus": "Quercus", "species": "Q. robur"},
        candidates=(("Q. robur", 0.75), ("Q. rubra", 0.25)),
        score_kind="probabilities",
    )
    assert found.sentence() == "a.jpg: Q. robur 75.0%; Q. rubra 25.0% (Quercus)"
    assert found.to_dict() == {
        "image": "a.jpg",
        "contender": "probe",
        "path": {"genus": "Quercus", "species": "Q. robur"},
        "candidates": [
            {"class": "Q. robur", "score": 0.75},
            {"class": "Q. rubra", "score": 0.25},
        ],
        "score_kind": "probabilities",
    }


@pytest.mark.parametrize(
    ("name", "settings", "message"),
    [
        ("prob", {}, "Unknown contender 'prob'; did you mean 'probe'? There are: knn, probe."),
        ("probe", {"seed": 7}, "'probe' has no cell of seed 7; there are: 0, 1."),
        (
            "knn",
            {"seed": 7},
            "'knn' has no cell of seed 7; no seed changes it, so leave the seed out.",
        ),
        ("probe", {"top": 0}, "Expected to name at least 1 class for each image; got 0."),
    ],
)
def test_refusals_of_the_question(finished: Path, opened, name, settings, message) -> None:
    ground = opened(finished)
    with pytest.raises(StudyError) as refused:
        asked(ground, name, images_of(ground, "test")[0], **settings)
    assert str(refused.value) == message


def test_a_contender_from_elsewhere_cannot_answer(judged_only: Path, opened) -> None:
    ground = opened(judged_only)
    with pytest.raises(StudyError) as refused:
        asked(ground, "incumbent", images_of(ground, "test")[0])
    assert str(refused.value) == (
        "The predictions of 'incumbent' were made elsewhere, so it cannot answer here; name a "
        "contender with a backbone and a head."
    )


def test_a_cell_that_has_not_run_cannot_answer(fresh: Path, opened) -> None:
    ground = opened(fresh)
    with pytest.raises(StoreError, match="'knn/seed-free' is planned, not done"):
        asked(ground, "knn", images_of(ground, "test")[0])


def test_a_stale_cell_cannot_answer(ran: Path, opened) -> None:
    ground = opened(ran, "contenders.knn.head.neighbours=1")
    with pytest.raises(StoreError, match="'knn/seed-free' is stale, not done"):
        asked(ground, "knn", images_of(ground, "test")[0])


def test_a_damaged_head_is_refused(ran: Path, opened) -> None:
    ground = opened(ran)
    spec = next(cell for cell in ground.cells if cell.contender == "knn")
    gallery = ground.ledger.result(spec) / HEAD / "gallery.npy"
    content = bytearray(gallery.read_bytes())
    content[-1] ^= 1
    gallery.write_bytes(content)
    with pytest.raises(StoreError, match="is damaged"):
        asked(ground, "knn", images_of(ground, "test")[0])


def test_no_image_is_refused(finished: Path, opened, tmp_path: Path) -> None:
    ground = opened(finished)
    with pytest.raises(ImageError) as refused:
        asked(ground, "knn", tmp_path)
    assert str(refused.value) == (
        f"The folder {tmp_path} holds no image; expected .avif, .bmp, .gif, .jpeg, .jpg, .png, "
        ".tif, .tiff, .webp."
    )
    with pytest.raises(ImageError) as refused:
        asked(ground, "knn", tmp_path / "none.jpg")
    assert str(refused.value) == (
        f"Expected an image or a folder at {tmp_path / 'none.jpg'}; there is none."
    )


def test_an_unreadable_image_ends_the_work_unless_the_study_excludes(
    finished: Path, opened, tmp_path: Path
) -> None:
    Image.fromarray(np.zeros((60, 60, 3), np.uint8)).save(tmp_path / "b.png")
    (tmp_path / "a.png").write_bytes(b"")
    with pytest.raises(ImageError, match=r"a\.png: expected a picture, found an empty file"):
        asked(opened(finished), "knn", tmp_path)


def test_an_excluded_image_is_said_and_left_out(ran: Path, opened, call, tmp_path: Path) -> None:
    assert call("run", ran, "--set", "data.unreadable=exclude").code == 0
    ground = opened(ran, "data.unreadable=exclude")
    folder = tmp_path / "new"
    folder.mkdir()
    Image.fromarray(np.zeros((60, 60, 3), np.uint8)).save(folder / "b.png")
    (folder / "a.png").write_bytes(b"")
    listener = Listener()
    (found,) = answer(ground, "knn", [folder], progress=listener)
    assert found.image.endswith("b.png")
    assert listener.said[0].startswith(f"Left out: {folder / 'a.png'}: expected a picture")
    (folder / "b.png").unlink()
    with pytest.raises(ImageError) as refused:
        asked(ground, "knn", folder)
    assert str(refused.value) == "None of 1 image could be read."


def test_photos_far_from_those_of_training_are_said_in_one_sentence(
    finished: Path, opened, tmp_path: Path
) -> None:
    ground, listener = opened(finished), Listener()
    files = images_of(ground, "test")
    answer(ground, "knn", files, progress=listener)
    assert listener.said == []
    Image.new("RGB", (48, 48), (0, 0, 255)).save(tmp_path / "blue.png")
    answer(ground, "knn", [tmp_path / "blue.png"], progress=listener)
    (told,) = listener.said
    assert told.startswith("The picture is unlike those of training: blue is brighter by ")
    assert "training standard deviations" in told
    scorer = open_scorer(ground, *cell_of(ground, "knn", None))
    assert scorer.pixels is not None
    assert scorer.pixels.pictures == len(ground.split.ids("train"))
    pixels = np.stack([preprocess_file(file, scorer.contract) for file in files[:2]])
    with pytest.raises(ImageError, match=r"Expected pixels from 0 to 1 before mean and std"):
        score_each(scorer, pixels * 255)
