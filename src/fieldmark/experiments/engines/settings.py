"""What an engine needs to know of the place where it runs: ``engines.yaml`` beside a study.

Where a study runs is no part of the question that it asks, so it stands in a file of its own and
enters no digest.
"""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError

from fieldmark.core.errors import StudyError
from fieldmark.experiments.overrides import override
from fieldmark.experiments.problems import problems_in
from fieldmark.experiments.section import Name, Number, Section, Text, Whole
from fieldmark.experiments.yaml_document import read_yaml

FILE_NAME = "engines.yaml"
OPTION = "--engine-set"

_EXAMPLE = "slurm.partition=gpu"

Count = Annotated[Whole, Field(ge=1)]


class LocalSettings(Section):
    """Worker processes on this machine.

    Example:
        >>> LocalSettings(workers=4, devices=(0, 1)).device_of(2)
        '0'
    """

    workers: Annotated[Count, Field(description="How many processes run cells at once.")] = 2
    threads: Annotated[
        Count | None,
        Field(description="Threads of each; without it the cores are shared out evenly."),
    ] = None
    devices: Annotated[
        tuple[Whole | Text, ...],
        Field(description="The GPUs, as CUDA_VISIBLE_DEVICES names them; each worker gets one."),
    ] = ()

    def device_of(self, place: int) -> str | None:
        """Return the device of the worker at a place, in turns; None where none is named."""
        return str(self.devices[place % len(self.devices)]) if self.devices else None


class SlurmSettings(Section):
    """What every task of a SLURM array asks for.

    Example:
        >>> SlurmSettings(cells_per_task=4, most_tasks=10).pack_size(100)
        10
    """

    partition: Annotated[Text | None, Field(description="The partition; else the default.")] = None
    account: Annotated[Text | None, Field(description="The account that is charged.")] = None
    time_minutes: Annotated[Count, Field(description="The time limit of one task.")] = 60
    cpus: Annotated[Count, Field(description="Cores of one task.")] = 1
    gpus: Annotated[Whole, Field(ge=0, description="GPUs of one task.")] = 0
    memory_gb: Annotated[
        Number | None, Field(gt=0, description="Memory of one task; else the cluster's default.")
    ] = None
    at_once: Annotated[Count, Field(description="How many tasks may run at once.")] = 16
    cells_per_task: Annotated[
        Count, Field(description="Cells that one task runs, one after another.")
    ] = 1
    most_tasks: Annotated[
        Count,
        Field(description="Tasks of one array; more cells go into one task where it is reached."),
    ] = 1000
    requeues: Annotated[
        Whole, Field(ge=0, description="How often a task that ran out of time goes on.")
    ] = 3
    warning_seconds: Annotated[
        Count, Field(description="How long before its end a task is told to stop and go on later.")
    ] = 90
    setup: Annotated[
        tuple[Text, ...],
        Field(description="Shell lines before the task, such as 'module load cuda'."),
    ] = ()
    options: Annotated[
        dict[Name, Text], Field(description="Further options of sbatch, such as qos: long.")
    ] = {}  # noqa: RUF012 - pydantic copies it

    def pack_size(self, cells: int) -> int:
        """Return how many cells one task runs, so that the array is not too long."""
        return max(self.cells_per_task, math.ceil(cells / self.most_tasks))


class Engines(Section):
    """The settings of every engine that has some.

    Example:
        >>> Engines(slurm={"partition": "gpu", "gpus": 1}).slurm.at_once
        16
    """

    local: Annotated[LocalSettings, Field(description="Workers on this machine.")] = LocalSettings()
    slurm: Annotated[SlurmSettings, Field(description="A SLURM cluster.")] = SlurmSettings()


def read_engines(study: Path, settings: Sequence[str] = (), *, file: Path | None = None) -> Engines:
    """Return the settings of the engines for a study.

    Args:
        study: the folder of the study, which may hold an ``engines.yaml``.
        settings: KEY=VALUE each, such as "slurm.partition=gpu"; later ones win.
        file: the file to read in place of the one beside the study.

    Raises:
        StudyError: a named file is missing, is not YAML, or a key or value is not what it may be:
            one sentence for each problem, with its line and the known keys.

    Example:
        >>> read_engines(Path("no-such-folder"), ["local.workers=4"]).local.workers
        4
    """
    path = file or study / FILE_NAME
    document = read_yaml(_text(path, is_named=file is not None) or "{}", path.name)
    for order, setting in enumerate(settings):
        document = override(document, setting, order=order, option=OPTION, example=_EXAMPLE)
    if not isinstance(document.content, dict):
        raise StudyError(f"{path.name}: expected the keys {', '.join(Engines.model_fields)}.")
    try:
        return Engines.model_validate(document.content)
    except ValidationError as error:
        raise StudyError("\n".join(problems_in(error, document))) from None


def _text(path: Path, *, is_named: bool) -> str:
    if not is_named and not path.is_file():
        return ""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise StudyError(f"The settings of engines at {path} cannot be read ({error}).") from None
