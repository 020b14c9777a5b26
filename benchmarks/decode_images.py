"""JPEG files to 224 x 224 pixels: timm's evaluation loader against the three decodings.

Processor time on one core. The pictures are high-resolution photos in ../shared/data/hires where
they lie there, otherwise noise whose power falls with the frequency as in photos.
"""

import dataclasses
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from PIL import Image

from benchmarks.record import markdown_table, time_in_turns, write_section
from fieldmark.images.preprocessing import normalise, preprocess_file, spec_from_timm
from fieldmark.images.resized_cache import ResizedCache

_HIRES: Final = Path(__file__).resolve().parents[2] / "shared" / "data" / "hires"
_LARGE: Final = "ufmg_IMG_8897.jpg"
_MEDIUM: Final = "domestic_dog.jpg"
_SMALL_SIZE: Final = (864, 1152)
_REFERENCE: Final = "timm"
_COLUMNS: Final = ("picture, way", "ms", "times faster", "mean difference", "values off", "most")

Pixels = np.ndarray[Any, np.dtype[np.float32]]


def noise(width: int, height: int) -> Image.Image:
    """Return noise whose amplitude falls with the frequency, mostly grey."""
    rng = np.random.default_rng(0)
    frequency = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None])
    strength = 1 / np.maximum(frequency, 1 / max(width, height)) ** 1.2
    waves = np.fft.rfft2(rng.normal(size=(height, width))) * strength
    grey = np.fft.irfft2(waves, s=(height, width))
    grey = 120 + 45 * grey / grey.std()
    tint = np.linspace(-12, 12, 3)
    return Image.fromarray((grey[..., None] + tint).clip(0, 255).astype(np.uint8))


def pictures(folder: Path) -> dict[str, Path]:
    """Return title -> file: 12, 3 and 1 megapixels."""
    photos = (_HIRES / _LARGE).is_file()
    large = Image.open(_HIRES / _LARGE).convert("RGB") if photos else noise(3024, 4032)
    large.resize(_SMALL_SIZE, Image.Resampling.BICUBIC).save(folder / "small.jpg", quality=90)
    kind = "photo" if photos else "noise"
    small = {f"1 megapixel, {kind}": folder / "small.jpg"}
    if photos:
        return {
            f"12 megapixels, {kind}": _HIRES / _LARGE,
            f"3 megapixels, {kind}": _HIRES / _MEDIUM,
            **small,
        }
    large.save(folder / "large.jpg", quality=90)
    return {f"12 megapixels, {kind}": folder / "large.jpg", **small}


def ways(path: Path, folder: Path) -> dict[str, Callable[[], Pixels]]:
    """Return name -> call; every call gives the pixels that the backbone takes."""
    from timm.data import create_transform

    transform = create_transform((3, 224, 224), interpolation="bicubic", crop_pct=0.875)
    exact = spec_from_timm({})
    near, fast = (dataclasses.replace(exact, decoding=name) for name in ("near-exact", "fast"))
    cache = ResizedCache(folder / "cache", exact, max_bytes=2**24)

    def by_timm() -> Pixels:
        with path.open("rb") as stream:
            found: Pixels = transform(Image.open(stream).convert("RGB")).numpy()
        return found

    return {
        _REFERENCE: by_timm,
        "exact": lambda: preprocess_file(path, exact),
        "near-exact": lambda: preprocess_file(path, near),
        "fast": lambda: preprocess_file(path, fast),
        "exact, second epoch, cached": lambda: normalise(cache.load_uint8(path)[None], exact)[0],
    }


def rows_of(title: str, calls: Mapping[str, Callable[[], Pixels]]) -> list[list[str]]:
    """Return a row per way: processor time and how far the levels are from those of timm."""
    seconds = time_in_turns(calls, rounds=9, clock=time.process_time)
    scale = 255 * np.array(spec_from_timm({}).std, dtype=np.float64)[:, None, None]
    expected = calls[_REFERENCE]()
    rows = []
    for name, call in calls.items():
        off = np.rint(np.abs(call().astype(np.float64) - expected) * scale)
        times = seconds[_REFERENCE] / seconds[name]
        cells = [f"{1000 * seconds[name]:.1f}", f"{times:.1f}", f"{off.mean():.3f}"]
        rows.append(
            [f"{title}: {name}", *cells, f"{100 * (off > 0).mean():.2f} %", f"{off.max():.0f}"]
        )
    return rows


def main() -> None:
    import torch

    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = pictures(folder)
        rows = [row for title, path in files.items() for row in rows_of(title, ways(path, folder))]
    body = (
        "Processor time from the file to normalised pixels, one core, medians of 9 rounds in "
        "turns. timm is Pillow and timm's evaluation transform; differences are levels of 255 from "
        "it. `exact` is equal, `near-exact` decodes the same pixels, `fast` decodes large JPEGs at "
        "a fraction that leaves four times the target. What is gained depends on the file: where "
        "the entropy decoding of a lightly compressed JPEG takes most of the time, nobody gains "
        "much.\n\n" + markdown_table(_COLUMNS, rows)
    )
    write_section("decode_images", "JPEG files to 224 x 224 pixels", body)


if __name__ == "__main__":
    main()
