"""What a second `fieldmark embed` of the same images costs, against the first.

`python -m benchmarks.embed_again [ROUNDS]`; whole processes: Python's start, imports and printing
are part of it. The images are the 990 photos of grocery_produce under `shared/data` with the
published weights of mobilenetv2_100 where they lie beside the checkout, generated JPEGs and random
weights otherwise.
"""

import contextlib
import io
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.extract_embeddings import make_images
from benchmarks.record import Taken, markdown_table, take_in_turns, write_section

SHARED = Path(__file__).resolve().parents[2] / "shared"
PHOTOS = SHARED / "data" / "grocery_produce"
WEIGHTS = SHARED / "weights" / "mobilenetv2_100.safetensors"
GENERATED = 990


def main() -> None:
    """Embed once, then again and again."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        images, what, words = material(folder)
        command = [*fieldmark("embed", str(images), *words), "--out", str(folder / "e")]
        first = taken(command)
        again = median_of([taken(command) for _ in range(rounds)])
        numpy = median_of([taken([sys.executable, "-c", "import numpy"]) for _ in range(rounds)])
        found = in_process(command[1:], rounds)
    timed = {
        "first": first,
        "again": again,
        "of which Python and NumPy start": numpy,
        "of which finding every vector, once all is imported": found,
    }
    rows = [
        (name, f"{one.cpu:.2f}", f"{one.clock:.2f}", f"{one.cpu / first.cpu:.2%}")
        for name, one in timed.items()
    ]
    body = (
        f"{what}, as whole processes; the second time is the median of {rounds}. Neither torch nor "
        "the network is loaded again, and no image is read. Starting Python and importing take as "
        "long for ten images as for a million: of a first run of seconds they are more than 1 %, "
        "of a longer one less.\n\n"
        f"{markdown_table(('fieldmark embed', 'CPU seconds', 'seconds', 'of the first'), rows)}"
        f"\n\n{TRUSTED}"
    )
    write_section("embed_again", "Embedding the same images again", body)


TRUSTED = (
    "What is trusted: an image, mask or weight file whose path, size, inode, device and times of "
    "change (`mtime_ns` and `ctime_ns`) are what they were when it was hashed, those times having "
    "been over two seconds old then, holds the same bytes; and the record of the network (its "
    "contract, widths, digest of its weights) holds for the same spec, runtime, package versions "
    "and weight file. When the network is opened after all, because an image is new, it is "
    "compared with the record. Stored vectors are compared with the digest in their shard's name "
    "each time."
)


def material(folder: Path) -> tuple[Path, str, list[str]]:
    """Return the images, what they are, and the words that name the backbone."""
    if PHOTOS.is_dir() and WEIGHTS.is_file():
        count = sum(1 for _ in PHOTOS.rglob("*.jpg"))
        words = ["--weights", str(WEIGHTS), "--options", '{"pad_type": "same"}']
        what = f"{count} photos of grocery_produce with mobilenetv2_100"
        return PHOTOS, what, ["--backbone", "mobilenetv2_100", *words]
    make_images(folder / "images", GENERATED)
    what = f"{GENERATED} generated JPEGs of 500 x 400 with mobilenetv2_100 and random weights"
    return folder / "images", what, ["--backbone", "mobilenetv2_100"]


def fieldmark(*words: str) -> list[str]:
    """Return the command line that runs fieldmark."""
    return [str(Path(sys.executable).with_name("fieldmark")), *words]


def taken(command: list[str]) -> Taken:
    """Return what a process takes."""
    cpu, clock = sum(os.times()[2:4]), time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return Taken(sum(os.times()[2:4]) - cpu, time.perf_counter() - clock)


def in_process(words: list[str], rounds: int) -> Taken:
    """Return what the same command takes in this process, where everything is imported."""
    from fieldmark.cli.main import main as run

    def call() -> None:
        with contextlib.redirect_stdout(io.StringIO()):
            run(words)

    return take_in_turns({"again": call}, rounds=rounds)["again"]


def median_of(found: list[Taken]) -> Taken:
    """Return the medians."""
    return Taken(
        statistics.median(one.cpu for one in found), statistics.median(one.clock for one in found)
    )


if __name__ == "__main__":
    main()
