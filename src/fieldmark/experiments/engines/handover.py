"""One self-contained folder with cells of a study, to be carried to a cluster by hand."""

import importlib.resources
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from fieldmark.core.errors import StudyError
from fieldmark.core.provenance import version_of
from fieldmark.core.storage import write_json, write_text
from fieldmark.experiments.cell_choice import pack_text
from fieldmark.experiments.contenders import FineTunedContender, ImportedContender
from fieldmark.experiments.engines import sbatch_text
from fieldmark.experiments.engines.requirements import installed_requirements
from fieldmark.experiments.engines.settings import SlurmSettings
from fieldmark.experiments.places import PLACES
from fieldmark.experiments.plan import RunSpec
from fieldmark.experiments.study_file import StudyFile, resolved_yaml

PLAN = "plan.json"
_PACKAGE = "fieldmark"


@dataclass(frozen=True, slots=True)
class Parcel:
    """What is carried.

    Attributes:
        file: the study.
        cells: what is to run there, with the digests of their inputs.
        images: the paths of the images below their folder, to be carried along; None when the
            other side has them.
    """

    file: StudyFile
    cells: Sequence[RunSpec]
    images: Sequence[str] | None = None


def write_parcel(parcel: Parcel, folder: Path, *, settings: SlurmSettings) -> int:
    """Fill an empty folder with all that the cells need there; return how many packs that makes.

    The study stays word for word what it is, so that every digest does; ``places.json`` says where
    the files that it names lie in the folder.

    Args:
        parcel: the study and its cells, at least one.
        folder: is filled.
        settings: what a task on SLURM asks for, and how many cells it runs.

    Raises:
        StudyError: a file that the study names is not there.
    """
    study = parcel.file.study
    write_text(folder / "study.yaml", resolved_yaml(study))
    write_json(folder / PLACES, dict(_carried(parcel, folder)))
    packs = _write_packs(parcel.cells, folder / "packs", settings)
    _write_scripts(folder, study.study, packs, settings)
    carried = parcel.images is not None
    text = sbatch_text.read_me(
        study.study, cells=len(parcel.cells), packs=packs, with_images=carried
    )
    write_text(folder / "README.md", text)
    needed = "".join(f"{line}\n" for line in installed_requirements())
    write_text(folder / "requirements.txt", needed)
    _write_code(folder / "code")
    plan = {"study": study.study, "made_with": version_of(_PACKAGE)}
    cells = [{"cell": spec.id, "inputs_digest": spec.inputs_digest} for spec in parcel.cells]
    write_json(folder / PLAN, plan | {"cells": cells})
    return packs


def _carried(parcel: Parcel, folder: Path) -> Iterator[tuple[str, str]]:
    """Copy what the study names into the folder; yield what it says and where that lies now."""
    for number, written in enumerate(dict.fromkeys(_named_files(parcel.file))):
        source = parcel.file.locate(written)
        place = Path("files") / f"{number}-{source.name}"
        (folder / place).parent.mkdir(exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, folder / place)
        elif source.is_file():
            shutil.copyfile(source, folder / place)
        else:
            raise StudyError(f"The study names {written}, to be carried along; there is none.")
        yield written, place.as_posix()
    if parcel.images is not None:
        root = parcel.file.locate(parcel.file.study.data.images)
        for image in parcel.images:
            (folder / "images" / image).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(root / image, folder / "images" / image)
        yield parcel.file.study.data.images, "images"


def _named_files(file: StudyFile) -> Iterator[str]:
    yield from file.study.data.tables
    for contender in file.study.contenders.values():
        if isinstance(contender, ImportedContender):
            yield contender.predictions
        elif contender.backbone.weights_are_a_file:
            yield contender.backbone.weights
        if isinstance(contender, FineTunedContender) and contender.training.warm_start is not None:
            yield contender.training.warm_start.file


def _write_packs(cells: Sequence[RunSpec], folder: Path, settings: SlurmSettings) -> int:
    size = settings.pack_size(len(cells))
    packs = [cells[start : start + size] for start in range(0, len(cells), size)]
    for number, pack in enumerate(packs):
        write_text(folder / f"{number:03d}.txt", pack_text(pack))
    return len(packs)


def _write_scripts(folder: Path, name: str, packs: int, settings: SlurmSettings) -> None:
    texts = {
        "set-up.sh": sbatch_text.SET_UP,
        "run-pack.sh": sbatch_text.RUN_PACK,
        "run-here.sh": sbatch_text.RUN_HERE,
        "submit.sh": sbatch_text.SUBMIT,
        "collect.sh": sbatch_text.collect_text(name),
        "job.sbatch": sbatch_text.job_text(name, tasks=packs, settings=settings),
    }
    for script, text in texts.items():
        write_text(folder / script, text)


def _write_code(folder: Path) -> None:
    """Copy the package itself, and say which version it is as an installed one would."""
    with importlib.resources.as_file(importlib.resources.files(_PACKAGE)) as package:
        shutil.copytree(
            package, folder / _PACKAGE, ignore=shutil.ignore_patterns("__pycache__", "*.pyc")
        )
    version = version_of(_PACKAGE) or "0"
    said = f"Metadata-Version: 2.1\nName: {_PACKAGE}\nVersion: {version}\n"
    write_text(folder / f"{_PACKAGE}-{version}.dist-info" / "METADATA", said)
