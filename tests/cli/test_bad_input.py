"""What people feed a program by mistake: one clear sentence, no traceback, and nothing is lost."""

import csv
import json
import pickle
import shutil
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

PROGRAM = [sys.executable, "-m", "fieldmark.cli.main"]
Rows = list[list[str]]


def first_image(folder: Path) -> Path:
    return sorted((folder / "data" / "images").iterdir())[0]


def change_rows(folder: Path, change: Callable[[Rows], object]) -> None:
    manifest = folder / "data" / "manifest.csv"
    with manifest.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.reader(stream))
    change(rows)
    with manifest.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, lineterminator="\n").writerows(rows)


def set_column(name: str, value: str, *, where: Callable[[dict[str, str]], bool]):
    def change(rows: Rows) -> None:
        place = rows[0].index(name)
        for row in rows[1:]:
            if where(dict(zip(rows[0], row, strict=True))):
                row[place] = value

    return change


def snapshot(folder: Path) -> dict[str, bytes]:
    """Return what the results of a study hold, but for what every command may refresh."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in (folder / "results").rglob("*")
        if path.is_file() and "cells" in path.parts and path.name != "lock"
    }


MANIFESTS: dict[str, tuple[Callable[[Path], object], str]] = {
    "a duplicate id": (
        lambda folder: change_rows(folder, lambda rows: rows.append(rows[1])),
        "id 'obs00001-1' stands in line 2 and line 78; 1 id in all more than once.",
    ),
    "a missing column": (
        lambda folder: change_rows(folder, lambda rows: rows[0].__setitem__(7, "kind")),
        "manifest.csv has no column 'species'",
    ),
    "an empty file": (
        lambda folder: (folder / "data" / "manifest.csv").write_text(""),
        "manifest.csv is empty. Expected a header line and one row per image.",
    ),
    "a header alone": (
        lambda folder: change_rows(folder, lambda rows: rows.__delitem__(slice(1, None))),
        "manifest.csv has a header but no rows. Expected one row per image.",
    ),
    "no file": (
        lambda folder: (folder / "data" / "manifest.csv").unlink(),
        "manifest.csv; there is no such file.",
    ),
    "Latin-1": (
        lambda folder: (folder / "data" / "manifest.csv").write_bytes(
            (folder / "data" / "manifest.csv").read_bytes().replace(b"images/", b"\xe9/", 1)
        ),
        "manifest.csv, line 2: not UTF-8 (byte 0xE9 after 'obs00001-1,'). If it is Latin-1: "
        "Convert it with: iconv -f latin1 -t utf-8 manifest.csv > manifest-utf8.csv",
    ),
    "a path that leaves the root": (
        lambda folder: change_rows(folder, lambda rows: rows[1].__setitem__(1, "../study.yaml")),
        "1 of 76 leave it (first: '../study.yaml').",
    ),
    "an empty label": (
        lambda folder: change_rows(folder, lambda rows: rows[3].__setitem__(7, "")),
        "line 4: column 'species' (label) is empty, as it is in 1 of 76 rows.",
    ),
    "an image in no part": (
        lambda folder: change_rows(folder, lambda rows: rows[3].__setitem__(9, "")),
        "Every row needs a part; column 'split' is empty in 1 of 76 rows (first id: 'obs00001-3').",
    ),
    "an empty part": (
        lambda folder: change_rows(
            folder,
            set_column("split", "train", where=lambda row: row["split"] == "validation"),
        ),
        "Unknown part of the split 'validation'. There are: test, train.",
    ),
    "a row that is too long": (
        lambda folder: change_rows(folder, lambda rows: rows[2].append("more")),
        "line 3: 14 cells, where the header has 13 columns.",
    ),
}


@pytest.mark.parametrize("case", MANIFESTS)
def test_a_table_that_cannot_be_used(call, ran: Path, case: str) -> None:
    spoil, message = MANIFESTS[case]
    before = snapshot(ran)
    spoil(ran)
    for command in ("check", "run", "status", "report"):
        said = call(command, ran)
        assert (said.code, said.out) == (2, "")
        assert said.err.startswith("fieldmark: ")
        assert len(said.err.splitlines()) == 1
        assert message in said.err
    assert snapshot(ran) == before


STUDIES: dict[str, tuple[str, str, str]] = {
    "an unknown key": ("reference:", "referense:", "unknown key 'referense'; did you mean"),
    "a wrong type": ("[0, 1]", "many", "line 12: protocol.seeds should be a list, not 'many'."),
    "another wrong type": ("resamples: 200", "resamples: few", "should be a whole number"),
    "too few resamples": (
        "resamples: 200",
        "resamples: 150",
        "protocol.resamples should be at least 200 at level 0.95; it is 150.",
    ),
    "an unknown head": ("{kind: knn}", "{kind: kmn}", "'kmn'"),
    "an unknown metric": ("metric: macro_f1", "metric: macrof1", "did you mean 'macro_f1'?"),
    "an unknown task": ("task: taxonomy", "task: taxonmy", "did you mean 'taxonomy'?"),
    "an unknown part": ("report_on: test", "report_on: tset", "did you mean 'test'?"),
    "an unknown column": ("group: observation", "group: plant", "has no column 'plant'"),
    "an unknown reference": ("reference: knn", "reference: kmn", "'kmn'"),
    "a missing table": ("data/manifest.csv", "data/none.csv", "there is no such file."),
    "missing weights": (
        "weights: random",
        "weights: nets/none.pt",
        "The contender 'probe' needs the file ",
    ),
    "choosing where one reports": ("on: validation", "on: test", "would be optimistic"),
    "no YAML": ("[0, 1]", "[0, 1", "is not valid YAML"),
}


@pytest.mark.parametrize("case", STUDIES)
def test_a_study_file_that_cannot_be_used(call, ran: Path, rewrite, case: str) -> None:
    there, instead, message = STUDIES[case]
    before = snapshot(ran)
    rewrite(ran / "study.yaml", (there, instead))
    for command in ("check", "run"):
        said = call(command, ran)
        assert (said.code, said.out) == (2, "")
        assert message in said.err
        assert "Traceback" not in said.err
    assert snapshot(ran) == before


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("protocol.seeds", "expected KEY=VALUE, such as --set protocol.seeds=[0]."),
        ("protocol.sedes=[0]", "unknown key 'sedes' in protocol; did you mean 'seeds'?"),
        ("protocol.seeds=x", "protocol.seeds should be a list, not 'x'."),
        ("protocol.seeds=[", "--set protocol.seeds=["),
    ],
)
def test_a_setting_that_cannot_be_used(call, fresh: Path, setting: str, message: str) -> None:
    said = call("check", fresh, "--set", setting)
    assert said.code == 2
    assert message in said.err
    assert "Traceback" not in said.err


@pytest.mark.parametrize("content", ["", "[]", "42"])
def test_a_file_that_is_no_study(call, tmp_path: Path, content: str) -> None:
    (tmp_path / "study.yaml").write_text(content)
    said = call("check", tmp_path)
    assert said.code == 2
    assert said.err.startswith("fieldmark: study.yaml")


def picture_of_30000_pixels(path: Path) -> None:
    """Write a black one-bit PNG of 30,000 x 30,000 pixels: a file of some kilobytes."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + check

    squeezed = zlib.compressobj(1)
    row = bytes(30_000 // 8 + 1)
    pixels = b"".join(squeezed.compress(row * 1000) for _ in range(30)) + squeezed.flush()
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 30_000, 30_000, 1, 0, 0, 0, 0))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", pixels) + chunk(b"IEND", b""))


BAD_IMAGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "cut short": (
        lambda path: path.write_bytes(path.read_bytes()[:400]),
        "expected a whole JPEG picture, found a damaged one",
    ),
    "zero bytes": (lambda path: path.write_bytes(b""), "Image files without content: 1 (first: "),
    "30,000 x 30,000": (
        picture_of_30000_pixels,
        "expected at most 178,956,970 pixels, but it has 30,000 x 30,000 pixels",
    ),
    "no picture": (lambda path: path.write_text("hello"), "begins with b'hello'"),
    "absent": (lambda path: path.unlink(), "Missing image files: 1 (first: "),
}


@pytest.mark.parametrize("case", BAD_IMAGES)
def test_an_image_that_cannot_be_read_is_found_by_check(call, fresh: Path, case: str) -> None:
    spoil, message = BAD_IMAGES[case]
    spoil(first_image(fresh))
    said = call("check", fresh)
    assert (said.code, said.err) == (2, "")
    assert f"{message}" in said.out
    assert said.out.endswith("Audit: 1 finding, 1 error: mend them before running.\n")
    said = call("run", fresh)
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith("fieldmark: The audit found 1 error, so nothing runs. ")
    assert message in said.err
    assert said.err.endswith("can be left out with data.unreadable: exclude.\n")
    assert len(said.err.splitlines()) == 1


@pytest.mark.parametrize("case", ["cut short", "30,000 x 30,000", "no picture"])
def test_without_a_check_the_cells_fail_and_say_why(call, fresh: Path, case: str) -> None:
    spoil, message = BAD_IMAGES[case]
    spoil(first_image(fresh))
    said = call("run", fresh)
    assert (said.code, said.out) == (1, "")
    assert said.err.count(message) == 4
    assert said.err.splitlines()[-1].startswith("fieldmark: None of 3 cells is done. 3 failed: ")
    assert "Traceback" not in said.err
    status = call("status", fresh)
    assert status.code == 0
    assert status.out.count(message) == 3
    assert "log.txt" in status.out
    assert "Traceback" not in status.out


def save_16_bit(path: Path, pixels: np.ndarray) -> None:
    Image.fromarray(pixels[..., 0].astype(np.uint16) * 257).save(path, format="PNG")


def save_rotated(path: Path, pixels: np.ndarray) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = Image.fromarray(np.rot90(pixels, 1).copy())
    turned.save(path, format="JPEG", quality=100, subsampling=0, exif=exif)


GOOD_IMAGES: dict[str, Callable[[Path, np.ndarray], object]] = {
    "a 16-bit PNG": save_16_bit,
    "a CMYK JPEG": lambda path, pixels: (
        Image.fromarray(pixels).convert("CMYK").save(path, format="JPEG", quality=100)
    ),
    "an RGBA PNG": lambda path, pixels: Image.fromarray(
        np.dstack([pixels, np.full(pixels.shape[:2], 255, np.uint8)])
    ).save(path, format="PNG"),
    "a turned photo": save_rotated,
}


def test_unusual_pictures_work_and_stand_upright(call, ran: Path) -> None:
    """Other encodings of a grey photograph are answered as the plain one."""
    with Image.open(first_image(ran)) as photo:
        grey = np.asarray(photo.convert("L"))[:, :36].copy()
    grey[:16] //= 4
    pixels = np.dstack([grey] * 3)
    folder = ran.parent / "pictures"
    folder.mkdir()
    Image.fromarray(pixels).save(folder / "plain.png")
    Image.fromarray(np.rot90(pixels).copy()).save(folder / "sideways.png")
    for kind, save in GOOD_IMAGES.items():
        save(folder / f"{kind}.jpg", pixels)
    said = call("predict", ran, "probe", folder, "--json", "--top", 9)
    scores = {
        Path(found["image"]).stem: {one["class"]: one["score"] for one in found["candidates"]}
        for found in map(json.loads, said.out.splitlines())
    }
    assert len(scores) == 6
    assert scores["sideways"] != pytest.approx(scores["plain"], abs=0.02)
    for kind in GOOD_IMAGES:
        assert scores[kind] == pytest.approx(scores["plain"], abs=0.01)
    for kind, image in zip(GOOD_IMAGES, sorted((ran / "data" / "images").iterdir()), strict=False):
        shutil.copy(folder / f"{kind}.jpg", image)
    assert call("check", ran).code == 0
    assert call("run", ran).code == 0


def test_captions_with_line_breaks_just_work(call, judged_only: Path) -> None:
    def add(rows: Rows) -> None:
        for number, row in enumerate(rows):
            row.append('a "fine", big\r\nmushroom\n' if number else "caption")

    change_rows(judged_only, add)
    assert call("check", judged_only).code == 0
    assert call("run", judged_only).code == 0
    assert call("report", judged_only).code == 0


@pytest.mark.slow
def test_a_class_that_training_lacks_works_and_is_warned_of(call, fresh: Path) -> None:
    species = "Fandgluna mansulosa"
    change_rows(fresh, set_column("split", "test", where=lambda row: row["species"] == species))
    said = call("check", fresh)
    assert said.code == 0
    assert (
        "warning: Classes of part 'test' without an image in train: 1 (first: "
        f"{species}). Their images can never be named right"
    ) in said.out
    assert call("run", fresh).code == 0
    said = call("report", fresh)
    assert said.code == 0
    page = next(fresh.rglob("index.html")).read_text()
    assert "without an image in train: 1" in page


class Trap:
    """What a hostile file would run when it is unpickled."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self):
        return Path.touch, (self.target,)


def write_wrong_key(folder: Path) -> None:
    import torch
    from safetensors.torch import save_file

    save_file({"other.weight": torch.zeros(3)}, folder / "net.safetensors")


def write_plain_pickle(folder: Path) -> None:
    (folder / "net.pt").write_bytes(pickle.dumps({"w": Trap(folder / "was-run")}))


def write_torch_pickle(folder: Path) -> None:
    import torch

    torch.save({"w": torch.zeros(2), "trap": Trap(folder / "was-run")}, folder / "net.pt")


BAD_WEIGHTS: dict[str, tuple[Callable[[Path], object], str, str]] = {
    "a wrong key": (
        write_wrong_key,
        "net.safetensors",
        "None of the network's 75 tensors is in the weights",
    ),
    "a pickle": (write_plain_pickle, "net.pt", "Expected a file that torch.save wrote"),
    "a checkpoint with objects": (
        write_torch_pickle,
        "net.pt",
        "where plain tensors were expected, and was not run",
    ),
    "a cut file": (
        lambda folder: (folder / "net.safetensors").write_bytes(b"\x10\0\0"),
        "net.safetensors",
        "is damaged or no safetensors file",
    ),
}


@pytest.mark.parametrize("case", BAD_WEIGHTS)
def test_weights_that_do_not_fit_or_hold_code(call, fresh: Path, rewrite, case: str) -> None:
    write, name, message = BAD_WEIGHTS[case]
    write(fresh)
    rewrite(fresh / "study.yaml", ("weights: random", f"weights: {name}"), ("[0, 1]", "[0]"))
    said = call("check", fresh)
    assert said.code == 2
    assert "error: the contender 'probe' cannot run: " in said.out
    assert message in said.out
    said = call("run", fresh)
    assert (said.code, "Traceback" in said.err) == (1, False)
    assert message in said.err
    assert message in call("status", fresh).out
    assert not (fresh / "was-run").exists()


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["a,oak,nan,0.5"], "1 of 1 item (first: 'a') has NaN or infinite scores."),
        (["a,oak,0.9,0.5"], "1 of 1 item (first: 'a') has another sum"),
        (["a,oak,1.5,-0.5"], "1 of 1 item (first: 'a') has negative ones."),
        (["a,oak,1,0", "a,oak,1,0"], "Expected every id once; 1 id stands more than once"),
        (["a,oak,1"], "line 2"),
        (["a,oak,one,0"], "'one'"),
        ([], "expected rows below the header; there are none."),
    ],
)
def test_scores_that_are_not_what_they_claim(
    call, tmp_path: Path, lines: list[str], message: str
) -> None:
    file = tmp_path / "scores.csv"
    file.write_text("\n".join(["id,label,score:oak,score:ash", *lines]) + "\n")
    said = call("import", file, "--kind", "probabilities", "--out", tmp_path / "in")
    assert (said.code, said.out) == (2, "")
    assert message in said.err
    assert len(said.err.splitlines()) == 1
    assert not (tmp_path / "in").exists()
    assert [entry.name for entry in tmp_path.iterdir()] == ["scores.csv"]


def test_scores_are_refused_as_a_failed_cell_of_a_study(call, judged_only: Path) -> None:
    scores = judged_only / "incumbent.csv"
    scores.write_text(scores.read_text().replace("0.7", "0.9"))
    said = call("run", judged_only)
    assert said.code == 1
    assert "have another sum" in said.err
    assert "Traceback" not in said.err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["check", "nowhere"], "There is no study file at nowhere."),
        (["run", "."], "The folder . holds no file study.yaml; name the study file itself."),
        (["evaluate", "nowhere"], "Expected stored predictions in nowhere; there are none."),
        (["compare", "nowhere", "elsewhere"], "Expected stored predictions in nowhere"),
        (
            ["import", "none.csv", "--kind", "logits", "--out", "x"],
            "Expected a file of predictions at none.csv; there is none.",
        ),
        (["import", "a.csv", "--out", "x"], "the following arguments are required: --kind"),
        (["import", "a.csv", "--kind", "logit", "--out", "x"], "invalid choice: 'logit'"),
    ],
)
def test_what_is_not_there(call, tmp_path: Path, monkeypatch, words, message: str) -> None:
    monkeypatch.chdir(tmp_path)
    said = call(*words)
    assert (said.code, said.out) == (2, "")
    assert message in said.err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "expected a command first"),
        (["chekc", "x"], "unknown command 'chekc'; did you mean 'check'?"),
        (["check", "nowhere"], "fieldmark: There is no study file at nowhere.\n"),
    ],
)
def test_the_real_program_refuses_alike(tmp_path: Path, words: list[str], message: str) -> None:
    done = subprocess.run([*PROGRAM, *words], cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert "Traceback" not in done.stderr
