"""Heads against scikit-learn: on made-up clouds always, on real embeddings where they are there."""

import csv
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from scipy.special import softmax
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.neighbors import KNeighborsClassifier, NearestCentroid
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler, normalize

from fieldmark.embeddings.similarity import nearest_neighbours
from fieldmark.embeddings.table import EmbeddingSet
from fieldmark.heads.linear import LinearSettings, fit_linear
from fieldmark.heads.logistic import LogisticSettings, fit_logistic
from fieldmark.heads.neighbours import KnnSettings, fit_knn
from fieldmark.heads.prototypes import fit_prototypes
from fieldmark.heads.ridge import RidgeSettings, fit_ridge
from fieldmark.manifest.labels import LabelSpace

SHARED = Path(__file__).resolve().parents[3] / "shared"
PER_CLASS, LEARNT_PER_CLASS = 10, 7

Part = tuple[EmbeddingSet, np.ndarray]


def part_of(embeddings: EmbeddingSet, labels: np.ndarray, rows: np.ndarray) -> Part:
    return embeddings.select([embeddings.ids[row] for row in rows]), labels[rows]


def halves(vectors: np.ndarray, labels: np.ndarray, learnt: np.ndarray) -> tuple[Part, Part]:
    ids = tuple(str(row) for row in range(len(vectors)))
    embeddings = EmbeddingSet(ids, vectors.astype(np.float32), {}, {})
    return (
        part_of(embeddings, labels, np.flatnonzero(learnt)),
        part_of(embeddings, labels, np.flatnonzero(~learnt)),
    )


@pytest.fixture(scope="module")
def clouds() -> tuple[Part, Part]:
    """Five overlapping classes in 20 dimensions of very different scale."""
    generator = np.random.default_rng(0)
    labels = np.arange(600) % 5
    vectors = generator.normal(size=(5, 20))[labels] * 0.4 + generator.normal(size=(600, 20))
    return halves(vectors * np.geomspace(0.1, 10, 20) + 1, labels, np.arange(600) < 300)


@pytest.fixture(scope="module")
def photos(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[np.ndarray, list[dict[str, str]], np.ndarray]:
    """Return embeddings of real photos under MobileNetV2, their rows, and who is learnt from."""
    data, weights = SHARED / "data" / "grocery_produce", SHARED / "weights"
    if not (data.is_dir() and weights.is_dir()):
        pytest.skip("the real data and weights do not lie beside this checkout")
    from fieldmark.backbones.encoders import open_encoder
    from fieldmark.backbones.specs import BackboneSpec
    from fieldmark.embeddings.encoder_stores import open_store
    from fieldmark.embeddings.extraction import extract

    with (data / "manifest.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    seen: Counter[str] = Counter()
    chosen, learnt = [], []
    for row in rows:
        seen[row["fine"]] += 1
        if seen[row["fine"]] <= PER_CLASS:
            chosen.append(row)
            learnt.append(seen[row["fine"]] <= LEARNT_PER_CLASS)
    encoder = open_encoder(
        BackboneSpec(
            "mobilenetv2_100",
            str(weights / "mobilenetv2_100.safetensors"),
            options={"pad_type": "same"},
        )
    )
    store = open_store(tmp_path_factory.mktemp("embeddings"), encoder)
    paths = {row["path"]: data / row["path"] for row in chosen}
    return extract(paths, encoder, store).vectors, chosen, np.array(learnt)


@pytest.fixture(scope="module")
def produce(photos) -> tuple[Part, Part]:
    """Real photos of 50 classes of produce."""
    vectors, rows, learnt = photos
    _, labels = np.unique([row["fine"] for row in rows], return_inverse=True)
    return halves(vectors, labels, learnt)


@pytest.fixture(scope="module")
def overlapping_produce(photos) -> tuple[Part, Part]:
    """The largest coarse classes of produce in few dimensions, where none can be split off."""
    vectors, rows, learnt = photos
    most = Counter(row["coarse"] for row in rows).most_common(6)
    kept = np.isin([row["coarse"] for row in rows], [name for name, _ in most])
    of_kept = [row["coarse"] for row, here in zip(rows, kept, strict=True) if here]
    _, labels = np.unique(of_kept, return_inverse=True)
    mean = vectors[learnt].mean(axis=0, dtype=np.float64)
    _, _, axes = np.linalg.svd(vectors[learnt] - mean, full_matrices=False)
    return halves(((vectors - mean) @ axes[:4].T)[kept], labels, learnt[kept])


def space_of(labels: np.ndarray) -> LabelSpace:
    return LabelSpace(tuple(f"class {index}" for index in range(labels.max() + 1)))


def share_right(scores: np.ndarray, labels: np.ndarray) -> float:
    return float((scores.argmax(axis=1) == labels).mean())


def logistic(learnt: Part, **options: float) -> object:
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000, **options))
    return model.fit(learnt[0].vectors.astype(np.float64), learnt[1])


def check_same_neighbours(learnt: Part, asked: Part, count: int) -> None:
    reference = KNeighborsClassifier(count, metric="cosine").fit(
        learnt[0].vectors.astype(np.float64), learnt[1]
    )
    distances, expected = reference.kneighbors(asked[0].vectors.astype(np.float64))
    cosines, positions = nearest_neighbours(asked[0].vectors, learnt[0].vectors, neighbours=count)
    assert 1 - distances == pytest.approx(cosines, abs=1e-6)
    assert np.array_equal(positions, expected)


def check_same_votes(learnt: Part, asked: Part, count: int) -> None:
    head = fit_knn(
        *learnt,
        label_space=space_of(learnt[1]),
        settings=KnnSettings(neighbours=count, temperature=None),
    )
    reference = KNeighborsClassifier(count, metric="cosine").fit(
        learnt[0].vectors.astype(np.float64), learnt[1]
    )
    expected = reference.predict_proba(asked[0].vectors.astype(np.float64))
    assert head.predict_scores(asked[0]) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("count", [1, 3, 10])
def test_neighbours_and_votes_equal_scikit_learn(clouds: tuple[Part, Part], count: int) -> None:
    check_same_neighbours(*clouds, count)
    check_same_votes(*clouds, count)


def test_prototypes_equal_the_nearest_centroid_of_unit_vectors(clouds: tuple[Part, Part]) -> None:
    learnt, asked = clouds
    head = fit_prototypes(*learnt, label_space=space_of(learnt[1]))
    reference = NearestCentroid().fit(normalize(learnt[0].vectors.astype(np.float64)), learnt[1])
    expected = normalize(asked[0].vectors.astype(np.float64)) @ normalize(reference.centroids_).T
    assert head.predict_scores(asked[0]) == pytest.approx(expected, abs=1e-6)


def test_the_linear_head_comes_to_the_optimum_that_scikit_learn_finds(
    clouds: tuple[Part, Part],
) -> None:
    learnt, asked = clouds
    settings = LinearSettings(epochs=300, learning_rate=0.02, weight_decay=0.0, batch_size=100)
    head = fit_linear(*learnt, label_space=space_of(learnt[1]), seed=0, settings=settings)
    model = logistic(learnt, C=1e9)
    probabilities = softmax(head.predict_scores(asked[0]), axis=1)
    expected = model.predict_proba(asked[0].vectors)
    assert np.abs(probabilities - expected).mean() < 0.01


def test_the_linear_head_is_as_good_as_logistic_regression(clouds: tuple[Part, Part]) -> None:
    learnt, asked = clouds
    head = fit_linear(*learnt, label_space=space_of(learnt[1]), seed=0)
    ours = share_right(head.predict_scores(asked[0]), asked[1])
    assert ours >= logistic(learnt).score(asked[0].vectors, asked[1]) - 0.02


def check_same_logistic(learnt: Part, asked: Part, c: float) -> None:
    head = fit_logistic(
        *learnt, label_space=space_of(learnt[1]), settings=LogisticSettings(inverse_penalty=c)
    )
    expected = logistic(learnt, C=c, tol=1e-8).predict_proba(asked[0].vectors.astype(np.float64))
    probabilities = softmax(head.predict_scores(asked[0]).astype(np.float64), axis=1)
    assert probabilities == pytest.approx(expected, abs=1e-4)
    assert head.training.gradient <= 1e-6


@pytest.mark.parametrize("c", [0.001, 0.1, 10.0])
def test_the_logistic_head_equals_scikit_learn(clouds: tuple[Part, Part], c: float) -> None:
    check_same_logistic(*clouds, c)


def test_the_ridge_head_equals_scikit_learn(clouds: tuple[Part, Part]) -> None:
    learnt, asked = clouds
    head = fit_ridge(*learnt, label_space=space_of(learnt[1]), settings=RidgeSettings(0.2))
    model = Ridge(head.training.strength)
    model.fit(learnt[0].vectors.astype(np.float64), np.eye(learnt[1].max() + 1)[learnt[1]])
    expected = model.predict(asked[0].vectors.astype(np.float64))
    assert head.predict_scores(asked[0]) == pytest.approx(expected, abs=1e-6)


@pytest.mark.real
@pytest.mark.slow
def test_the_logistic_head_equals_scikit_learn_on_photos(produce: tuple[Part, Part]) -> None:
    check_same_logistic(*produce, 0.01)


@pytest.mark.real
@pytest.mark.slow
def test_neighbours_linear_and_logistic_stand_in_the_order_of_scikit_learn_on_photos(
    produce: tuple[Part, Part],
) -> None:
    learnt, asked = produce
    space, vectors = space_of(learnt[1]), asked[0].vectors.astype(np.float64)
    knn = KNeighborsClassifier(5, metric="cosine").fit(learnt[0].vectors, learnt[1])
    votes = KnnSettings(neighbours=5, temperature=None)
    penalty = LogisticSettings(inverse_penalty=0.01)
    heads = (
        fit_knn(*learnt, label_space=space, settings=votes),
        fit_logistic(*learnt, label_space=space, settings=penalty),
    )
    ours = [share_right(head.predict_scores(asked[0]), asked[1]) for head in heads]
    theirs = [knn.score(vectors, asked[1]), logistic(learnt, C=0.01).score(vectors, asked[1])]
    assert ours == pytest.approx(theirs, abs=1e-4)
    linear = fit_linear(*learnt, label_space=space, seed=0)
    assert share_right(linear.predict_scores(asked[0]), asked[1]) > ours[0]


@pytest.mark.real
@pytest.mark.slow
def test_heads_give_the_probabilities_of_scikit_learn_and_so_its_order_on_photos(
    overlapping_produce: tuple[Part, Part],
) -> None:
    """Linear without decay, to convergence, is multinomial regression without a penalty.

    With decay it minimises no penalised loss, since AdamW decays apart from it; the logistic head
    is the one with scikit-learn's penalty.
    """
    learnt, asked = overlapping_produce
    space, wide = space_of(learnt[1]), learnt[0].vectors.astype(np.float64)
    whole = LinearSettings(
        epochs=4000, learning_rate=0.1, weight_decay=0.0, batch_size=len(learnt[1])
    )
    votes = KnnSettings(neighbours=5, temperature=None)
    penalty = LogisticSettings(inverse_penalty=0.01)
    ours = {
        "knn": fit_knn(*learnt, label_space=space, settings=votes).predict_scores(asked[0]),
        "linear": logits(fit_linear(*learnt, label_space=space, seed=0, settings=whole), asked),
        "logistic": logits(fit_logistic(*learnt, label_space=space, settings=penalty), asked),
    }
    theirs = {
        "knn": KNeighborsClassifier(5, metric="cosine").fit(wide, learnt[1]),
        "linear": logistic(learnt, C=np.inf, tol=1e-10),
        "logistic": logistic(learnt, C=0.01, tol=1e-8),
    }
    expected = {
        name: model.predict_proba(asked[0].vectors.astype(np.float64))
        for name, model in theirs.items()
    }
    for name, probabilities in ours.items():
        assert probabilities == pytest.approx(expected[name], abs=1e-4), name
    order = [
        sorted(found, key=lambda name, found=found: share_right(found[name], asked[1]))
        for found in (ours, expected)
    ]
    assert order[0] == order[1]


def logits(head, asked: Part) -> np.ndarray:
    """Return the probabilities that a head's logits stand for."""
    return softmax(head.predict_scores(asked[0]).astype(np.float64), axis=1)


@pytest.mark.real
@pytest.mark.slow
def test_the_linear_head_is_as_good_as_logistic_regression_on_photos(
    produce: tuple[Part, Part],
) -> None:
    learnt, asked = produce
    head = fit_linear(*learnt, label_space=space_of(learnt[1]), seed=0)
    ours = share_right(head.predict_scores(asked[0]), asked[1])
    theirs = logistic(learnt).score(asked[0].vectors, asked[1])
    assert ours > 0.8
    assert ours >= theirs - 0.03


@pytest.mark.real
@pytest.mark.slow
def test_neighbours_and_votes_equal_scikit_learn_on_photos(produce: tuple[Part, Part]) -> None:
    check_same_neighbours(*produce, 10)
    check_same_votes(*produce, 5)


@pytest.mark.real
@pytest.mark.slow
def test_every_head_is_far_above_chance_on_photos(produce: tuple[Part, Part]) -> None:
    learnt, asked = produce
    space = space_of(learnt[1])
    for head in (fit_knn(*learnt, label_space=space), fit_prototypes(*learnt, label_space=space)):
        assert share_right(head.predict_scores(asked[0]), asked[1]) > 0.75
