import numpy as np
import pytest
from scipy.special import softmax
from sklearn.linear_model import LogisticRegression

from fieldmark.core.errors import ManifestError
from fieldmark.heads import logistic_folds
from fieldmark.heads.logistic_folds import fit_logistic_folds


def data_of(classes: int, n: int = 120, width: int = 7) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(classes)
    labels = np.arange(n) % classes
    inputs = generator.normal(size=(n, width)) + generator.normal(size=(classes, width))[labels]
    return inputs, labels


@pytest.mark.parametrize("classes", [2, 3, 10])
@pytest.mark.parametrize("c", [0.01, 1.0])
@pytest.mark.parametrize("at_once", [1, 1 << 24])
def test_every_fold_equals_scikit_learn(
    classes: int, c: float, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logistic_folds, "_NUMBERS_AT_ONCE", at_once)
    inputs, labels = data_of(classes)
    learnt = np.arange(120) // 10 % 4 != np.arange(4)[:, None]
    counts = 0.5 + np.arange(120) % 3
    found = fit_logistic_folds(
        inputs, labels, learnt=learnt, n_classes=classes, penalty=1 / c, counts=counts
    )
    assert found.gradient.max() <= 1e-6
    for rows, logits in zip(learnt, found.logits(inputs), strict=True):
        model = LogisticRegression(C=c, tol=1e-9, max_iter=5000)
        model.fit(inputs[rows], labels[rows], sample_weight=counts[rows])
        expected = model.predict_proba(inputs)
        assert softmax(logits, axis=1) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("classes", [2, 4])
def test_a_class_without_images_expects_half_an_image(classes: int) -> None:
    inputs, labels = data_of(classes)
    learnt = np.stack([labels != 0, np.ones(120, dtype=bool)])
    found = fit_logistic_folds(inputs, labels, learnt=learnt, n_classes=classes, penalty=1.0)
    assert not found.weights[0, 0].any()
    share = softmax(found.logits(inputs)[0], axis=1)[learnt[0], 0]
    assert np.exp(np.log(share).mean()) == pytest.approx(0.5 / learnt[0].sum(), rel=0.1)
    alone = fit_logistic_folds(inputs, labels, learnt=learnt[1:], n_classes=classes, penalty=1.0)
    assert found.logits(inputs)[1] == pytest.approx(alone.logits(inputs)[0], abs=1e-3)


def test_a_start_changes_the_steps_and_not_the_end() -> None:
    inputs, labels = data_of(3)
    learnt = np.arange(120) % 5 != np.arange(5)[:, None]
    cold = fit_logistic_folds(inputs, labels, learnt=learnt, n_classes=3, penalty=1.0)
    warm = fit_logistic_folds(inputs, labels, learnt=learnt, n_classes=3, penalty=1.0, start=cold)
    assert warm.steps == 0
    assert warm.weights == pytest.approx(cold.weights, abs=1e-12)


@pytest.mark.parametrize(
    ("labels", "learnt", "penalty", "message"),
    [
        (3, (1, 4), 1.0, r"got labels of shape \(3,\) and folds of shape \(1, 4\)"),
        (4, (1, 5), 1.0, r"got labels of shape \(4,\) and folds of shape \(1, 5\)"),
        (4, (1, 4), -1.0, "Expected a penalty above 0; got -1.0"),
    ],
)
def test_what_does_not_fit_is_refused(
    labels: int, learnt: tuple[int, int], penalty: float, message: str
) -> None:
    with pytest.raises(ManifestError, match=message):
        fit_logistic_folds(
            np.ones((4, 2)),
            np.zeros(labels, np.int64),
            learnt=np.ones(learnt, bool),
            n_classes=2,
            penalty=penalty,
        )


def test_a_fold_of_nothing_is_refused() -> None:
    learnt = np.array([[True, True], [False, False]])
    with pytest.raises(ManifestError, match="learn from an image; fold 1 has none"):
        fit_logistic_folds(
            np.ones((2, 1)), np.array([0, 1]), learnt=learnt, n_classes=2, penalty=1.0
        )


@pytest.mark.parametrize("classes", [2, 3])
def test_a_fold_of_one_class_answers_it_always(classes: int) -> None:
    inputs, labels = data_of(classes)
    learnt = np.stack([labels == 1, np.ones(120, dtype=bool)])
    found = fit_logistic_folds(inputs, labels, learnt=learnt, n_classes=classes, penalty=1.0)
    assert found.gradient.max() <= 1e-6
    assert (found.logits(inputs)[0].argmax(axis=1) == 1).all()
