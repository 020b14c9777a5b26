"""The hand-off of a study, from its ledger: what ran, what failed, what is missing, what next."""

import datetime
import shlex
from collections.abc import Iterable, Sequence
from pathlib import Path

from fieldmark.core.checks import count_of
from fieldmark.core.errors import StudyError
from fieldmark.core.progress import Progress, SilentProgress
from fieldmark.core.provenance import version_of
from fieldmark.core.storage import write_text
from fieldmark.evaluation.metrics import definition_of
from fieldmark.experiments.durations import in_words
from fieldmark.experiments.records import CellState, RunRecord
from fieldmark.report.content import ContenderRow
from fieldmark.report.handoff import Handoff, handoff_markdown, render_handoff
from fieldmark.report.section import Section
from fieldmark.report.tables import Cell, Column, Table, Tone
from fieldmark.report.verdicts import verdict_sentences
from fieldmark.workflows.evidence import Evidence, gather
from fieldmark.workflows.ground import Ground
from fieldmark.workflows.reporting import rows_of
from fieldmark.workflows.standing import Standing, standing_of

_MOST_ROWS = 25
_UNKNOWN = "?"
_ENDINGS = (".html", ".md")
_WAITING = (CellState.STALE, CellState.PLANNED, CellState.RUNNING)


def hand_off(ground: Ground, *, out: Path | None = None, progress: Progress | None = None) -> Path:
    """Write the hand-off of a study and return the path of its page.

    Args:
        ground: the study, as ``open_ground`` gives it.
        out: the page, ending in .html or .md; the other one lies beside it. By default
            handoff.html in the folder of the results.
        progress: who is told how far it is; nobody when None.

    Raises:
        StudyError: the name of the page ends otherwise.
    """
    page = out or ground.results / "handoff.html"
    if page.suffix not in _ENDINGS:
        raise StudyError(f"Expected a name that ends in .html or .md; got {page}. Rename it.")
    content = handoff_of(ground, progress=progress or SilentProgress())
    write_text(page.with_suffix(".md"), handoff_markdown(content))
    write_text(page.with_suffix(".html"), render_handoff(content))
    return page


def handoff_of(ground: Ground, *, progress: Progress) -> Handoff:
    """Return everything that the hand-off of a study says.

    Args:
        ground: the study.
        progress: who is told how far it is.
    """
    standing, evidence = standing_of(ground), gather(ground, progress=progress)
    rows = rows_of(ground, evidence)
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    return Handoff(
        title=ground.file.study.study,
        state=_state(standing),
        findings=verdict_sentences(rows, evidence.comparisons, evidence.headline),
        is_preliminary=any(row.missing_cells for row in rows),
        sections=tuple(_sections(ground, standing, evidence, rows)),
        commands=tuple(_commands(ground, standing)),
        made=f"Made by fieldmark {version_of('fieldmark')}, {_moment(now)}, from {ground.results}.",
    )


def _state(standing: Standing) -> str:
    total = len(standing.records)
    others = [
        f"{standing.count(state):,} {state.value}"
        for state in CellState
        if state is not CellState.DONE and standing.count(state)
    ]
    done = f"{standing.count(CellState.DONE):,} of {count_of(total, 'cell')} done"
    return f"{', '.join([done, *others])}."


def _sections(
    ground: Ground, standing: Standing, evidence: Evidence, rows: Sequence[ContenderRow]
) -> Iterable[Section]:
    words = definition_of(evidence.headline).in_words
    tables = (_found(rows, evidence.headline, words), _claims(evidence, rows))
    yield Section("found", "What it found", tables=tuple(one for one in tables if one.rows))
    yield Section("ran", "What ran", tables=(_ran(standing),))
    failed = [record for record in standing.records if record.state is CellState.FAILED]
    if failed:
        logs = {spec.id: str(ground.ledger.log_path(spec)) for spec in ground.cells}
        lines = tuple(
            (Cell(one.cell), Cell(one.error or _UNKNOWN), Cell(logs[one.cell]))
            for one in failed[:_MOST_ROWS]
        )
        table = Table("failed", "Failed cells", _columns("cell", "last lines", "log"), lines)
        yield Section("failed", "What failed", _more(failed), tables=(table,))
    waiting = [one for one in standing.records if one.state in _WAITING]
    if waiting:
        shown = tuple(_waiting_row(one) for one in waiting[:_MOST_ROWS])
        heads = _columns("cell", "state", "why")
        table = Table("missing", "Cells without a result", heads, shown)
        yield Section("missing", "What is missing", _more(waiting), tables=(table,))


def _found(rows: Sequence[ContenderRow], metric: str, words: str) -> Table:
    lines = []
    for row in rows:
        estimate = row.estimate(metric)
        known = estimate is not None and estimate.value is not None
        if row.is_baseline and not known:
            continue
        value = estimate.value_text() if estimate is not None and known else _UNKNOWN
        interval = estimate.interval_text() if estimate is not None and known else ""
        cells = "" if row.is_baseline else f"{row.cells_ran:,} of {row.cells_planned:,}"
        lines.append((Cell(row.name, row.description), Cell(cells), Cell(value, interval)))
    heads = _columns("contender", "cells", words)
    return Table("found", "Contenders and trivial baselines", heads, tuple(lines))


def _claims(evidence: Evidence, rows: Sequence[ContenderRow]) -> Table:
    """Return the claims of the study; one on a contender that misses cells is ``?``."""
    unfinished = {row.name for row in rows if row.missing_cells}
    lines = []
    for result in evidence.claims:
        known = result.status if result.claim.contender not in unfinished else _UNKNOWN
        told = result.sentence if known != _UNKNOWN else _UNKNOWN
        lines.append((Cell(result.claim.in_words), Cell(known), Cell(told)))
    return Table("claims", "Claims", _columns("claim", "status", "what was measured"), tuple(lines))


def _ran(standing: Standing) -> Table:
    names = dict.fromkeys(standing.contenders)
    lines = []
    for name in names:
        own = [
            record
            for contender, record in zip(standing.contenders, standing.records, strict=True)
            if contender == name
        ]
        lines.append((Cell(name), *_ran_cells(own)))
    heads = _columns("contender", "done", "first begun", "last finished", "took", "where")
    return Table("ran", "Finished cells by contender", heads, tuple(lines))


def _ran_cells(records: Sequence[RunRecord]) -> tuple[Cell, ...]:
    done = [record for record in records if record.state is CellState.DONE]
    count = Cell(f"{len(done):,} of {len(records):,}")
    if not done:
        return (count, *(Cell(_UNKNOWN, tone="muted") for _ in range(4)))
    seconds = sum(record.seconds or 0.0 for record in done)
    hosts = sorted({record.host or _UNKNOWN for record in done})
    return (
        count,
        Cell(_moment(min(record.started or _UNKNOWN for record in done))),
        Cell(_moment(max(record.finished or _UNKNOWN for record in done))),
        Cell(in_words(seconds)),
        Cell(", ".join(hosts)),
    )


def _waiting_row(record: RunRecord) -> tuple[Cell, ...]:
    tone: Tone = "warning" if record.state is CellState.STALE else "plain"
    why = record.detail or "not run yet"
    return Cell(record.cell), Cell(record.state.value, tone=tone), Cell(why)


def _commands(ground: Ground, standing: Standing) -> Iterable[tuple[str, str]]:
    study = shlex.quote(str(ground.file.path))
    failed = [
        spec
        for spec, record in zip(ground.cells, standing.records, strict=True)
        if record.state is CellState.FAILED
    ]
    if failed:
        log = shlex.quote(str(ground.ledger.log_path(failed[0])))
        yield "Read why the first failed cell failed:", f"less {log}"
        yield "See what stands in the way:", f"fieldmark doctor {study}"
    if standing.count(CellState.RUNNING):
        yield "Watch what is running:", f"fieldmark status {study} --watch"
    if standing.count(CellState.DONE) < len(standing.records):
        yield "Run what is missing, failed or stale:", f"fieldmark run {study}"
    yield "Write the report:", f"fieldmark report {study}"
    yield "Write this page anew:", f"fieldmark handoff {study}"


def _more(records: Sequence[RunRecord]) -> tuple[str, ...]:
    rest = len(records) - _MOST_ROWS
    return (f"The first {_MOST_ROWS} of {len(records):,} are shown.",) if rest > 0 else ()


def _columns(*titles: str) -> tuple[Column, ...]:
    return tuple(Column(title) for title in titles)


def _moment(iso: str) -> str:
    """Return a time in UTC to the minute; what is no time as it is."""
    return f"{iso[:10]} {iso[11:16]} UTC" if iso.endswith("+00:00") else iso
