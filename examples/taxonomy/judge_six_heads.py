"""Judge a model with one head for each rank that was trained elsewhere; no torch, no images.

`python judge_six_heads.py FOLDER` writes the evidence into FOLDER. In place of ``logits_of_heads``
put what your model gives: for each rank an array (photographs, names of the rank).
"""

import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

import fieldmark as fm

SIZES = {"phylum": 2, "class": 4, "order": 8, "family": 16, "genus": 32, "species": 64}
PHOTOS = 1200


def logits_of_heads(truth: npt.NDArray[np.int64]) -> dict[str, npt.NDArray[np.float64]]:
    """Return invented logits of six heads that err partly together: they share a backbone."""
    rng = np.random.default_rng(0)
    scores = {}
    shared = rng.normal(size=(len(truth), 64))
    for rank, size in SIZES.items():
        below = 64 // size
        logits = rng.normal(size=(len(truth), size))
        logits += shared.reshape(len(truth), size, below).sum(axis=2) / np.sqrt(below)
        logits[np.arange(len(truth)), truth // below] += 3.0
        scores[rank] = logits
    return scores


def main(folder: Path) -> None:
    """Store the heads and their joint answers, and write the report of both questions."""
    leaves = np.arange(64)
    names = {
        rank: [f"{rank} {leaf * size // 64:02d}" for leaf in leaves] for rank, size in SIZES.items()
    }
    taxonomy = fm.build_taxonomy(pl.DataFrame(names), tuple(SIZES))
    truth = np.random.default_rng(1).integers(64, size=PHOTOS)
    items = pl.DataFrame(
        {
            "id": [f"photo-{photo:04d}" for photo in range(PHOTOS)],
            "label": [names["species"][leaf] for leaf in truth],
            "group": [f"observation-{photo // 2:04d}" for photo in range(PHOTOS)],
        }
    )
    heads = fm.rank_heads_of(
        fm.PredictionsHeader(score_kind="logits", contender="six heads", split="validation"),
        items=items,
        taxonomy=taxonomy,
        scores=logits_of_heads(truth),
    )
    alone = fm.rank_wise_heads(heads)
    print(f"The six heads contradict each other on {alone.contradictory.mean():.1%} of the photos.")

    fm.write_rank_heads(folder / "rank-heads" / "validation", heads)
    stored = folder / "predictions" / "validation"
    fm.save_predictions(fm.joint(heads), stored)
    answers = fm.evaluate_predictions(fm.load_predictions(stored))
    print(f"Answered as one path: {answers.estimate('all_ranks_right')}")

    page, sentences = fm.report_predictions([stored], folder / "report")
    print(*sentences, f"Report: {page}", sep="\n")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "six-heads"))
