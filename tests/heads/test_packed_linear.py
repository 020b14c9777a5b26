from collections.abc import Callable

import numpy as np
import pytest

from fieldmark.core.errors import ManifestError, StudyError
from fieldmark.embeddings.table import EmbeddingSet
from fieldmark.heads import packed_linear
from fieldmark.heads.linear import LinearSettings, fit_linear
from fieldmark.heads.packed_linear import PackedRun, fit_packed
from fieldmark.manifest.labels import LabelSpace

Clouds = Callable[..., tuple[EmbeddingSet, np.ndarray]]


def runs_of(count: int) -> list[PackedRun]:
    rows = np.arange(count)
    return [
        PackedRun(rows[rows % 3 != fold], seed, settings)
        for settings in (
            LinearSettings(epochs=7, batch_size=5),
            LinearSettings(epochs=4, learning_rate=0.02, weight_decay=0, class_weights="balanced"),
        )
        for seed in (0, 3)
        for fold in range(3)
    ]


@pytest.mark.parametrize("is_compiled", [True, False])
def test_packed_heads_equal_those_fitted_one_by_one(
    clouds: Clouds, space: LabelSpace, monkeypatch: pytest.MonkeyPatch, is_compiled: bool
) -> None:
    if is_compiled:
        pytest.importorskip("numba")
    else:
        monkeypatch.setattr(packed_linear, "find_spec", lambda name: None)
    embeddings, labels = clouds(11, spread=1.5)
    labels = np.where(labels == 2, np.arange(len(labels)) % 2, labels)
    runs = runs_of(len(labels))
    for run, head in zip(runs, fit_packed(embeddings, labels, runs, space), strict=True):
        rows = run.train_rows
        known = embeddings.select([embeddings.ids[row] for row in rows])
        alone = fit_linear(
            known, labels[rows], label_space=space, seed=run.seed, settings=run.settings
        )
        assert head.predict_scores(embeddings) == pytest.approx(
            alone.predict_scores(embeddings), abs=1e-5
        )
        assert head.origin == alone.origin
        assert head.settings == alone.settings
        assert np.array_equal(head.mean, alone.mean)
        ours, theirs = head.training, alone.training
        assert ours.first_batch_digest == theirs.first_batch_digest
        assert ours.first_loss == pytest.approx(theirs.first_loss, abs=1e-6)
        assert ours.loss_curve == pytest.approx(theirs.loss_curve, abs=1e-5)
        assert (ours.seed, ours.best_epoch) == (theirs.seed, theirs.best_epoch)


def test_no_runs_give_no_heads(clouds: Clouds, space: LabelSpace) -> None:
    assert fit_packed(*clouds(), [], space) == ()


def test_many_classes_are_fitted_one_by_one(clouds: Clouds) -> None:
    embeddings, labels = clouds(2)
    wide = LabelSpace(tuple(map(str, range(70))))
    (head,) = fit_packed(
        embeddings, labels, [PackedRun(np.arange(6), 0, LinearSettings(epochs=1))], wide
    )
    alone = fit_linear(
        embeddings, labels, label_space=wide, seed=0, settings=LinearSettings(epochs=1)
    )
    assert head.digest == alone.digest


def test_a_training_that_diverges_is_refused(clouds: Clouds, space: LabelSpace) -> None:
    run = PackedRun(np.arange(36), 0, LinearSettings(epochs=200, learning_rate=1e38))
    with pytest.raises(StudyError, match=r"linear head diverged: the loss is (nan|inf) in epoch"):
        fit_packed(*clouds(), [run], space)


@pytest.mark.parametrize("rows", [[0, 0], [[0]], [0.5]])
def test_rows_that_are_no_rows_are_refused(rows: object) -> None:
    with pytest.raises(ManifestError, match="as whole numbers, each once; got"):
        PackedRun(np.array(rows), 0)


@pytest.mark.parametrize(
    ("rows", "got"), [([], "none"), ([0, 36], "2 from 0 to 36"), ([-1], "1 from -1 to -1")]
)
def test_rows_outside_the_embeddings_are_refused(
    clouds: Clouds, space: LabelSpace, rows: list[int], got: str
) -> None:
    run = PackedRun(np.array(rows, dtype=np.int64), 0)
    with pytest.raises(ManifestError, match=rf"from 0 to 35 for each run; got {got}\."):
        fit_packed(*clouds(), [run], space)
