"""Heads against scikit-learn on embeddings of real photos; a part of `benchmarks.real_input`."""

import csv
from collections import Counter
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from scipy.special import softmax
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from benchmarks.real_studies import DATA, write_study
from benchmarks.record import markdown_table
from fieldmark.backbones.encoders import open_encoder
from fieldmark.core.progress import SilentProgress
from fieldmark.embeddings.table import EmbeddingSet
from fieldmark.experiments.study_file import read_study
from fieldmark.heads.linear import LinearSettings, fit_linear
from fieldmark.heads.logistic import LogisticSettings, fit_logistic
from fieldmark.heads.neighbours import KnnSettings, fit_knn
from fieldmark.manifest.labels import LabelSpace
from fieldmark.workflows.ground import open_ground
from fieldmark.workflows.learning import backbone_spec, embed

Floats = npt.NDArray[np.float64]
Part = tuple[EmbeddingSet, npt.NDArray[np.int64]]

NEIGHBOURS: Final = 5
INVERSE_PENALTY: Final = 0.01
COARSE_CLASSES: Final = 6
COMPONENTS: Final = 6
PARTS: Final = ("train", "test")


def heads_against_scikit_learn(folder: Path) -> str:
    """Return the table of heads beside scikit-learn, on the photos of groceries."""
    parts, labels = _embedded(folder), _labels("fine")
    fine = [_part(part, labels, sorted(set(labels.values()))) for part in parts]
    rows = [
        _row(f"k nearest neighbours, {NEIGHBOURS} equal votes", fine, _knn(*fine)),
        _row(f"logistic, C = {INVERSE_PENALTY:g}", fine, _logistic(*fine)),
    ]
    coarse = _overlapping(parts)
    rows.append(_row("linear, trained to convergence", coarse, _linear(*coarse)))
    columns = ("head", "n", "accuracy", "scikit-learn", "largest difference of a probability")
    return (
        "Heads against scikit-learn on the same embeddings of the groceries: neighbours against "
        "`KNeighborsClassifier` under cosine distance, logistic against `StandardScaler` and "
        f"`LogisticRegression` with the same C, on {len(set(labels.values()))} classes. The linear "
        "head decays its weights apart from the loss, so that with decay it minimises no penalised "
        "loss; it is compared without, where the optimum is finite: on the first "
        f"{COMPONENTS} principal components and the {COARSE_CLASSES} largest coarse classes, whole "
        "batches, against `LogisticRegression` without penalty.\n\n"
        f"{markdown_table(columns, rows)}"
    )


def _embedded(folder: Path) -> list[EmbeddingSet]:
    file = read_study(write_study(DATA[0], folder / DATA[0].folder))
    probe: Any = file.study.contenders["probe"]
    encoder = open_encoder(backbone_spec(file, probe.backbone))
    found = embed(open_ground(file), encoder, PARTS, SilentProgress())
    return [found[part] for part in PARTS]


def _labels(column: str) -> dict[str, str]:
    with (DATA[0].place / "manifest.csv").open(encoding="utf-8", newline="") as stream:
        return {row["path"]: row[column] for row in csv.DictReader(stream)}


def _part(embeddings: EmbeddingSet, labels: dict[str, str], classes: list[str]) -> Part:
    kept = [name for name in embeddings.ids if labels[name] in classes]
    return embeddings.select(kept), np.array([classes.index(labels[name]) for name in kept])


def _overlapping(parts: list[EmbeddingSet]) -> list[Part]:
    """Return the largest coarse classes in few dimensions, where none can be split off."""
    labels = _labels("coarse")
    most = Counter(labels[name] for name in parts[0].ids).most_common(COARSE_CLASSES)
    mean = parts[0].vectors.mean(axis=0, dtype=np.float64)
    _, _, axes = np.linalg.svd(parts[0].vectors - mean, full_matrices=False)
    found = []
    for whole in parts:
        embeddings, positions = _part(whole, labels, [name for name, _ in most])
        few = ((embeddings.vectors - mean) @ axes[:COMPONENTS].T).astype(np.float32)
        found.append((EmbeddingSet(embeddings.ids, few, {}, {}), positions))
    return found


def _space(positions: npt.NDArray[np.int64]) -> LabelSpace:
    return LabelSpace(tuple(f"class {place}" for place in range(positions.max() + 1)))


def _knn(learnt: Part, asked: Part) -> tuple[Floats, Floats]:
    settings = KnnSettings(neighbours=NEIGHBOURS, temperature=None)
    head = fit_knn(*learnt, label_space=_space(learnt[1]), settings=settings)
    model = KNeighborsClassifier(NEIGHBOURS, metric="cosine").fit(_wide(learnt), learnt[1])
    return head.predict_scores(asked[0]).astype(np.float64), model.predict_proba(_wide(asked))


def _logistic(learnt: Part, asked: Part) -> tuple[Floats, Floats]:
    settings = LogisticSettings(inverse_penalty=INVERSE_PENALTY)
    head = fit_logistic(*learnt, label_space=_space(learnt[1]), settings=settings)
    model = LogisticRegression(C=INVERSE_PENALTY, max_iter=5000, tol=1e-8)
    expected = make_pipeline(StandardScaler(), model).fit(_wide(learnt), learnt[1])
    scores = head.predict_scores(asked[0]).astype(np.float64)
    return softmax(scores, axis=1), expected.predict_proba(_wide(asked))


def _linear(learnt: Part, asked: Part) -> tuple[Floats, Floats]:
    settings = LinearSettings(
        epochs=4000, learning_rate=0.1, weight_decay=0.0, batch_size=len(learnt[1])
    )
    head = fit_linear(*learnt, label_space=_space(learnt[1]), seed=0, settings=settings)
    model = LogisticRegression(C=np.inf, max_iter=20_000, tol=1e-10)
    expected = make_pipeline(StandardScaler(), model).fit(_wide(learnt), learnt[1])
    scores = head.predict_scores(asked[0]).astype(np.float64)
    return softmax(scores, axis=1), expected.predict_proba(_wide(asked))


def _wide(part: Part) -> Floats:
    return part[0].vectors.astype(np.float64)


def _row(name: str, parts: list[Part], found: tuple[Floats, Floats]) -> list[str]:
    truth = parts[1][1]
    right = [f"{100 * (one.argmax(axis=1) == truth).mean():.2f} %" for one in found]
    return [name, f"{len(truth):,}", *right, f"{np.abs(found[0] - found[1]).max():.0e}"]
