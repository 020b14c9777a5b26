"""The manifest of a bundle: what the model is, and the digest of every file beside it."""

from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from fieldmark.core.checks import count_of, first_few
from fieldmark.core.digests import digest_of, digest_of_file
from fieldmark.core.errors import StoreError
from fieldmark.core.storage import read_json
from fieldmark.predictions.header import ScoreKind

MANIFEST: Final = "bundle.json"
TAXONOMY: Final = "taxonomy.json"
CALIBRATOR: Final = "calibrator.json"
OPERATING_POINT: Final = "operating_point.json"
EVALUATION: Final = "evaluation.json"
CARD: Final = "MODEL_CARD.md"
FORMAT: Final = "fieldmark bundle 1"


class _Stored(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class BundledFile(_Stored):
    """One file of a bundle: its length in bytes and its SHA-256."""

    bytes: Annotated[int, Field(ge=0)]
    digest: str


class Bundle(_Stored):
    """What a bundle says of itself.

    Attributes:
        format: name and version of the format.
        study: name of the study that the model was made in.
        contender: name of the model in its study.
        seed: training seed; None where there is none.
        model: "encoder-and-head", or "tuned" for a fine-tuned network.
        score_kind: what the raw scores are.
        classes: the classes, in the order of the score columns.
        ranks: ranks of the taxonomy, coarse to fine; empty without one.
        contract: the preprocessing contract, every field.
        backbone: network, options, weights and tap that were asked for.
        tap: what the features are, with the digest of the weights.
        head_kind: kind of head; None for a fine-tuned network.
        training_count: number of images that were learnt from.
        training_ids_digest: digest of their sorted ids.
        pixels: what they looked like once they were prepared: range, mean and std per channel;
            None where that is not known.
        split_digest: digest of the split of the study.
        licences: notes on what may be done with the weights, one sentence each.
        provenance: what made the bundle.
        files: length and digest of every other file, by its path in the folder.
    """

    format: Literal["fieldmark bundle 1"] = FORMAT
    study: str
    contender: str
    seed: int | None
    model: Literal["encoder-and-head", "tuned"]
    score_kind: ScoreKind
    classes: tuple[str, ...]
    ranks: tuple[str, ...]
    contract: dict[str, Any]
    backbone: dict[str, Any]
    tap: dict[str, Any]
    head_kind: str | None
    training_count: int
    training_ids_digest: str
    pixels: dict[str, Any] | None = None
    split_digest: str | None
    licences: tuple[str, ...]
    provenance: dict[str, str]
    files: dict[str, BundledFile]

    @property
    def digest(self) -> str:
        """Digest of everything, and through ``files`` of every file."""
        return digest_of(self.to_dict())

    def to_dict(self) -> dict[str, Any]:
        """Return every field, ready for JSON; without pixels where they are not known.

        What was exported before pixels were recorded thus keeps its digest.
        """
        unknown = {"pixels"} if self.pixels is None else None
        return self.model_dump(mode="json", exclude=unknown)


def is_bundle(folder: Path) -> bool:
    """Return whether a folder has the manifest of a bundle."""
    return (folder / MANIFEST).is_file()


def described_files(folder: Path) -> dict[str, BundledFile]:
    """Return the length and digest of every file under a folder, by path, in order."""
    return {
        file.relative_to(folder).as_posix(): BundledFile(
            bytes=file.stat().st_size, digest=digest_of_file(file)
        )
        for file in sorted(folder.rglob("*"))
        if file.is_file() and file.name != MANIFEST
    }


def manifest_content(bundle: Bundle) -> dict[str, Any]:
    """Return the manifest as it is written: every field, and the digest of them all."""
    return {**bundle.to_dict(), "digest": bundle.digest}


def read_bundle(folder: Path) -> Bundle:
    """Return the manifest of a bundle; the files beside it are not looked at.

    Raises:
        StoreError: there is no bundle, it is of another format, or its manifest was changed.
    """
    if not is_bundle(folder):
        raise StoreError(
            f"Expected a bundle in {folder}; it has no {MANIFEST}. Make one with fieldmark export."
        )
    content = read_json(folder / MANIFEST)
    stated = content.get("format") if isinstance(content, dict) else content
    if stated != FORMAT:
        raise StoreError(
            f"Expected the format '{FORMAT}' in {folder / MANIFEST}; it says {stated!r}. Export the"
            " model again with this version of fieldmark."
        )
    digest = content.pop("digest", None)
    try:
        bundle = Bundle.model_validate(content)
    except ValidationError as error:
        names = [".".join(map(str, problem["loc"])) for problem in error.errors()]
        raise StoreError(
            f"{folder / MANIFEST} is damaged: {count_of(len(names), 'field')} not as written"
            f" ({first_few(names)}). Export the model again."
        ) from None
    if bundle.digest != digest:
        raise StoreError(
            f"{folder / MANIFEST} was changed after it was written: its digest is"
            f" {bundle.digest[:12]}, it says {str(digest)[:12]}. Export the model again."
        )
    return bundle


def file_problems(bundle: Bundle, folder: Path) -> tuple[str, ...]:
    """Return in what the files of a bundle differ from its manifest, one sentence each.

    Files that the manifest does not name are never read, and no problem.
    """
    found = []
    for name, stated in bundle.files.items():
        file = folder / name
        if not file.is_file():
            found.append(f"{name} is missing.")
        elif file.stat().st_size != stated.bytes:
            length = count_of(file.stat().st_size, "byte")
            found.append(f"{name} has {length}; {stated.bytes:,} were written.")
        elif digest_of_file(file) != stated.digest:
            found.append(f"{name} was changed after it was written.")
    return tuple(found)
