import hashlib
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from fieldmark.core.errors import StoreError
from fieldmark.experiments.records import (
    CellState,
    Output,
    RunRecord,
    read_record,
    seal,
    write_record,
)

RECORD = RunRecord(cell="probe/seed-0", state=CellState.RUNNING, inputs_digest="a")


def test_a_record_reads_as_it_was_written(tmp_path: Path) -> None:
    whole = RECORD.model_copy(
        update={
            "state": CellState.DONE,
            "seconds": 1.5,
            "outputs": {"a.txt": Output(bytes=1, digest="x")},
            "facts": {"images": 3, "curve": [0.5, None], "note": {"ß": True}},
        }
    )
    for record in (RECORD, whole):
        write_record(tmp_path / "record.json", record)
        assert read_record(tmp_path / "record.json") == record


def test_a_record_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        RECORD.state = CellState.DONE  # type: ignore[misc]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"cell": "a"}', '{"cell": "a", "mood": 1}'])
def test_a_damaged_record_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "record.json").write_text(text)
    assert read_record(tmp_path / "record.json") is None


def test_a_missing_record_is_none(tmp_path: Path) -> None:
    assert read_record(tmp_path / "record.json") is None


def test_a_seal_holds_every_file_with_its_digest(tmp_path: Path) -> None:
    (tmp_path / "scores").mkdir()
    (tmp_path / "scores" / "a.bin").write_bytes(b"abc")
    (tmp_path / "empty").touch()
    seal(tmp_path, RECORD, facts={"images": 3})
    sealed = read_record(tmp_path / "record.json")
    assert sealed is not None
    assert sealed.state is CellState.DONE
    assert sealed.facts == {"images": 3}
    assert sealed.outputs == {
        "empty": Output(bytes=0, digest=hashlib.sha256(b"").hexdigest()),
        "scores/a.bin": Output(bytes=3, digest=hashlib.sha256(b"abc").hexdigest()),
    }


def test_the_name_of_the_record_is_taken(tmp_path: Path) -> None:
    (tmp_path / "record.json").touch()
    with pytest.raises(StoreError, match=r"The name record.json belongs to the ledger"):
        seal(tmp_path, RECORD, facts={})


@pytest.mark.parametrize("fact", [float("nan"), np.int64(3), {1, 2}])
def test_facts_that_json_cannot_hold_are_refused(tmp_path: Path, fact: object) -> None:
    with pytest.raises(StoreError, match="facts of a cell should be text, finite numbers"):
        seal(tmp_path, RECORD, facts={"fact": fact})  # type: ignore[dict-item]
    assert not (tmp_path / "record.json").exists()
