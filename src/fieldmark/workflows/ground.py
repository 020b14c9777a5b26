"""The equal ground of a study: its images, labels and split, and where its results lie."""

from dataclasses import dataclass
from pathlib import Path

from fieldmark.core.checks import unknown_choice
from fieldmark.core.digests import digest_of, digest_of_file
from fieldmark.core.errors import StudyError
from fieldmark.evaluation.metrics import definition_of
from fieldmark.experiments.contenders import FineTunedContender, ImportedContender
from fieldmark.experiments.data import DataConfig, HoldoutConfig
from fieldmark.experiments.ledger import Ledger
from fieldmark.experiments.plan import RunSpec, plan
from fieldmark.experiments.protocol import ProtocolConfig
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
        content_digest: of the manifest, the split and the sizes of image and mask files, as they
            were when the study was opened.
        cells: the cells of the study, each with the digest of the content that it reads: the
            above, and the contender's own file (weights or predictions). When any of it changes,
            the results made from it are stale.
    """

    file: StudyFile
    manifest: Manifest
    split: Split
    content_digest: str
    cells: tuple[RunSpec, ...]

    @property
    def results(self) -> Path:
        """The folder of the study's results, beside the study file."""
        return self.file.folder / "results" / self.file.study.study

    @property
    def ledger(self) -> Ledger:
        """What has run."""
        return Ledger(self.results)


def open_ground(file: StudyFile) -> Ground:
    """Read the manifest of a study, make its split and plan its cells.

    Raises:
        ManifestError: the table is not what the study says.
        SplitError: a part is empty or a row has none.
        StudyError: the protocol names a part that the split does not have, or a metric that nothing
            can be chosen by; a file of weights or predictions is missing.
    """
    data = file.study.data
    _check_selection(file.study.protocol)
    manifest = read_manifest(
        file.locate(data.manifest),
        columns=ManifestColumns(**data.as_columns()),
        images=file.locate(data.images),
    )
    split = _make_split(manifest, data)
    _check_parts(file.study.protocol, split)
    content = digest_of([manifest.digest, split.digest, _image_sizes(manifest)])
    return Ground(file, manifest, split, content, _planned(file, content))


def _planned(file: StudyFile, content: str) -> tuple[RunSpec, ...]:
    files = {name: _own_files(file, name) for name in file.study.contenders}
    digests = {path: digest_of_file(path) for path in {p for own in files.values() for p in own}}
    inputs: dict[str, list[str | None]] = {
        name: [digests[path] for path in own] or [None] for name, own in files.items()
    }
    return tuple(
        spec.with_inputs(digest_of([content, *inputs[spec.contender]])) for spec in plan(file.study)
    )


def _make_split(manifest: Manifest, data: DataConfig) -> Split:
    if isinstance(data.split, HoldoutConfig):
        return split_holdout(manifest, fractions=data.split.fractions, seed=data.split.seed)
    return split_from_column(manifest, data.split)


def _check_parts(protocol: ProtocolConfig, split: Split) -> None:
    needed = ["train", protocol.report_on]
    if protocol.selection is not None:
        needed.append(protocol.selection.on)
    for part in needed:
        if part not in split.parts:
            raise StudyError(unknown_choice("part of the split", part, split.parts))


def _check_selection(protocol: ProtocolConfig) -> None:
    chosen_by = protocol.selection
    if chosen_by is not None and definition_of(chosen_by.metric).direction == "neither":
        raise StudyError(
            f"Nothing can be chosen by {chosen_by.metric}: neither more nor less of it is better; "
            "name another metric in protocol.selection."
        )


def _image_sizes(manifest: Manifest) -> list[int | None]:
    paths = [*manifest.image_paths(), *(manifest.mask_paths() or ())]
    return [path.stat().st_size if path.is_file() else None for path in paths]


def _own_files(file: StudyFile, name: str) -> tuple[Path, ...]:
    """Return the files whose content a contender stands for; none when the study says it all."""
    contender = file.study.contenders[name]
    written: list[str] = []
    if isinstance(contender, ImportedContender):
        written.append(contender.predictions)
    elif contender.backbone.weights_are_a_file:
        written.append(contender.backbone.weights)
    if isinstance(contender, FineTunedContender) and contender.training.warm_start is not None:
        written.append(contender.training.warm_start.file)
    paths = [file.locate(path) for path in written]
    found = tuple(path / "header.json" if path.is_dir() else path for path in paths)
    for path in found:
        if not path.is_file():
            raise StudyError(f"The contender '{name}' needs the file {path}; there is none.")
    return found
