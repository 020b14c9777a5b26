import io
import json
import shutil
import tarfile
from pathlib import Path

import pytest

from fieldmark.core.digests import digest_of_file
from fieldmark.core.errors import StoreError
from fieldmark.experiments.engines.collecting import collect
from fieldmark.experiments.ledger import Ledger
from fieldmark.experiments.locks import try_lock
from fieldmark.experiments.plan import RunSpec
from fieldmark.experiments.runner import run_missing

Cells = tuple[RunSpec, ...]


def task(spec, folder, progress):
    if spec.contender == "knn":
        raise ValueError("boom")
    (folder / "predictions").mkdir()
    (folder / "predictions" / "scores.txt").write_text(spec.id)
    return {}


@pytest.fixture
def there(cells: Cells, tmp_path: Path) -> Path:
    """Results as they lie elsewhere: two cells done, one failed."""
    folder = tmp_path / "there"
    run_missing(cells, task, Ledger(folder / "results" / "grocery"))
    return folder


def packed(folder: Path) -> Path:
    """Return an archive as collect.sh makes it."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != "lock"]
    lines = [f"{digest_of_file(path)}  {path.relative_to(folder).as_posix()}\n" for path in files]
    (folder / "digests.txt").write_text("".join(lines))
    archive = folder.with_suffix(".tar.gz")
    with tarfile.open(archive, "w:gz") as tar:
        for path in [folder / "digests.txt", *files]:
            tar.add(path, path.relative_to(folder).as_posix())
    return archive


@pytest.mark.parametrize("form", ["archive", "folder"])
def test_results_and_failures_are_taken_in_once(
    cells: Cells, ledger: Ledger, there: Path, form: str
) -> None:
    source = packed(there) if form == "archive" else there
    first = collect(source, cells, ledger)
    assert first.sentence == (
        "2 of 3 cells taken in; 1 failed there: 'knn/seed-free' (ValueError: boom)."
    )
    assert [record.state.value for record in ledger.records(cells)] == ["done", "done", "failed"]
    for spec in cells[:2]:
        ledger.verify(spec)
    assert "raise ValueError" in ledger.log_path(cells[2]).read_text()
    second = collect(source, cells, ledger)
    assert second.sentence.startswith("0 of 3 cells taken in; 2 had the same result here already; ")
    assert not list(ledger.folder.rglob(".partial-*"))


def test_what_is_done_here_stays(cells: Cells, ledger: Ledger, there: Path) -> None:
    def other(spec, folder, progress):
        (folder / "scores.txt").write_text("mine")
        return {}

    run_missing((cells[0], cells[2]), other, ledger)
    collected = collect(there, cells, ledger)
    assert collected.taken == ("probe/seed-1",)
    assert collected.sentence.endswith(
        "\nRefused: 'probe/seed-0', because it is done here with other outputs, which stay."
    )
    assert (ledger.result(cells[0]) / "scores.txt").read_text() == "mine"
    assert ledger.record(cells[2]).state.value == "done"


def test_other_inputs_and_unknown_cells_are_refused(
    cells: Cells, ledger: Ledger, there: Path
) -> None:
    collected = collect(there, (cells[0].with_inputs("new"), cells[2]), ledger)
    assert collected.taken == ()
    assert collected.refused == {
        "probe/seed-0": "it was made from other inputs than the cell has here",
        "probe/seed-1": "the study has no such cell",
    }


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda result: (result / "predictions" / "scores.txt").write_text("x"), "its record says"),
        (lambda result: (result / "more.txt").write_text("x"), "more.txt is not in its record"),
        (lambda result: shutil.rmtree(result / "predictions"), "scores.txt is missing"),
    ],
)
def test_outputs_that_are_not_what_the_record_says_are_refused(
    cells: Cells, ledger: Ledger, there: Path, spoil, why: str
) -> None:
    spoil(there / "results" / "grocery" / "cells" / "probe" / "seed-1" / "result")
    collected = collect(there, cells, ledger)
    assert collected.taken == ("probe/seed-0",)
    assert why in collected.refused["probe/seed-1"]
    assert not ledger.result_folder(cells[1]).exists()


def test_a_record_that_changed_since_it_was_packed_is_refused(
    cells: Cells, ledger: Ledger, there: Path
) -> None:
    packed(there)
    record = there / "results" / "grocery" / "cells" / "probe" / "seed-0" / "result" / "record.json"
    content = json.loads(record.read_text())
    record.write_text(json.dumps(content | {"facts": {"images": 9}}))
    assert collect(there, cells, ledger).refused == {
        "probe/seed-0": "record.json is not what was packed"
    }


def test_a_cell_that_runs_here_is_left_alone(cells: Cells, ledger: Ledger, there: Path) -> None:
    with try_lock(ledger.lock_path(cells[0])):
        collected = collect(there, cells, ledger)
    assert collected.refused == {"probe/seed-0": "another process is at work on it here"}


def test_what_is_no_archive_of_results_is_refused(
    cells: Cells, ledger: Ledger, there: Path, tmp_path: Path
) -> None:
    with pytest.raises(StoreError, match=r"archive of results, or a folder: .*none; there is no"):
        collect(tmp_path / "none", cells, ledger)
    (tmp_path / "empty").mkdir()
    with pytest.raises(StoreError, match=r"There are no results of cells in .*; nothing was taken"):
        collect(tmp_path / "empty", cells, ledger)
    archive = packed(there)
    archive.write_bytes(archive.read_bytes()[:200])
    with pytest.raises(StoreError, match=r"there.tar.gz is damaged, or no archive that collect.sh"):
        collect(archive, cells, ledger)
    (tmp_path / "text").write_text("no archive")
    with pytest.raises(StoreError, match=r"text is damaged, or no archive that collect.sh packed"):
        collect(tmp_path / "text", cells, ledger)


def test_a_damaged_record_is_refused(cells: Cells, ledger: Ledger, there: Path) -> None:
    record = there / "results" / "grocery" / "cells" / "probe" / "seed-0" / "result" / "record.json"
    record.write_text("{")
    with pytest.raises(StoreError, match=r"result/record.json is damaged; pack the results again"):
        collect(there, cells, ledger)


@pytest.mark.parametrize("name", ["../escaped.txt", "/tmp/escaped.txt"])
def test_an_archive_writes_nowhere_else(
    cells: Cells, ledger: Ledger, tmp_path: Path, name: str
) -> None:
    archive = tmp_path / "evil.tar"
    with tarfile.open(archive, "w") as tar:
        tar.addfile(tarfile.TarInfo(name), io.BytesIO())
    with pytest.raises(StoreError, match="which is no plain file below its own folder"):
        collect(archive, cells, ledger)
    with tarfile.open(archive, "w") as tar:
        link = tarfile.TarInfo("link")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc"
        tar.addfile(link)
    with pytest.raises(StoreError, match="The archive holds link, which is no plain file"):
        collect(archive, cells, ledger)
