import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from safetensors.torch import save_file

from fieldmark.backbones import encoders
from fieldmark.backbones.networks import build_network
from fieldmark.backbones.specs import BackboneSpec
from fieldmark.core.errors import ImageError, ManifestError, StoreError, WeightsError
from fieldmark.embeddings.hdf5 import read_hdf5
from fieldmark.workflows.embedding import EmbeddingPlan, embed, images_of

SMALL = {"crop_size": 32, "resize_size": 32}
SPEC = BackboneSpec("test_vit", preprocessing=SMALL)
TAPS = ("pooled", "gem")

SCRIPT = """
import sys, time
from pathlib import Path
from fieldmark.backbones.recorded import RecordedEncoder
from fieldmark.embeddings import extraction
from tests_plan import PLAN
from fieldmark.workflows.embedding import embed, images_of
extraction.SHARD_ROWS = 4
plain = RecordedEncoder.encode_taps
def slowly(self, batch, taps):
    time.sleep(0.15)
    return plain(self, batch, taps)
RecordedEncoder.encode_taps = slowly
embed(images_of(Path(sys.argv[1])), PLAN, out=Path(sys.argv[2]))
"""
PLAN = """
from fieldmark.backbones.specs import BackboneSpec
from fieldmark.workflows.embedding import EmbeddingPlan
SPEC = BackboneSpec("test_vit", preprocessing={"crop_size": 32, "resize_size": 32})
PLAN = EmbeddingPlan(spec=SPEC, taps=("pooled", "gem"), batch_size=4)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number in range(24):
        place = tmp_path / "images" / f"plant {number // 4}" / f"day {number // 2 % 2}"
        place.mkdir(parents=True, exist_ok=True)
        colour = (number * 10, 255 - number * 10, 77)
        Image.new("RGB", (40, 30), colour).save(place / f"view {number % 2}.png")
    return tmp_path / "images"


def stored_rows(out: Path) -> list[list[bytes]]:
    stores = [entry.parent for entry in out.glob("*/key.json")]
    return [
        [row.tobytes() for file in store.glob("shard-*/images.npy") for row in np.load(file)]
        for store in stores
    ]


@pytest.mark.slow
def test_killed_with_sigkill_it_goes_on_without_loss_or_duplicate(
    folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "tests_plan.py").write_text(PLAN)
    out = tmp_path / "killed"
    command = [sys.executable, "-c", SCRIPT, str(folder), str(out)]
    process = subprocess.Popen(command, cwd=tmp_path)
    deadline = time.monotonic() + 60
    while len(list(out.glob("*/shard-*"))) < 3 and time.monotonic() < deadline:
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    assert process.wait(timeout=30) == -signal.SIGKILL
    rows = stored_rows(out)
    assert len(rows) == 2
    assert all(4 <= len(each) < 24 for each in rows)

    plan = EmbeddingPlan(spec=SPEC, taps=TAPS, batch_size=4)
    resumed = embed(images_of(folder), plan, out=out)
    whole = embed(images_of(folder), plan, out=tmp_path / "whole")
    for each in stored_rows(out):
        assert len(each) == len(set(each)) == 24
    for tap in TAPS:
        assert resumed[tap].embeddings == whole[tap].embeddings
        assert 0 < resumed[tap].computed <= 20


def test_a_second_time_the_network_is_not_opened_nor_a_file_read(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = EmbeddingPlan(spec=SPEC, taps=TAPS)
    first = embed(images_of(folder), plan, out=tmp_path / "e")
    assert [each.computed for each in first.values()] == [24, 24]
    monkeypatch.setattr(encoders, "open_encoder", None)
    again = embed(images_of(folder), plan, out=tmp_path / "e")
    assert [each.computed for each in again.values()] == [0, 0]
    assert again["gem"].embeddings == first["gem"].embeddings


def test_a_second_time_neither_torch_nor_what_reads_images_is_loaded(
    folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "tests_plan.py").write_text(PLAN)
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "from tests_plan import PLAN\n"
        "from fieldmark.workflows.embedding import embed, images_of\n"
        "embed(images_of(Path(sys.argv[1])), PLAN, out=Path(sys.argv[2]))\n"
        "print(*{name.split('.')[0] for name in sys.modules})\n"
    )
    command = [sys.executable, "-c", script, str(folder), str(tmp_path / "e")]
    loaded = [
        set(subprocess.run(command, cwd=tmp_path, capture_output=True, check=True).stdout.split())
        for _ in range(2)
    ]
    assert b"torch" in loaded[0]
    assert not loaded[1] & {b"torch", b"timm", b"PIL", b"polars", b"scipy", b"pydantic"}


def test_other_weights_in_the_same_file_are_other_vectors(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "net.safetensors"
    spec = BackboneSpec("test_vit", str(file), preprocessing=SMALL)
    found = []
    for seed in (1, 2):
        net = build_network(BackboneSpec("test_vit", weights_seed=seed))
        save_file(net.state_dict(), file)
        found.append(embed(images_of(folder), EmbeddingPlan(spec=spec), out=tmp_path / "e"))
    assert [each["pooled"].computed for each in found] == [24, 24]
    assert found[0]["pooled"].store != found[1]["pooled"].store


def test_a_record_that_is_no_longer_true_is_refused(folder: Path, tmp_path: Path) -> None:
    embed({}, EmbeddingPlan(spec=SPEC), out=tmp_path / "e")
    (record,) = (tmp_path / "e" / "encoders").iterdir()
    content = json.loads(record.read_text())
    content["taps"]["pooled"]["record"]["weights_digest"] = "0" * 64
    record.write_text(json.dumps(content))
    with pytest.raises(
        StoreError, match=r"test_vit gives other vectors than recorded in .*json: d"
    ):
        embed(images_of(folder), EmbeddingPlan(spec=SPEC), out=tmp_path / "e")


def test_the_check_of_a_reduced_precision_is_kept_in_the_record(
    folder: Path, tmp_path: Path
) -> None:
    plan = EmbeddingPlan(spec=SPEC, runtime="torch-bf16")
    first = embed(images_of(folder), plan, out=tmp_path / "e")["pooled"]
    assert first.check is not None
    assert first.check["lowest_cosine"] >= 0.999
    (record,) = (tmp_path / "e" / "encoders").iterdir()
    assert json.loads(record.read_text())["checks"] == {"pooled": first.check}
    assert embed(images_of(folder), plan, out=tmp_path / "e")["pooled"].check == first.check


def test_each_tap_gets_an_hdf5_file_under_the_ids_of_the_folder(
    folder: Path, tmp_path: Path
) -> None:
    plan = EmbeddingPlan(spec=SPEC, taps=TAPS)
    found = embed(images_of(folder), plan, out=tmp_path / "e", hdf5=tmp_path / "x.h5")
    assert found["gem"].hdf5 == tmp_path / "x.gem.h5"
    read = read_hdf5(tmp_path / "x.gem.h5")
    assert read == found["gem"].embeddings.select(read.ids)
    assert "plant 0/day 1/view 0" in read.ids


def test_a_tap_that_the_network_lacks_is_refused_from_the_record_too(tmp_path: Path) -> None:
    plan = EmbeddingPlan(spec=SPEC, taps=("projection",))
    for _ in range(2):
        with pytest.raises(WeightsError, match="test_vit has no tap 'projection': it has pooled"):
            embed({}, plan, out=tmp_path / "e")


def test_images_that_differ_in_their_ending_keep_it(folder: Path) -> None:
    Image.new("RGB", (4, 4)).save(folder / "plant 0" / "day 0" / "view 0.jpg")
    assert "plant 0/day 0/view 0.jpg" in images_of(folder)


def test_a_table_names_its_images(folder: Path) -> None:
    table = folder / "t.csv"
    table.write_text("id,path\na,plant 0/day 0/view 0.png\n")
    assert images_of(table) == {"a": folder / "plant 0" / "day 0" / "view 0.png"}
    table.write_text("path\nx.png\n")
    assert images_of(table, root=folder / "y") == {"x.png": folder / "y" / "x.png"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id,paths\na,b\n", r"column 'path' in .*t.csv; there is none; did you mean 'paths'"),
        ("id,path\na,\n", "1 of 1 lack one, first row 1"),
        ("id,path\na,x\na,y\n", "each id once in .*; repeated: 'a'"),
        ("id,path\na,../x\n", r"1 of 1 lead out of it: '\.\./x'"),
    ],
)
def test_tables_that_do_not_say_it_are_refused(folder: Path, text: str, message: str) -> None:
    (folder / "t.csv").write_text(text)
    with pytest.raises(ManifestError, match=message):
        images_of(folder / "t.csv")


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match="holds no image; expected"):
        images_of(tmp_path)
