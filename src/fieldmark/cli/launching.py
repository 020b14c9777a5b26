"""What each engine of ``run`` does with the cells that it is given."""

import argparse
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from fieldmark.cli.console import open_progress, print_line
from fieldmark.core.checks import count_of
from fieldmark.core.errors import StudyError

if TYPE_CHECKING:
    from fieldmark.experiments.engines.calls import StudyCall
    from fieldmark.experiments.engines.settings import Engines
    from fieldmark.experiments.plan import RunSpec
    from fieldmark.workflows.ground import Ground

_Cells = Sequence["RunSpec"]


def _here(ground: "Ground", cells: _Cells, _: argparse.Namespace) -> int:
    from fieldmark.experiments.run_summary import require_complete
    from fieldmark.workflows.taxonomy import run_study

    with open_progress() as progress:
        summary = run_study(ground, cells=cells, progress=progress)
    require_complete(summary)
    print_line(summary.sentence)
    return 0


def _local(ground: "Ground", cells: _Cells, arguments: argparse.Namespace) -> int:
    from fieldmark.experiments.engines.local import run_locally
    from fieldmark.experiments.run_summary import require_complete
    from fieldmark.workflows.taxonomy import prepare_study

    engines, call = _engines(ground, arguments), _call(ground, arguments)
    with open_progress() as progress:
        prepare_study(ground, progress=progress)
        summary = run_locally(cells, call, ground.ledger, settings=engines.local, progress=progress)
    require_complete(summary)
    print_line(summary.sentence)
    return 0


def _slurm(ground: "Ground", cells: _Cells, arguments: argparse.Namespace) -> int:
    from fieldmark.experiments.engines.slurm import SlurmRun, run_on_slurm
    from fieldmark.experiments.engines.slurm_queue import require_slurm
    from fieldmark.experiments.run_summary import RunSummary, require_complete
    from fieldmark.workflows.taxonomy import prepare_study

    require_slurm()
    run = SlurmRun(
        ground.file.study.study,
        _call(ground, arguments),
        _engines(ground, arguments).slurm,
        ground.results / "engines" / "slurm",
    )
    with open_progress() as progress:
        prepare_study(ground, progress=progress)
        ended = run_on_slurm(
            cells, run, ground.ledger, wait=arguments.wait is not False, progress=progress
        )
    if isinstance(ended, RunSummary):
        require_complete(ended)
        print_line(ended.sentence)
    elif ended:
        print_line(
            f"In SLURM's queue as job {', '.join(ended)}. Look with 'fieldmark status "
            f"{arguments.study}' and 'squeue --me'; the same command without --no-wait waits."
        )
    else:
        print_line("Every cell is done; there is nothing to submit.")
    return 0


def _script(ground: "Ground", cells: _Cells, arguments: argparse.Namespace) -> int:
    from fieldmark.experiments.records import CellState
    from fieldmark.workflows.handing_over import hand_over
    from fieldmark.workflows.taxonomy import prepare_study

    if arguments.out is None:
        raise StudyError("--engine script writes a folder; name a new one with --out FOLDER.")
    settings = _engines(ground, arguments).slurm
    records = ground.ledger.records(cells)
    missing = [
        spec
        for spec, record in zip(cells, records, strict=True)
        if record.state is not CellState.DONE
    ]
    if not missing:
        print_line("Every cell is done; there is nothing to hand over.")
        return 0
    with open_progress() as progress:
        prepare_study(ground, progress=progress)
    packs = hand_over(
        ground,
        missing,
        out=arguments.out,
        settings=settings,
        with_images=bool(arguments.with_images),
    )
    told = f"{count_of(len(missing), 'cell')} in {count_of(packs, 'pack')}"
    print_line(
        f"Wrote {arguments.out}: {told}; its README.md says how to run them. Take the results in "
        f"with: fieldmark collect {arguments.study} ARCHIVE"
    )
    return 0


def _engines(ground: "Ground", arguments: argparse.Namespace) -> "Engines":
    from fieldmark.experiments.engines.settings import read_engines

    given: dict[str, Any] = {"workers": arguments.workers, "threads": arguments.threads}
    settings = [f"local.{key}={value}" for key, value in given.items() if value is not None]
    if arguments.devices is not None:
        settings.append(f"local.devices=[{arguments.devices}]")
    return read_engines(
        ground.file.folder,
        [*(arguments.engine_settings or ()), *settings],
        file=arguments.engine_file,
    )


def _call(ground: "Ground", arguments: argparse.Namespace) -> "StudyCall":
    from fieldmark.experiments.engines.calls import StudyCall

    return StudyCall(ground.file.path.resolve(), tuple(arguments.overrides))


ENGINES: Mapping[str, Callable[["Ground", _Cells, argparse.Namespace], int]] = {
    "here": _here,
    "local": _local,
    "slurm": _slurm,
    "script": _script,
}
