"""Which images can be read, by the content that their vectors depend on."""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from fieldmark.core.digests import digest_of
from fieldmark.core.errors import ImageError
from fieldmark.core.progress import Progress
from fieldmark.embeddings.fingerprint_cache import FingerprintCache
from fieldmark.embeddings.fingerprints import Fingerprint, fingerprints
from fieldmark.images.regions import WHOLE, Region

if TYPE_CHECKING:
    from fieldmark.images.dataset import UnreadablePolicy


@dataclasses.dataclass(frozen=True, slots=True)
class KnownImage:
    """An image file, what it holds, and what of it counts.

    Attributes:
        path: the file.
        fingerprint: of its content.
        region: its mask and box.
        mask: the fingerprint of its mask; None without one.
    """

    path: Path
    fingerprint: Fingerprint
    region: Region = WHOLE
    mask: Fingerprint | None = None

    @property
    def key(self) -> str:
        """What the vector depends on, 64 hexadecimal digits: of a whole image, its bytes alone."""
        box = self.region.box
        if self.mask is None and box is None:
            return self.fingerprint.digest
        return digest_of(
            {
                "content": self.fingerprint.digest,
                "mask": None if self.mask is None else self.mask.digest,
                "box": None if box is None else dataclasses.asdict(box),
            }
        )

    def check_unchanged(self) -> None:
        """Refuse an image or mask that was written to since it was hashed.

        Raises:
            ImageError: size or time of the last change differ, or a file is gone.
        """
        self.fingerprint.check_unchanged(self.path)
        if self.mask is not None and self.region.mask_path is not None:
            self.mask.check_unchanged(self.region.mask_path)


def known_images(
    images: Mapping[str, Path],
    *,
    policy: "UnreadablePolicy",
    listener: Progress,
    cache: FingerprintCache | None,
    regions: Mapping[str, Region] | None = None,
) -> tuple[dict[str, KnownImage], list[str]]:
    """Return the readable images by id, and why others are not.

    Args:
        images: path of every id.
        policy: "fail" refuses a file that cannot be read, "exclude" leaves it out.
        listener: is told how far the work is.
        cache: of fingerprints; None reads every file.
        regions: mask and box of every id; None where whole images count.

    Raises:
        ImageError: an image or its mask cannot be read under "fail".
    """
    of = {} if regions is None else regions
    masks = {region.mask_path for region in of.values() if region.mask_path is not None}
    paths = [*images.values(), *sorted(masks)]
    contents: dict[Path, Fingerprint | ImageError] = {}
    try:
        with listener.step("Hashing images", total=len(paths)) as step:
            for path, found in zip(paths, _found(paths, cache), strict=True):
                if isinstance(found, ImageError) and policy == "fail":
                    raise found
                contents[path] = found
                step.advance()
    finally:  # what was hashed before an interruption is not hashed again
        if cache is not None:
            cache.save()
    known = {name: _known(path, of.get(name, WHOLE), contents) for name, path in images.items()}
    readable = {name: image for name, image in known.items() if isinstance(image, KnownImage)}
    return readable, [str(image) for image in known.values() if isinstance(image, ImageError)]


def _known(
    path: Path, region: Region, contents: Mapping[Path, Fingerprint | ImageError]
) -> KnownImage | ImageError:
    content = contents[path]
    mask = None if region.mask_path is None else contents[region.mask_path]
    if isinstance(content, ImageError):
        return content
    return mask if isinstance(mask, ImageError) else KnownImage(path, content, region, mask)


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
