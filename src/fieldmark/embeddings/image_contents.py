"""Which images can be read, by their content."""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from fieldmark.core.errors import ImageError
from fieldmark.core.progress import Progress
from fieldmark.embeddings.fingerprint_cache import FingerprintCache
from fieldmark.embeddings.fingerprints import Fingerprint, fingerprints
from fieldmark.images.dataset import UnreadablePolicy


@dataclasses.dataclass(frozen=True, slots=True)
class KnownImage:
    """An image file and what it holds."""

    path: Path
    fingerprint: Fingerprint


def known_images(
    images: Mapping[str, Path],
    *,
    policy: UnreadablePolicy,
    listener: Progress,
    cache: FingerprintCache | None,
) -> tuple[dict[str, KnownImage], list[str]]:
    """Return the readable images by id, and why others are not.

    Args:
        images: path of every id.
        policy: "fail" refuses a file that cannot be read, "exclude" leaves it out.
        listener: is told how far the work is.
        cache: of fingerprints; None reads every file.

    Raises:
        ImageError: a file cannot be read under "fail".
    """
    paths = list(images.values())
    readable: dict[str, KnownImage] = {}
    reasons: list[str] = []
    with listener.step("Hashing images", total=len(paths)) as step:
        for name, path, found in zip(images, paths, _found(paths, cache), strict=True):
            if isinstance(found, Fingerprint):
                readable[name] = KnownImage(path, found)
            elif policy == "fail":
                raise found
            else:
                reasons.append(str(found))
            step.advance()
    if cache is not None:
        cache.save()
    return readable, reasons


def _found(
    paths: Sequence[Path], cache: FingerprintCache | None
) -> Iterator[Fingerprint | ImageError]:
    if cache is None:
        yield from fingerprints(paths)
        return
    known = [cache.find(path) for path in paths]
    unknown = [path for path, found in zip(paths, known, strict=True) if found is None]
    read = fingerprints(unknown) if unknown else iter(())
    for path, found in zip(paths, known, strict=True):
        if found is not None:
            yield found
            continue
        fresh = next(read)
        if isinstance(fresh, Fingerprint):
            cache.keep(path, fresh)
        yield fresh
