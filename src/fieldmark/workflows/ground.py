"""The equal ground of a study: its images, labels and splits, and where its results lie."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from fieldmark.core.checks import unknown_choice
from fieldmark.core.digests import digest_of, digest_of_file
from fieldmark.core.errors import StudyError
from fieldmark.core.progress import Progress
from fieldmark.decision.policy import Policy
from fieldmark.evaluation.metrics import definition_of
from fieldmark.experiments.contenders import FineTunedContender, ImportedContender
from fieldmark.experiments.ledger import Ledger
from fieldmark.experiments.plan import RunSpec, plan
from fieldmark.experiments.protocol import ProtocolConfig
from fieldmark.experiments.study_file import StudyFile
from fieldmark.manifest.findings import Finding
from fieldmark.manifest.hazards import HazardColumn, Hazards, hazards_of
from fieldmark.manifest.image_sizes import file_sizes
from fieldmark.manifest.split_set import ONLY, SplitSet, single
from fieldmark.manifest.splits import Split
from fieldmark.manifest.table import Manifest
from fieldmark.workflows.image_tables import read_images
from fieldmark.workflows.observing import check_observing
from fieldmark.workflows.policies import policies_of
from fieldmark.workflows.splitting import make_splits


@dataclass(frozen=True, slots=True)
class Ground:
    """What all contenders of a study share.

    Attributes:
        file: the study and where its file lies.
        manifest: the images with their labels.
        splits: which image is in which part: once, or fold by fold.
        content_digest: of the manifest, the splits and the sizes of image and mask files, as they
            were when the study was opened.
        cells: the cells of the study, each with the digest of the content that it reads: the
            above, of its own split, and the contender's own file (weights or predictions). When
            any of it changes, the results made from it are stale.
        findings: what was found and done while the table of images was read.
        label_version: which labels these are, after synonyms were replaced; None when unknown.
    """

    file: StudyFile
    manifest: Manifest
    splits: SplitSet
    content_digest: str
    cells: tuple[RunSpec, ...]
    findings: tuple[Finding, ...] = ()
    label_version: str | None = None

    @property
    def split(self) -> Split:
        """The only split.

        Raises:
            SplitError: there are several, so that one has to be chosen by ``at``.
        """
        return self.splits.named(None)

    def at(self, spec: RunSpec) -> "Ground":
        """Return the ground that one cell sees: the split that it runs on is the only one."""
        return self.on(spec.split_name)

    def on(self, name: str | None) -> "Ground":
        """Return the ground with one split as the only one; None where it has one only.

        Raises:
            SplitError: there is none of that name, or there are several and none is named.
        """
        if self.splits.kind == "single":
            return self if name is None else replace(self, splits=single(self.splits.named(name)))
        return replace(self, splits=single(self.splits.named(name)))

    @property
    def hazards(self) -> Hazards | None:
        """Which classes are poisonous, by all images; None where the study names no column.

        Raises:
            ManifestError: there is no such column, or no image is poisonous.
        """
        told = self.file.study.data.hazard
        if told is None:
            return None
        return hazards_of([self.manifest.frame], HazardColumn(**told.model_dump()))

    @property
    def policies(self) -> dict[str, Policy]:
        """The decisions of the study by name, poisonous classes looked up.

        Raises:
            StudyError: a decision names a class or column that the table of images has not.
        """
        return policies_of(self.file.study.decisions, self.manifest)

    @property
    def results(self) -> Path:
        """The folder of the study's results, beside the study file."""
        return self.file.folder / "results" / self.file.study.study

    @property
    def ledger(self) -> Ledger:
        """What has run."""
        return Ledger(self.results)


def open_ground(file: StudyFile, *, progress: Progress | None = None) -> Ground:
    """Read the manifest of a study, make its splits and plan its cells.

    Args:
        file: the study.
        progress: who is told how far the reading is; nobody when None.

    Raises:
        ManifestError: the table is not what the study says, its hazard column included.
        SplitError: a part is empty or a row has none.
        StudyError: the protocol names a part that the split does not have, a column that is not
            there, or a metric that nothing can be chosen by; a decision names a class that there is
            not; a file of weights or predictions is missing.
    """
    data = file.study.data
    _check_selection(file.study.protocol)
    manifest, findings = read_images(file, progress=progress)
    manifest, splits = make_splits(manifest, data)
    for split in splits.splits.values():
        _check_parts(file.study.protocol, split)
    check_observing(file.study.protocol, manifest, splits)
    images = [manifest.digest, digest_of(_image_sizes(manifest, progress))]
    contents = {name: digest_of([*images, split.digest]) for name, split in splits.splits.items()}
    content = contents[ONLY] if splits.kind == "single" else digest_of(contents)
    cells = _planned(file, splits, contents)
    version = manifest.label_version
    ground = Ground(file, manifest, splits, content, cells, tuple(findings), version)
    _ = ground.hazards, ground.policies
    return ground


def _planned(file: StudyFile, splits: SplitSet, contents: Mapping[str, str]) -> tuple[RunSpec, ...]:
    """Return the cells with what they read; ``contents`` are digests by the name of the split."""
    files = {name: _own_files(file, name) for name in file.study.contenders}
    digests = {path: digest_of_file(path) for path in {p for own in files.values() for p in own}}
    inputs: dict[str, list[str | None]] = {
        name: [digests[path] for path in own] or [None] for name, own in files.items()
    }
    digests_of = {
        (contender, name): digest_of([content, *own])
        for contender, own in inputs.items()
        for name, content in contents.items()
    }
    is_folds = splits.kind == "folds"
    cells = plan(
        file.study,
        folds=splits.names if is_folds else (),
        shots=() if is_folds else [int(name) for name in splits.names],
    )
    return tuple(
        spec.with_inputs(digests_of[spec.contender, spec.split_name or ONLY]) for spec in cells
    )


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


def _image_sizes(manifest: Manifest, progress: Progress | None) -> list[int | None]:
    manifest.refuse_outside()
    masks = manifest.regions.mask
    paths = manifest.frame["path"].to_list()
    paths += [] if masks is None else manifest.frame[masks].to_list()
    return file_sizes(manifest.root, paths, progress=progress)


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
