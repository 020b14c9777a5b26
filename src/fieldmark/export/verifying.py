"""Whether a bundle is whole and still answers as it did when it was made."""

from dataclasses import dataclass
from pathlib import Path

from fieldmark.core.checks import count_of
from fieldmark.export.bundle import Bundle, file_problems, read_bundle
from fieldmark.export.loading import open_verified
from fieldmark.export.vectors import FOLDER, TOLERANCE, replay_vectors


@dataclass(frozen=True, slots=True)
class Verification:
    """What came of it.

    Attributes:
        bundle: what the bundle says of itself.
        vectors: number of pictures that were scored again; 0 where a file differs.
        largest_difference: of a score, relative to the largest absolute score; None without any.
        problems: what differs, one sentence each; empty where all is well.
    """

    bundle: Bundle
    vectors: int
    largest_difference: float | None
    problems: tuple[str, ...]

    def sentence(self) -> str:
        """Return that all is well, in one line."""
        bundle = self.bundle
        return (
            f"{bundle.study}/{bundle.contender}: {count_of(len(bundle.files), 'file')} as written,"
            f" {count_of(self.vectors, 'test vector')} within {self.largest_difference:.1g} (at"
            f" most {TOLERANCE:g})."
        )


def verify_bundle(folder: Path) -> Verification:
    """Compare every file of a bundle with its digest, then score the test vectors again.

    Nothing is loaded from files that differ.

    Raises:
        StoreError: there is no bundle, it is of another format, or its manifest was changed.
        NotComparableError: the installed packages build another network than was exported.
    """
    bundle = read_bundle(folder)
    problems = file_problems(bundle, folder)
    if problems:
        return Verification(bundle, 0, None, problems)
    found = replay_vectors(folder / FOLDER, open_verified(bundle, folder).scorer)
    return Verification(bundle, *found)
