"""The equal ground of a study: its images, labels and split, and where its results lie."""

from dataclasses import dataclass
from pathlib import Path

from fieldmark.core.checks import unknown_choice
from fieldmark.core.digests import digest_of, digest_of_file
from fieldmark.core.errors import StudyError
from fieldmark.experiments.contenders import ImportedContender
from fieldmark.experiments.data import DataConfig, HoldoutConfig
from fieldmark.experiments.ledger import Ledger
from fieldmark.experiments.plan import RunSpec, plan
from fieldmark.experiments.study_file import StudyFile
from fieldmark.manifest.sources import ManifestColumns, read_manifest
from fieldmark.manifest.splits import Split, split_from_column, split_holdout
from fieldmark.manifest.table import Manifest


@dataclass(frozen=True, slots=True)
class Ground:
    """What all contenders of a study share.

    Attributes:
        file: the study and where its file lies.
        manifest: the images with their labels.
        split: which image is in which part.
    """

    file: StudyFile
    manifest: Manifest
    split: Split

    @property
    def results(self) -> Path:
        """The folder of the study's results, beside the study file."""
        return self.file.folder / "results" / self.file.study.study

    @property
    def ledger(self) -> Ledger:
        """What has run."""
        return Ledger(self.results)


def open_ground(file: StudyFile) -> Ground:
    """Read the manifest of a study and make its split.

    Raises:
        ManifestError: the table is not what the study says.
        SplitError: a part is empty or a row has none.
        StudyError: the protocol names a part that the split does not have.
    """
    data = file.study.data
    manifest = read_manifest(
        file.locate(data.manifest),
        columns=ManifestColumns(**data.as_columns()),
        images=file.locate(data.images),
    )
    ground = Ground(file, manifest, _make_split(manifest, data))
    _check_parts(ground)
    return ground


def plan_cells(ground: Ground) -> tuple[RunSpec, ...]:
    """Return the cells of a study, each with the digest of the content that it reads.

    The content is the manifest, the split, the sizes of the image files, and the contender's own
    file (weights or predictions): when any of it changes, the results made from it are stale.
    """
    shared = content_digest(ground)
    own = {
        name: digest_of([shared, _own_file(ground, name)]) for name in ground.file.study.contenders
    }
    return tuple(spec.with_inputs(own[spec.contender]) for spec in plan(ground.file.study))


def content_digest(ground: Ground) -> str:
    """Return the digest of the manifest, the split and the sizes of the image files."""
    sizes = _image_sizes(ground.manifest)
    return digest_of([ground.manifest.digest, ground.split.digest, sizes])


def _make_split(manifest: Manifest, data: DataConfig) -> Split:
    if isinstance(data.split, HoldoutConfig):
        return split_holdout(manifest, fractions=data.split.fractions, seed=data.split.seed)
    return split_from_column(manifest, data.split)


def _check_parts(ground: Ground) -> None:
    protocol, parts = ground.file.study.protocol, ground.split.parts
    needed = ["train", protocol.report_on]
    if protocol.selection is not None:
        needed.append(protocol.selection.on)
    for part in needed:
        if part not in parts:
            raise StudyError(f"{unknown_choice('part of the split', part, parts)}")


def _image_sizes(manifest: Manifest) -> list[int | None]:
    paths = manifest.image_paths()
    return [path.stat().st_size if path.is_file() else None for path in paths]


def _own_file(ground: Ground, name: str) -> str | None:
    contender = ground.file.study.contenders[name]
    if isinstance(contender, ImportedContender):
        written = contender.predictions
    elif contender.backbone.weights_are_a_file:
        written = contender.backbone.weights
    else:
        return None
    path = ground.file.locate(written)
    if not path.exists():
        raise StudyError(f"The contender '{name}' needs the file {path}; there is none.")
    return digest_of_file(path if path.is_file() else path / "header.json")
