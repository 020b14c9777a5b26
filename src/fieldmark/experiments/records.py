"""What is written about one cell: its state, its inputs, its outputs with their digests."""

import json
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from fieldmark.core.digests import digest_of_file
from fieldmark.core.errors import StoreError
from fieldmark.core.storage import write_json
from fieldmark.experiments.heartbeat import CellProgress

RECORD_NAME = "record.json"


class CellState(StrEnum):
    """What is known of a cell."""

    PLANNED = "planned"
    RUNNING = "running"
    FAILED = "failed"
    DONE = "done"
    STALE = "stale"


class _Stored(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Output(_Stored):
    """One file of a result: its length in bytes and its SHA-256."""

    bytes: Annotated[int, Field(ge=0)]
    digest: str


class RunRecord(_Stored):
    """One cell as it stands.

    Attributes:
        cell: the id of the cell.
        state: what is known of it.
        inputs_digest: what the attempt was made from, or would be made from.
        started, finished: UTC in ISO 8601; None when nothing was attempted.
        seconds: how long the attempt took.
        outputs: the files of the result by their path in it; empty unless something was stored.
        facts: what the task returned.
        made_with: versions and platform of the attempt.
        host: the machine that made it.
        error: the last lines of what went wrong.
        detail: why a cell is stale, who runs it, or that an earlier run died.
        progress: how far a running cell is; never stored.
    """

    cell: str
    state: CellState
    inputs_digest: str
    started: str | None = None
    finished: str | None = None
    seconds: float | None = None
    outputs: dict[str, Output] = {}
    facts: dict[str, JsonValue] = {}
    made_with: dict[str, str] = {}
    host: str | None = None
    error: str | None = None
    detail: str | None = None
    progress: CellProgress | None = None


def seal(folder: Path, record: RunRecord, *, facts: Mapping[str, JsonValue]) -> None:
    """Write the record of a result into its folder, with the digest of every file that lies there.

    Raises:
        StoreError: a file of the record's name lies there already, or the facts are not JSON.
    """
    if (folder / RECORD_NAME).exists():
        raise StoreError(
            f"The name {RECORD_NAME} belongs to the ledger; name the output otherwise."
        )
    try:
        plain = json.loads(json.dumps(dict(facts), allow_nan=False))
    except (TypeError, ValueError) as error:
        raise StoreError(
            f"The facts of a cell should be text, finite numbers, lists and mappings ({error})."
        ) from None
    outputs = {
        file.relative_to(folder).as_posix(): Output(
            bytes=file.stat().st_size, digest=digest_of_file(file)
        )
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }
    sealed = record.model_copy(update={"state": CellState.DONE, "outputs": outputs, "facts": plain})
    write_record(folder / RECORD_NAME, sealed)


def write_record(path: Path, record: RunRecord) -> None:
    """Store a record as JSON, whole or not at all."""
    write_json(path, record.model_dump(mode="json", exclude_defaults=True))


def read_record(path: Path | str) -> RunRecord | None:
    """Return a stored record, or None when it is missing or damaged."""
    try:
        with open(path, "rb") as stream:  # noqa: PTH123 (thousands of them are read)
            return RunRecord.model_validate_json(stream.read())
    except (OSError, ValidationError):
        return None
