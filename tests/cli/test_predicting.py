import json
from pathlib import Path

import pytest


def first_test_image(folder: Path, test_rows) -> Path:
    return folder / "data" / "images" / f"{test_rows(folder)[0][0]}.jpg"


def test_a_file_is_answered_in_a_sentence(call, finished: Path, test_rows) -> None:
    image = first_test_image(finished, test_rows)
    said = call("predict", finished, "probe", image)
    assert said.code == 0
    (line,) = said.out.splitlines()
    assert line.startswith(f"{image}: ")
    assert line.count("%") == 3
    assert " > " in line


def test_a_folder_is_answered_image_by_image(call, finished: Path) -> None:
    images = finished / "data" / "images"
    said = call("predict", finished, "knn", images, "--top", 1)
    lines = said.out.splitlines()
    assert len(lines) == len(list(images.iterdir()))
    assert [line.split(": ")[0] for line in lines] == [
        str(image) for image in sorted(images.iterdir())
    ]


def test_json_is_one_document_a_line(call, finished: Path, test_rows) -> None:
    image = first_test_image(finished, test_rows)
    said = call("predict", finished, "probe", image, image, "--json", "--top", 2)
    documents = [json.loads(line) for line in said.out.splitlines()]
    assert len(documents) == 2
    assert documents[0] == documents[1]
    assert documents[0].keys() == {"image", "contender", "path", "candidates", "score_kind"}
    assert len(documents[0]["candidates"]) == 2
    best = documents[0]["candidates"][0]
    assert best["class"] == documents[0]["path"]["species"]
    assert 0 <= best["score"] <= 1


def test_a_seed_is_chosen(call, finished: Path, test_rows) -> None:
    image = first_test_image(finished, test_rows)
    first, second = (
        call("predict", finished, "probe", image, "--seed", seed).out for seed in (0, 1)
    )
    assert call("predict", finished, "probe", image).out == first != second


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["prob"], "Unknown contender 'prob'; did you mean 'probe'? There are: knn, probe."),
        (["probe", "--seed", "9"], "'probe' has no cell of seed 9; there are: 0, 1."),
        (["probe", "--top", "0"], "Expected to name at least 1 class for each image; got 0."),
    ],
)
def test_questions_that_cannot_be_answered(
    call, finished: Path, test_rows, words: list[str], message: str
) -> None:
    name, *settings = words
    said = call("predict", finished, name, first_test_image(finished, test_rows), *settings)
    assert (said.code, said.err, said.out) == (2, f"fieldmark: {message}\n", "")


def test_an_imported_contender_cannot_answer(call, judged_only: Path, test_rows) -> None:
    image = first_test_image(judged_only, test_rows)
    said = call("predict", judged_only, "incumbent", image)
    assert said.code == 2
    assert "were made elsewhere, so it cannot answer here" in said.err


def test_no_image_is_refused(call, finished: Path, tmp_path: Path) -> None:
    said = call("predict", finished, "probe", tmp_path / "none.jpg")
    assert (said.code, said.err) == (
        2,
        f"fieldmark: Expected an image or a folder at {tmp_path / 'none.jpg'}; there is none.\n",
    )
    assert call("predict", finished, "probe").code == 2


def test_a_study_that_has_not_run_cannot_answer(call, fresh: Path, test_rows) -> None:
    said = call("predict", fresh, "probe", first_test_image(fresh, test_rows))
    assert said.code == 2
    assert said.err == (
        "fieldmark: The cell 'probe/seed-0' is planned, not done (it has not run); run the study.\n"
    )
