"""Taking in results that ran elsewhere: every digest is checked, and nothing is replaced."""

import contextlib
import shutil
import tarfile
import tempfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from fieldmark.core.checks import count_of
from fieldmark.core.digests import digest_of_file
from fieldmark.core.errors import StoreError
from fieldmark.core.storage import atomic_directory
from fieldmark.experiments.ledger import Ledger
from fieldmark.experiments.locks import try_lock
from fieldmark.experiments.plan import RunSpec
from fieldmark.experiments.records import RECORD_NAME, CellState, RunRecord, read_record

_RESULT, _FAILURE, _LOG, _DIGESTS = "result", "failure.json", "log.txt", "digests.txt"


@dataclass(frozen=True, slots=True)
class Collected:
    """What became of every cell that was offered.

    Attributes:
        planned: how many cells the study has.
        taken: the ids of the cells whose results were taken in.
        kept: the ids of the cells that had the same result here already.
        failed: the error by the id of each cell that failed there.
        refused: why a result was not taken in, by the id of its cell.
    """

    planned: int
    taken: tuple[str, ...]
    kept: tuple[str, ...]
    failed: Mapping[str, str]
    refused: Mapping[str, str]

    @property
    def sentence(self) -> str:
        """The outcome in words, with every refusal."""
        parts = [f"{len(self.taken):,} of {count_of(self.planned, 'cell')} taken in"]
        if self.kept:
            parts.append(f"{len(self.kept):,} had the same result here already")
        if self.failed:
            first, error = next(iter(self.failed.items()))
            more = f" and {len(self.failed) - 1:,} more" if len(self.failed) > 1 else ""
            parts.append(f"{len(self.failed):,} failed there: '{first}' ({error}){more}")
        lines = ["; ".join(parts) + "."]
        lines += [f"Refused: '{cell}', because {why}." for cell, why in self.refused.items()]
        return "\n".join(lines)


def collect(source: Path, plan: Sequence[RunSpec], ledger: Ledger) -> Collected:
    """Take in the results of cells that ran elsewhere, and return what became of each.

    A result is taken in when it was made from the very inputs that the cell has here and every
    output is what its record says. What is done here already stays. Failures are taken in with
    their logs, for cells that are not done.

    Args:
        source: the archive that ``collect.sh`` packed, or a folder with results.
        plan: the cells of the study, with the digests of their inputs.
        ledger: where results lie.

    Raises:
        StoreError: there is no such archive or folder, it is damaged, or holds no results.
    """
    intake = _Intake(ledger, {spec.id: spec for spec in plan})
    with _opened(source, ledger.folder) as root:
        digests = _stated_digests(root)
        for path, record in _records(root):
            spec = intake.cells.get(record.cell)
            if spec is None:
                intake.refused[record.cell] = "the study has no such cell"
                continue
            why = _objection(path, record, spec, digests, root)
            if why is not None:
                intake.refused[spec.id] = why
            elif record.state is CellState.FAILED:
                intake.take_failure(path, record, spec)
            else:
                intake.take_result(path.parent, record, spec)
    return intake.collected()


@dataclass(slots=True)
class _Intake:
    """What is taken in, and what became of each cell so far."""

    ledger: Ledger
    cells: Mapping[str, RunSpec]
    taken: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)

    def take_result(self, folder: Path, record: RunRecord, spec: RunSpec) -> None:
        """Copy a result into its place, unless there is one."""
        with try_lock(self.ledger.lock_path(spec)) as mine:
            standing = self.ledger.settled_record(spec)
            if not mine:
                self.refused[spec.id] = "another process is at work on it here"
            elif standing.state is not CellState.DONE:
                with atomic_directory(self.ledger.result_folder(spec)) as place:
                    shutil.copytree(folder, place, dirs_exist_ok=True)
                self.ledger.forget_failure(spec)
                self.taken.append(spec.id)
            elif standing.outputs == record.outputs:
                self.kept.append(spec.id)
            else:
                self.refused[spec.id] = "it is done here with other outputs, which stay"

    def take_failure(self, path: Path, record: RunRecord, spec: RunSpec) -> None:
        """Store a failure with its log, unless the cell is done here."""
        self.failed[spec.id] = (record.error or "").partition("\n")[0]
        if self.ledger.settled_record(spec).state is CellState.DONE:
            return
        log = path.with_name(_LOG)
        text = log.read_text(encoding="utf-8") if log.is_file() else f"{record.error}\n"
        self.ledger.write_failure(record, spec, log=text)

    def collected(self) -> Collected:
        """Return what became of every cell."""
        taken, kept = tuple(self.taken), tuple(self.kept)
        return Collected(len(self.cells), taken, kept, self.failed, self.refused)


@contextlib.contextmanager
def _opened(source: Path, near: Path) -> Iterator[Path]:
    """Yield a folder with what was packed."""
    if source.is_dir():
        yield source
        return
    if not source.is_file():
        raise StoreError(f"Expected an archive of results, or a folder: {source}; there is none.")
    near.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".partial-collect-", dir=near) as folder:
        try:
            with tarfile.open(source) as archive:
                _unpack(archive, Path(folder))
        except (tarfile.TarError, EOFError, OSError, zlib.error) as error:
            raise StoreError(
                f"{source} is damaged, or no archive that collect.sh packed ({error})."
            ) from None
        yield Path(folder)


def _unpack(archive: tarfile.TarFile, folder: Path) -> None:
    """Write the plain files of an archive below a folder, and refuse to write anything else."""
    for member in archive:
        place = PurePosixPath(member.name)
        stream = archive.extractfile(member) if member.isfile() else None
        if stream is None or place.is_absolute() or ".." in place.parts:
            raise StoreError(
                f"The archive holds {member.name}, which is no plain file below its own folder; "
                "nothing was taken in."
            )
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
        with stream, (folder / place).open("wb") as target:
            shutil.copyfileobj(stream, target)


def _stated_digests(root: Path) -> dict[str, str]:
    """Return the digest of each file as it was when it was packed, by path; empty for a folder."""
    file = root / _DIGESTS
    lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
    return {name: digest for digest, _, name in (line.partition("  ") for line in lines)}


def _records(root: Path) -> list[tuple[Path, RunRecord]]:
    paths = [path for path in root.rglob(RECORD_NAME) if path.parent.name == _RESULT]
    done = {path.parents[1] for path in paths}
    paths += [path for path in root.rglob(_FAILURE) if path.parent not in done]
    if not paths:
        raise StoreError(f"There are no results of cells in {root}; nothing was taken in.")
    found = []
    for path in sorted(paths):
        record = read_record(path)
        if record is None:
            raise StoreError(f"{path.relative_to(root)} is damaged; pack the results again.")
        found.append((path, record))
    return found


def _objection(
    path: Path, record: RunRecord, spec: RunSpec, digests: Mapping[str, str], root: Path
) -> str | None:
    """Return why a cell cannot be taken in, whatever lies here."""
    if record.inputs_digest != spec.inputs_digest:
        return "it was made from other inputs than the cell has here"
    names = [path] if path.name == _FAILURE else sorted(path.parent.rglob("*"))
    files = {file.relative_to(root).as_posix(): file for file in names if file.is_file()}
    for name, file in files.items():
        if name in digests and digest_of_file(file) != digests[name]:
            return f"{file.name} is not what was packed"
    return None if path.name == _FAILURE else _difference(path.parent, record)


def _difference(folder: Path, record: RunRecord) -> str | None:
    """Return how the outputs in a folder differ from what their record says."""
    there = {
        file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file()
    } - {RECORD_NAME}
    for name in sorted(there ^ record.outputs.keys()):
        return f"{name} is {'not in its record' if name in there else 'missing'}"
    for name, output in record.outputs.items():
        if digest_of_file(folder / name) != output.digest:
            return f"{name} is not what its record says"
    return None
