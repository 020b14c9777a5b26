import json
from pathlib import Path

import pytest
from PIL import Image

from fieldmark.cli import main
from fieldmark.embeddings.hdf5 import read_hdf5

NET = ("--backbone", "test_resnet", "--preprocessing", '{"crop_size": 32, "resize_size": 32}')


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setitem(main.COMMANDS, "embed", ("embedding", "compute the vectors of images"))
    monkeypatch.chdir(tmp_path)
    place = tmp_path / "images" / "plant" / "day"
    place.mkdir(parents=True)
    for number in range(3):
        Image.new("RGB", (40, 30), (number * 60, 9, 9)).save(place / f"{number}.png")
    return tmp_path / "images"


def test_images_are_embedded_and_the_second_time_found(call, folder: Path) -> None:
    words = ("embed", folder, *NET, "--tap", "pooled", "--tap", "gem", "--hdf5", "x.h5", "--json")
    first, again = (json.loads(call(*words).out) for _ in range(2))
    assert [(each["tap"], each["images"], each["computed"]) for each in first] == [
        ("pooled", 3, 3),
        ("gem", 3, 3),
    ]
    assert [each["computed"] for each in again] == [0, 0]
    assert again[0]["store"] == first[0]["store"]
    assert len(read_hdf5(Path("x.gem.h5"))) == 3


def test_the_table_says_the_check_and_the_licence(call, folder: Path) -> None:
    said = call("embed", folder, *NET, "--runtime", "torch-bf16", "--licence", "CC0-1.0")
    assert said.code == 0
    assert "torch bfloat16 against torch float32 at pooled: cosine at least" in said.out
    assert "Licence of the weights: CC0-1.0." in said.out
    assert "not known" in call("embed", folder, *NET).out


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--tap", "gen"), "Unknown tap 'gen'; did you mean 'gem'?"),
        (("--tap", "class-token"), "test_resnet has no tap 'class-token': it has"),
        (("--runtime", "openvino"), "Unknown runtime 'openvino'; did you mean"),
        (("--options", "[1"), "Expected a JSON object such as"),
        (("--weights", "nets/none.safetensors"), "Expected a weight file at"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(call, folder: Path, words, sentence: str) -> None:
    said = call("embed", folder, *NET, *words)
    assert said.code == 2
    assert said.err.startswith(f"fieldmark: {sentence}")
