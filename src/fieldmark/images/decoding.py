"""Picture files to RGB pixels, the right way up, or one sentence that says why not.

The formats are a fixed list, opened by their signature rather than by Pillow's registry: nothing
exotic is parsed, and the size is judged from the header by a stated limit instead of Pillow's
process-wide one, whose warning depends on global filters.
"""

import contextlib
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final, Literal

from PIL import (
    AvifImagePlugin,
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    ImageFile,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from fieldmark.core.errors import ImageError
from fieldmark.images.colour import to_rgb
from fieldmark.images.orientation import LYING, orientation_of, turned_back, turned_upright

MAX_PIXELS: Final = 178_956_970
"""The largest picture that is decoded unless told otherwise: half a gigabyte as RGB."""

Orientation = Literal["exif", "ignore"]

_WHITE: Final = (255, 255, 255)
_HEAD_BYTES: Final = 16
_ORIENTATION_TAG: Final = 0x0112
_REMEDY: Final = "replace it, or leave it out with `unreadable: exclude`"
_DAMAGED: Final = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    IndexError,
    KeyError,
    EOFError,
    RuntimeError,
    struct.error,
    OverflowError,
    Warning,
)


class _Jpeg(JpegImagePlugin.JpegImageFile):
    """A JPEG whose resolution in EXIF is left unread: Pillow warns where that block is damaged."""

    def _read_dpi_from_exif(self) -> None:
        """Read nothing."""


_SIGNATURES: Final[tuple[tuple[int, bytes, type[ImageFile.ImageFile]], ...]] = (
    (0, b"\xff\xd8\xff", _Jpeg),
    (0, b"\x89PNG\r\n\x1a\n", PngImagePlugin.PngImageFile),
    (8, b"WEBP", WebPImagePlugin.WebPImageFile),
    (0, b"II*\x00", TiffImagePlugin.TiffImageFile),
    (0, b"MM\x00*", TiffImagePlugin.TiffImageFile),
    (0, b"GIF8", GifImagePlugin.GifImageFile),
    (0, b"BM", BmpImagePlugin.BmpImageFile),
    (4, b"ftypavif", AvifImagePlugin.AvifImageFile),
)
_FORMATS: Final = "JPEG, PNG, WebP, TIFF, GIF, BMP, AVIF"


def decode(
    path: Path,
    *,
    orientation: Orientation = "exif",
    alpha_colour: tuple[int, int, int] = _WHITE,
    max_pixels: int = MAX_PIXELS,
) -> Image.Image:
    """Return the picture in a file as 8-bit RGB.

    Of an animation or a document of several pages, the first one counts. Colour profiles are not
    applied.

    Args:
        path: a JPEG, PNG, WebP, TIFF, GIF, BMP or AVIF file.
        orientation: "exif" turns the picture as its EXIF block says, "ignore" leaves it as stored.
        alpha_colour: what lies behind transparent pixels: red, green, blue, 0 to 255.
        max_pixels: width times height above which the picture is refused, from its header.

    Raises:
        ImageError: there is no such file, it is empty, no picture, damaged, cut short, too large,
            or holds values without a stated range. The message names the file.

    Example:
        >>> import tempfile
        >>> file = Path(tempfile.mkdtemp()) / "leaf.png"
        >>> Image.new("L", (3, 2), 128).save(file)
        >>> decode(file).size, decode(file).getpixel((0, 0))
        ((3, 2), (128, 128, 128))
    """
    with reading(path) as stream:
        return _decode(stream, orientation, alpha_colour, max_pixels)


@contextlib.contextmanager
def reading(path: Path) -> Iterator[IO[bytes]]:
    """Yield the open file; whatever goes wrong becomes one sentence that names it.

    Raises:
        ImageError: there is no such file, the system refuses it, or the block refuses its content.
    """
    try:
        with path.open("rb") as stream:
            yield stream
    except FileNotFoundError:
        raise ImageError(
            f"Expected an image at {path}; there is no such file: check the path column and the "
            "image folder."
        ) from None
    except ImageError as error:
        raise ImageError(f"{path}: {error}") from None
    except OSError as error:
        raise ImageError(
            f"{path}: expected a readable image file; the system says '{error.strerror or error}'."
        ) from None


def _decode(
    stream: IO[bytes],
    orientation: Orientation,
    alpha_colour: tuple[int, int, int],
    max_pixels: int,
) -> Image.Image:
    image = open_picture(stream, max_pixels)
    stored = _turned_by_pillow(image)
    _load(image)
    turn = stored or orientation_of(image.info.get("exif", b""))
    if orientation == "exif" and stored is None:
        upright = turned_upright(image, turn)
    elif orientation == "ignore" and stored is not None:
        upright = turned_back(image, turn)
    else:
        upright = image
    rgb = to_rgb(upright, alpha_colour)
    # A loaded JPEG holds nothing of its file any more; what may have more pages does.
    plain = rgb.copy() if rgb is image and not isinstance(image, _Jpeg) else rgb
    plain.info.clear()
    return plain


def open_picture(stream: IO[bytes], max_pixels: int) -> ImageFile.ImageFile:
    """Return the picture with its header read and its pixels not yet decoded.

    Args:
        stream: the file, from its beginning.
        max_pixels: width times height above which the picture is refused.

    Raises:
        ImageError: it is empty, no picture of a known format, damaged, or too large.
    """
    head = stream.read(_HEAD_BYTES)
    if not head:
        raise ImageError(f"expected a picture, found an empty file; {_REMEDY}.")
    kind = next((kind for at, mark, kind in _SIGNATURES if head[at:].startswith(mark)), None)
    if kind is None:
        raise ImageError(
            f"expected a picture ({_FORMATS}), found a file that begins with {head!r}; {_REMEDY}."
        )
    if ImageFile.LOAD_TRUNCATED_IMAGES:
        raise ImageError(
            "cannot tell whole pictures from cut ones, since this process has set "
            "PIL.ImageFile.LOAD_TRUNCATED_IMAGES; leave that switch off."
        )
    stream.seek(0)
    try:
        image = kind(stream)
    except Image.DecompressionBombError as error:
        raise ImageError(_too_large(str(error), max_pixels)) from None
    except _DAMAGED as error:
        raise ImageError(_damaged(kind, error)) from None
    width, height = image.size
    if width * height > max_pixels:
        raise ImageError(_too_large(f"it has {width:,} x {height:,} pixels", max_pixels))
    return image


def picture_size(path: Path) -> tuple[int, int]:
    """Return width and height of the upright picture in a file, from its header alone.

    Raises:
        ImageError: there is no such file, or its header is no picture's; the message names it.
    """
    with reading(path) as stream:
        image = open_picture(stream, MAX_PIXELS)
        turn = _turned_by_pillow(image) or orientation_of(image.info.get("exif", b""))
        return (image.height, image.width) if turn in LYING else (image.width, image.height)


def _turned_by_pillow(image: ImageFile.ImageFile) -> int | None:
    """Return by which orientation Pillow will turn the picture as it loads: it does so for TIFF."""
    if not isinstance(image, TiffImagePlugin.TiffImageFile):
        return None
    return int(image.tag_v2.get(_ORIENTATION_TAG, 1))


def _load(image: ImageFile.ImageFile) -> None:
    try:
        image.load()
    except _DAMAGED as error:
        raise ImageError(_damaged(type(image), error)) from None


def _damaged(kind: type[ImageFile.ImageFile], error: BaseException) -> str:
    return f"expected a whole {kind.format} picture, found a damaged one ({error}); {_REMEDY}."


def _too_large(found: str, max_pixels: int) -> str:
    return (
        f"expected at most {max_pixels:,} pixels, but {found}; make it smaller, or leave it out "
        "with `unreadable: exclude`."
    )
