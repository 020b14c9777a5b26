import csv
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fieldmark.core.storage import read_json
from fieldmark.workflows import templates

PROGRAM = [sys.executable, "-m", "fieldmark.cli.main"]
CELLS = ["probe/seed-0", "probe/seed-1", "knn/seed-free"]


def results(folder: Path) -> Path:
    return folder / "results" / "tiny"


def records(call, folder: Path, *words: str) -> dict[str, dict]:
    said = call("status", folder, "--json", *words)
    assert said.code == 0
    return {record["cell"]: record for record in json.loads(said.out)}


def page_of(said) -> str:
    (path,) = re.findall(r"^Report: (.*)$", said.out, flags=re.MULTILINE)
    return Path(path).read_text(encoding="utf-8")


def test_new_check_run_status_report_predict(call, tmp_path: Path, monkeypatch) -> None:
    """The first minutes of a user, with less data than the command writes."""
    for name, value in (("_SPECIES", 3), ("_OBSERVATIONS", 4), ("_SIZE", 32)):
        monkeypatch.setattr(templates, name, value)
    study = re.sub("vgg11|resnet10t", "test_resnet", templates._TAXONOMY).replace("64", "32")
    monkeypatch.setattr(templates, "_TAXONOMY", study)
    folder = tmp_path / "fungi"
    said = call("new", "taxonomy", folder)
    assert said.out == f"Wrote {folder / 'study.yaml'}. Next: fieldmark check {folder}\n"
    only = ["--set", "contenders.vgg-probe.head.epochs=2", "--set", "protocol.seeds=[0]"]
    small = [
        word
        for name in ("resnet-probe", "vgg-ranks")
        for word in ("--set", f"contenders.{name}.head.epochs=2")
    ]
    assert call("check", folder, *only).code == 0
    done = call("run", folder, *only, *small)
    assert (done.code, done.out.splitlines()[-1]) == (0, "All 4 cells are done: 4 ran now.")
    assert call("status", folder, *only, *small).out.endswith("4 of 4 cells done.\n")
    assert "<html" in page_of(call("report", folder, *only, *small))
    images = sorted((folder / "data" / "images").iterdir())
    assert call("predict", folder, "vgg-knn", images[0], *only, *small).code == 0


def test_new_refuses_what_is_there_and_what_it_does_not_know(call, fresh: Path) -> None:
    said = call("new", "taxonomy", fresh)
    assert said.code == 2
    assert said.err == (
        f"fieldmark: Expected a new folder; {fresh} holds something already. Name another.\n"
    )
    said = call("new", "taxonomy", fresh / "x", "--layout", "fungi")
    assert said.code == 2
    assert said.err.startswith("fieldmark: Unknown layout 'fungi'; did you mean 'fungitastic'?")
    said = call("new", "taxonmy", fresh / "x")
    assert said.err.startswith("fieldmark: Unknown system 'taxonmy'; did you mean 'taxonomy'?")


def test_check_says_what_a_study_holds(call, fresh: Path) -> None:
    said = call("check", fresh)
    assert said.code == 0
    first, last = said.out.splitlines()
    assert re.fullmatch(
        r"tiny: \d+ images, 4 classes; train \d+, validation \d+, test \d+; "
        r"2 contenders, 3 cells\.",
        first,
    )
    assert last == "Audit: 0 findings, no errors."


def test_check_may_leave_the_pixels_unread(call, fresh: Path) -> None:
    image = fresh / "data" / "images" / "obs00001-1.jpg"
    image.write_bytes(image.read_bytes()[:200])
    said = call("check", fresh, "--skip-pixels")
    assert (said.code, said.out.splitlines()[-1]) == (0, "Audit: 0 findings, no errors.")
    said = call("check", fresh)
    assert said.code == 2
    assert "error: Unreadable images: 1." in said.out


def test_check_in_json(call, fresh: Path) -> None:
    (fresh / "data" / "images").joinpath("obs00001-1.jpg").write_bytes(b"")
    said = call("check", fresh, "--json")
    document = json.loads(said.out)
    assert said.code == 2
    assert document["contenders"] == {}
    (finding,) = document["findings"]
    assert (finding["code"], finding["severity"], finding["count"]) == ("empty_file", "error", 1)


def test_check_finds_contenders_that_cannot_run(call, fresh: Path, rewrite) -> None:
    rewrite(fresh / "study.yaml", ("name: test_resnet", "name: test_resnex"))
    said = call("check", fresh)
    assert said.code == 2
    assert "error: the contender 'probe' cannot run: Expected one of timm's " in said.out
    assert said.out.endswith("Audit: 2 findings, 2 errors: mend them before running.\n")
    assert list(json.loads(call("check", fresh, "--json").out)["contenders"]) == ["probe", "knn"]


def test_a_second_run_runs_nothing_and_is_quick(call, ran: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in results(ran).rglob("*.npy")}
    started = time.monotonic()
    said = call("run", ran)
    assert (said.code, said.err) == (0, "")
    assert said.out == "All 3 cells are done: 3 were done before.\n"
    assert time.monotonic() - started < 5
    assert {path: path.stat().st_mtime_ns for path in results(ran).rglob("*.npy")} == before


def test_factors_that_change_together_are_noted(call, judged_only: Path, fresh: Path) -> None:
    text = (fresh / "study.yaml").read_text()
    text = text[: text.index("contenders:")] + (
        "contenders:\n"
        "  a: {backbone: {name: test_resnet, weights: random}, head: {kind: knn}}\n"
        "  b: {backbone: {name: resnet18, weights: random}, head: {kind: prototypes}}\n"
        "reference: a\n"
    )
    (fresh / "study.yaml").write_text(text)
    (fresh / "data" / "images" / "obs00001-1.jpg").write_bytes(b"")
    said = call("run", fresh)
    assert said.code == 2
    assert said.out.startswith("note: ")


def test_status_fits_a_terminal_of_80_columns(call, ran: Path) -> None:
    said = call("status", ran)
    lines = [line.rstrip() for line in said.out.splitlines()]
    assert max(map(len, lines)) <= 80
    assert lines[0].split() == ["cell", "state", "took", "finished"]
    assert [line.split()[:2] for line in lines[1:4]] == [[cell, "done"] for cell in CELLS]
    assert re.search(r" \d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2} UTC$", lines[1])
    assert lines[4] == "3 of 3 cells done."


def test_status_in_json(call, ran: Path, fresh: Path) -> None:
    done = records(call, ran)
    assert list(done) == CELLS
    assert {record["state"] for record in done.values()} == {"done"}
    assert {record["state"] for record in records(call, fresh).values()} == {"planned"}


def test_one_key_is_overridden(call, ran: Path) -> None:
    assert list(records(call, ran, "--set", "protocol.seeds=[0]")) == [CELLS[0], CELLS[2]]
    said = call("status", ran, "--set", "protocol.seeds=[0]")
    assert said.out.endswith("2 of 2 cells done.\n")
    said = call("run", ran, "--set", "protocol.seeds=[0]")
    assert said.out == "All 2 cells are done: 2 were done before.\n"


def test_report_writes_the_page_and_prints_the_verdict(call, ran: Path) -> None:
    said = call("report", ran)
    assert said.code == 0
    assert "not distinguishable from" in said.out.splitlines()[0]
    assert "on macro F1: " in said.out
    assert "\naccuracy of probe at least 99.00 %: NOT met: " in said.out
    page = page_of(said)
    assert said.out.splitlines()[0].split(" but is ")[0].split(" with ")[0] in page
    assert "<script src" not in page


def test_the_schema_is_json(call) -> None:
    schema = json.loads(call("schema").out)
    assert {"study", "task", "data", "contenders"} <= schema["properties"].keys()
    assert "fieldmark schema > study.schema.json" in call("schema", "--help").out


def test_a_changed_manifest_makes_cells_stale_and_they_run_again(call, ran: Path) -> None:
    manifest = ran / "data" / "manifest.csv"
    with manifest.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.reader(stream))
    with manifest.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, lineterminator="\n").writerows(rows[:-1])
    states = records(call, ran)
    assert {record["state"] for record in states.values()} == {"stale"}
    assert states[CELLS[0]]["detail"].startswith("its inputs changed since ")
    assert "probe/seed-0: its inputs changed since " in call("status", ran).out
    assert call("report", ran).out.startswith("Preliminary: 3 of 3 cells have no result")
    said = call("run", ran)
    assert said.code == 0
    assert said.out == "All 3 cells are done: 3 ran now (3 again, because its inputs changed).\n"
    assert said.err.count("; it is run again.") == 3
    assert {record["state"] for record in records(call, ran).values()} == {"done"}


@pytest.mark.slow
def test_a_failed_cell_is_said_shown_and_never_best(call, ran: Path, rewrite) -> None:
    rewrite(
        ran / "study.yaml",
        ("backbone: *net\n    head: {kind: knn}", "backbone: {name: test_resnet, weights: random, "
         "options: {depth: 7}}\n    head: {kind: knn}"),
    )  # fmt: skip
    said = call("run", ran)
    assert said.code == 1
    assert said.out.startswith("note: 'probe' differs from its reference 'knn' in 4 factors")
    log = results(ran) / "cells" / "knn" / "seed-free" / "log.txt"
    told, _, summary = said.err.partition("\nfieldmark: ")
    assert "knn/seed-free: failed after " in told
    assert "timm cannot build test_resnet" in told
    assert told.endswith(f"(log: {log.resolve()}).")
    assert summary.startswith(
        "2 of 3 cells are done: 2 were done before. 1 failed: 'knn/seed-free'"
    )
    assert "Traceback" not in said.err
    assert "Traceback" in log.read_text()
    status = call("status", ran)
    assert re.search(r"knn/seed-free +failed", status.out)
    assert "knn/seed-free: timm cannot build test_resnet" in status.out
    assert f"knn/seed-free: the log is {log.resolve()}" in status.out
    report = call("report", ran)
    assert report.code == 0
    assert report.out.startswith("Preliminary: 1 of 3 cells has no result (contender knn)")
    assert "best of" not in report.out
    assert ">?<" in page_of(report)


def test_errors_of_the_audit_stop_the_run_until_they_are_accepted(call, judged_only: Path) -> None:
    image = judged_only / "data" / "images"
    test, train = (part_images(judged_only, part)[0] for part in ("test", "train"))
    shutil.copy(image / f"{train}.jpg", image / f"{test}.jpg")
    said = call("run", judged_only)
    assert said.code == 2
    assert said.err.startswith("fieldmark: The audit found 1 error, so nothing runs. Images that")
    assert "data.accept: [same_bytes_in_two_parts]" in said.err
    assert not (results(judged_only) / "cells").exists()
    accept = ["--set", "data.accept=[same_bytes_in_two_parts]"]
    assert call("check", judged_only, *accept).code == 0
    assert call("run", judged_only, *accept).code == 0
    page = page_of(call("report", judged_only, *accept))
    assert "Images that stand in two parts of the split" in page


def part_images(folder: Path, part: str) -> list[str]:
    with (folder / "data" / "manifest.csv").open(encoding="utf-8", newline="") as stream:
        return [row["id"] for row in csv.DictReader(stream) if row["split"] == part]


@pytest.mark.slow
def test_excluded_images_are_counted_and_shown(call, fresh: Path) -> None:
    spoilt = [part_images(fresh, part)[0] for part in ("train", "test")]
    for image in spoilt:
        (fresh / "data" / "images" / f"{image}.jpg").write_bytes(f"no picture of {image}".encode())
    exclude = ["--set", "data.unreadable=exclude"]
    assert call("check", fresh).code == 2
    checked = call("check", fresh, *exclude)
    assert checked.code == 0
    assert "warning: Unreadable images: 2. First: " in checked.out
    assert call("run", fresh, *exclude).code == 0
    assert records(call, fresh, *exclude)[CELLS[2]]["facts"]["excluded"] == {
        "train": 1,
        "validation": 0,
        "test": 1,
    }
    report = call("report", fresh, *exclude)
    page = " ".join(re.sub(r"<[^>]*>", " ", page_of(report)).split())
    assert "excluded as unreadable 2" in page
    assert "Unreadable images: 2." in page


@pytest.mark.slow
def test_an_incumbent_takes_part(call, ran: Path, add_incumbent, write_scores, test_rows) -> None:
    rows = test_rows(ran)
    write_scores(ran / "incumbent.csv", rows, right=len(rows))
    add_incumbent(ran)
    said = call("run", ran)
    assert said.out == "All 4 cells are done: 1 ran now, 3 were done before.\n"
    report = call("report", ran)
    assert report.code == 0
    assert report.out.startswith("incumbent comes first with macro F1 100.00 %")
    assert "predictions from incumbent.csv" in page_of(report)


@pytest.mark.slow
def test_an_incumbent_that_was_imported_takes_part(
    call, ran: Path, add_incumbent, write_scores, test_rows
) -> None:
    write_scores(ran / "incumbent.csv", test_rows(ran))
    kind = ["--kind", "probabilities"]
    assert call("import", ran / "incumbent.csv", *kind, "--out", ran / "imported").code == 0
    add_incumbent(ran, "{predictions: imported}")
    assert call("run", ran).out == "All 4 cells are done: 1 ran now, 3 were done before.\n"
    assert "predictions from imported" in page_of(call("report", ran))


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda rows: rows[1:], "lack 1 of the 21 images of the part 'test'"),
        (
            lambda rows: [(image, rows[-1][1]) for image, _ in rows],
            "otherwise than the manifest",
        ),
    ],
)
def test_an_incumbent_on_other_ground_is_a_failed_cell(
    call, judged_only: Path, write_scores, test_rows, spoil, message: str
) -> None:
    rows = test_rows(judged_only)
    names = sorted({label for _, label in rows})
    write_scores(judged_only / "incumbent.csv", spoil(rows), classes=names)
    said = call("run", judged_only)
    assert said.code == 1
    assert message in said.err
    assert "Traceback" not in said.err
    assert message in call("status", judged_only).out
    assert not list(results(judged_only).rglob("result"))


@pytest.mark.slow
def test_an_incumbent_with_other_classes_is_shown_but_not_compared(
    call, ran: Path, add_incumbent, write_scores, test_rows
) -> None:
    rows = test_rows(ran)
    names = [*sorted({label for _, label in rows}), "none of these"]
    write_scores(ran / "incumbent.csv", rows, classes=names)
    add_incumbent(ran)
    assert call("run", ran).code == 0
    page = page_of(call("report", ran))
    assert "1 of 5 classes differ" in page
    common = ["--set", "protocol.classes=common"]
    assert "Restricted to 4 common classes" in page_of(call("report", ran, *common))


def whole(folder: Path) -> bool:
    """Whether every artefact of a study is complete: nothing is left half-written in its place."""
    for record in folder.rglob("record.json"):
        for name, output in read_json(record)["outputs"].items():
            if (record.parent / name).stat().st_size != output["bytes"]:
                return False
    return not [found for found in folder.rglob("result") if not (found / "record.json").is_file()]


def interrupted(folder: Path, sign: signal.Signals) -> subprocess.Popen[str]:
    """Return the ended process of a run that was stopped once its first cell was at work."""
    command = [*PROGRAM, "run", str(folder), "--set", "protocol.seeds=[0, 1, 2, 3, 4, 5, 6, 7]"]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, text=True, env=environment, start_new_session=True
    ) as process:
        limit = time.monotonic() + 60
        while not list(folder.rglob("head.json")) and time.monotonic() < limit:
            time.sleep(0.005)
        process.send_signal(sign)
        process.wait(timeout=60)
    return process


@pytest.mark.slow
@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGKILL])
def test_a_stopped_run_leaves_nothing_half_written_and_goes_on(
    call, fresh: Path, finished: Path, sign: signal.Signals
) -> None:
    process = interrupted(fresh, sign)
    assert process.returncode == (130 if sign is signal.SIGINT else -signal.SIGKILL)
    assert whole(fresh)
    seeds = ["--set", "protocol.seeds=[0, 1]"]
    before = [cell for cell, one in records(call, fresh, *seeds).items() if one["state"] == "done"]
    said = call("run", fresh, *seeds)
    assert said.code == 0
    assert whole(fresh)
    assert not list(fresh.rglob(".partial-*"))
    assert records(call, fresh, *seeds).keys() >= set(before)
    for cell in CELLS:
        scores = "result/predictions/test/scores.npy"
        again, never = (results(one) / "cells" / cell / scores for one in (fresh, finished))
        assert again.read_bytes() == never.read_bytes()
