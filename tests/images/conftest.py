import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

SHARED = Path(__file__).resolve().parents[3] / "shared"


@pytest.fixture
def shared() -> Path:
    if not (SHARED / "data").is_dir():
        pytest.skip("the real data do not lie beside this checkout")
    return SHARED


@pytest.fixture
def photo() -> Image.Image:
    """A smooth picture whose corners and channels all differ."""
    rows, columns = np.mgrid[0:48, 0:80]
    pixels = np.stack([rows * 5, columns * 3, 255 - rows - columns], axis=2)
    return Image.fromarray(pixels.astype(np.uint8))


@pytest.fixture
def save(tmp_path: Path) -> Callable[..., Path]:
    """Save a picture under a name whose ending is the format, or bytes as they are."""

    def write(name: str, content: Image.Image | bytes, **options: object) -> Path:
        path = tmp_path / name
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            content.save(path, **options)
        return path

    return write


@pytest.fixture
def png() -> Callable[..., bytes]:
    """Write a PNG by hand: Pillow writes neither 16-bit colour nor a false header."""

    def chunk(name: bytes, content: bytes) -> bytes:
        body = name + content
        return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))

    def write(
        values: np.ndarray,
        colour_type: int,
        *,
        key: tuple[int, ...] = (),
        size: tuple[int, int] | None = None,
    ) -> bytes:
        height, width = values.shape[:2]
        rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
        head = struct.pack(">IIBBBBB", *(size or (width, height)), 16, colour_type, 0, 0, 0)
        parts = io.BytesIO()
        parts.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head))
        if key:
            parts.write(chunk(b"tRNS", struct.pack(f">{len(key)}H", *key)))
        parts.write(chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))
        return parts.getvalue()

    return write
