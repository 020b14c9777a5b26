"""Handing cells of a study over to a machine that the author cannot reach."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path

from fieldmark.core.checks import first_few
from fieldmark.core.errors import StudyError
from fieldmark.core.storage import atomic_directory
from fieldmark.experiments.engines.handover import Parcel, write_parcel
from fieldmark.experiments.engines.settings import SlurmSettings
from fieldmark.experiments.plan import RunSpec
from fieldmark.experiments.study_file import read_study
from fieldmark.workflows.ground import Ground, open_ground


def hand_over(
    ground: Ground,
    cells: Sequence[RunSpec],
    *,
    out: Path,
    settings: SlurmSettings,
    with_images: bool = False,
) -> int:
    """Write a folder that runs some cells anywhere; return in how many packs.

    The folder is opened as the other side will open it before it is put into its place, and has to
    plan the same cells from the same inputs.

    Args:
        ground: the study.
        cells: what is to run, at least one.
        out: the folder; new or empty.
        settings: what a task on SLURM asks for.
        with_images: whether the images are carried along.

    Raises:
        StudyError: the folder holds something, a file is missing, or the cells would have other
            inputs there.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise StudyError(f"Expected a new folder; {out} holds something already. Name another.")
    images = ground.manifest.frame["path"].to_list() if with_images else None
    with atomic_directory(out) as folder:
        packs = write_parcel(Parcel(ground.file, cells, images), folder, settings=settings)
        _check(ground, cells, folder)
    return packs


def _check(ground: Ground, cells: Sequence[RunSpec], folder: Path) -> None:
    file = read_study(folder / "study.yaml")
    written = ground.file.study.data.images
    if written not in file.elsewhere:
        there = {**file.elsewhere, written: ground.file.locate(written)}
        file = dataclasses.replace(file, elsewhere=there)
    planned = {spec.id: spec.inputs_digest for spec in open_ground(file).cells}
    others = [spec.id for spec in cells if planned.get(spec.id) != spec.inputs_digest]
    if others:
        raise StudyError(
            f"The cells {first_few(others)} would have other inputs in {folder.name}: the study "
            "reads something that is not carried along; run it where its files lie."
        )
