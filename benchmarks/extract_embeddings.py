"""Images to embeddings, end to end from files, against a plain timm and DataLoader script.

`python -m benchmarks.extract_embeddings [IMAGES] [ROUNDS]`; JPEGs of 500 x 400, random weights,
batches of 32, everything on the cores there are. Opening a network and converting it is left out on
both sides; the second `embed` is timed as whole processes. Seconds of processor time, of workers
too, stand beside those on the clock: on a busy machine only they can be repeated.
"""

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.peaks import matrix_peaks, share
from benchmarks.record import Taken, markdown_table, take_in_turns, time_in_turns, write_section
from fieldmark.backbones.specs import BackboneSpec

NETWORKS: dict[str, dict[str, Any]] = {
    "resnet50": {},
    "convnextv2_tiny": {},
    "vit_small_patch14_dinov2": {"img_size": 224},
    "mobilenetv3_large_100": {},
}
RUNTIMES = ("torch-fp32", "openvino-fp32", "openvino-bf16")
BATCH = 32
SIDE = 224
COLUMNS = (
    "network",
    "images/s",
    "times the script",
    "in CPU seconds",
    "largest difference",
    "lowest cosine",
    "of the peak",
)


def main() -> None:
    """Time every network with every runtime in turns, then the second embedding.

    The section is written after each network, so that what was measured stays.
    """
    images = int(sys.argv[1]) if len(sys.argv) > 1 else 128
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files, peaks = make_images(folder / "images", images), matrix_peaks()
        rows: list[list[str]] = []
        for net in NETWORKS:
            # A process each: what one network leaves behind plays no part in the next.
            with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
                rows += process.submit(rows_of, net, files, folder, peaks, rounds).result()
            text = body(rows, peaks, images=images, rounds=rounds)
            write_section("extract_embeddings", "Embedding extraction", text)
        again = second_embedding(folder, images)
    write_section("extract_embeddings", "Embedding extraction", f"{text}\n\n{again}")


def body(rows: list[list[str]], peaks: dict[str, float], *, images: int, rounds: int) -> str:
    """Return what was measured, the table, and how far exact arithmetic could go."""
    told = ", ".join(f"{kind} {peak / 1e9:,.0f}" for kind, peak in peaks.items())
    bounds = ", ".join(
        f"{row[0].split(',')[0]} {100 / float(row[-1][:-1]):.2f}"
        for row in rows
        if row[0].endswith("script")
    )
    return (
        f"{images} JPEGs of 500 x 400 to vectors, batch {BATCH}, {SIDE} pixels, random weights, "
        f"median of {rounds} rounds in turns. The script: timm's evaluation transform, a "
        "DataLoader with one worker per core (and with none; the better counts), eager float32. "
        f"Matrix-multiply peak in GFLOP per CPU second: {told}; a network's operations are twice "
        "its products and sums; the share of the peak is per CPU second, decoding included. The "
        "share that the script reaches bounds what exact float32 can gain over it in CPU seconds, "
        f"even without decoding: {bounds} times.\n\n{markdown_table(COLUMNS, rows)}"
    )


def make_images(folder: Path, count: int) -> list[Path]:
    """Write JPEGs that all differ, about as smooth as photos; return them."""
    from PIL import Image

    folder.mkdir()
    generator = np.random.default_rng(0)
    files = [folder / f"{number:05}.jpg" for number in range(count)]
    for file in files:
        small = generator.integers(0, 255, (50, 63, 3)).astype(np.uint8)
        large = Image.fromarray(small).resize((500, 400), Image.Resampling.BICUBIC)
        grain = generator.normal(0, 6, (400, 500, 3))
        pixels = np.clip(np.asarray(large) + grain, 0, 255).astype(np.uint8)
        Image.fromarray(pixels).save(file, quality=90)
    return files


def rows_of(
    name: str, files: list[Path], folder: Path, peaks: dict[str, float], rounds: int
) -> list[list[str]]:
    """Return the table's rows of one network."""
    script = plain_script(name, files)
    calls: dict[str, Callable[[], object]] = {
        "script, workers": lambda: script(workers=2),
        "script, no workers": lambda: script(workers=0),
    }
    kept: dict[str, np.ndarray[Any, Any]] = {}
    for runtime in RUNTIMES:
        calls[runtime] = extraction(name, runtime, files, folder, kept)
    taken = take_in_turns(calls, rounds=rounds)
    scripts = taken["script, workers"], taken["script, no workers"]
    plain = Taken(min(one.cpu for one in scripts), min(one.clock for one in scripts))
    expected, work = script(workers=0), operations(name) * len(files)
    rows = [
        [
            f"{name}, script",
            f"{len(files) / plain.clock:.1f}",
            "1.00",
            "1.00",
            "",
            "",
            share(work, plain, peaks["float32"]),
        ]
    ]
    for runtime in RUNTIMES:
        difference = np.abs(kept[runtime] - expected).max()
        norms = np.linalg.norm(kept[runtime], axis=1) * np.linalg.norm(expected, axis=1)
        cosine = ((kept[runtime] * expected).sum(axis=1) / norms).min()
        kind = "bfloat16" if runtime.endswith("bf16") else "float32"
        rows.append(
            [
                f"{name}, {runtime}",
                f"{len(files) / taken[runtime].clock:.1f}",
                f"{plain.clock / taken[runtime].clock:.2f}",
                f"{plain.cpu / taken[runtime].cpu:.2f}",
                f"{difference:.1e}",
                f"{cosine:.6f}",
                share(work, taken[runtime], peaks[kind]),
            ]
        )
    return rows


def plain_script(name: str, files: list[Path]) -> Callable[..., "np.ndarray[Any, Any]"]:
    """Return what a person would write with timm and torch."""
    import torch
    from PIL import Image
    from timm.data import create_transform, resolve_model_data_config

    model = _network(name)
    transform = create_transform(
        **resolve_model_data_config(model, {"input_size": (3, SIDE, SIDE)})
    )

    class Files(torch.utils.data.Dataset[torch.Tensor]):  # type: ignore[misc]
        def __len__(self) -> int:
            return len(files)

        def __getitem__(self, row: int) -> torch.Tensor:
            prepared: torch.Tensor = transform(Image.open(files[row]).convert("RGB"))
            return prepared

    def run(*, workers: int) -> "np.ndarray[Any, Any]":
        loader = torch.utils.data.DataLoader(
            Files(),
            batch_size=BATCH,
            num_workers=workers,
            multiprocessing_context="fork" if workers else None,
        )
        with torch.no_grad():
            return np.concatenate([model(batch).numpy() for batch in loader])

    return run


def extraction(
    name: str, runtime: str, files: list[Path], folder: Path, kept: dict[str, Any]
) -> Callable[[], object]:
    """Return a call that embeds the files into a store that is new each time."""
    from fieldmark.backbones.encoders import open_encoder
    from fieldmark.embeddings.encoder_stores import open_store
    from fieldmark.embeddings.extraction import extract

    encoder = open_encoder(_spec(name), runtime=runtime)
    images = {file.stem: file for file in files}

    def run() -> None:
        place = folder / "stores"
        kept[runtime] = extract(
            images, encoder, open_store(place, encoder), batch_size=BATCH
        ).vectors
        shutil.rmtree(place)

    return run


def operations(name: str) -> float:
    """Return the operations of one picture: two for every product in convolutions and layers."""
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        _network(name)(torch.zeros(1, 3, SIDE, SIDE))
    return float(counter.get_total_flops())


def second_embedding(folder: Path, images: int) -> str:
    """Return what a second `fieldmark embed` costs, in whole processes."""
    command = [sys.executable, "-m", "fieldmark.cli.main", "embed", str(folder / "images")]
    command += ["--backbone", "resnet50", "--out", str(folder / "embed")]
    seconds = []
    for _ in range(2):
        started = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        seconds.append(time.perf_counter() - started)
    found = in_process(folder)
    return (
        f"`fieldmark embed` of the {images} images with resnet50 in torch float32 took "
        f"{seconds[0]:.1f} s as a process, a second time {seconds[1]:.2f} s, of which "
        f"{1000 * found:.0f} ms went to finding the vectors of all images and the rest to starting "
        f"Python: {found / seconds[0]:.2%} and {seconds[1] / seconds[0]:.1%} of the first."
    )


def in_process(folder: Path) -> float:
    """Return the seconds of finding all vectors again, in this process."""
    from fieldmark.workflows.embedding import EmbeddingPlan, embed, images_of

    plan = EmbeddingPlan(spec=_spec("resnet50"))

    def run() -> None:
        embed(images_of(folder / "images"), plan, out=folder / "embed")

    return time_in_turns({"again": run})["again"]


def _network(name: str) -> Any:
    from fieldmark.backbones.networks import build_network

    return build_network(_spec(name)).eval()


def _spec(name: str) -> BackboneSpec:
    return BackboneSpec(name, options=NETWORKS[name])


if __name__ == "__main__":
    main()
