import numpy as np
import pytest

from fieldmark.core.errors import ManifestError
from fieldmark.manifest.taxonomy import Taxonomy
from fieldmark.predictions import row_kernels
from fieldmark.predictions import summary as module
from fieldmark.predictions.rank_sums import rank_codes
from fieldmark.predictions.summary import summarise, summarise_with_ranks

SCORES = np.array([[0.4, 0.0, 0.3, 0.3], [0.2, 0.2, 0.0, 0.6]])


def test_names_are_numbered_candidates_first_then_by_name(make, tree: Taxonomy) -> None:
    few = make(SCORES[:, :2] * 0, ["d", "a"], classes=["d", "c"], taxonomy=tree)
    family, genus = rank_codes(few, tree)
    assert (family.names, family.candidates) == (("F", "G"), 2)
    assert (genus.names, genus.candidates) == (("L", "M", "K"), 2)
    assert genus.nodes.tolist() == [1, 2, 0]
    assert genus.columns.tolist() == [1, 0]
    assert genus.parents.tolist() == [1, 0]
    assert family.parents.tolist() == [0, 1]
    assert family.columns.tolist() == [1, 0]
    assert genus.truth.tolist() == [1, 2]


def test_labels_outside_the_taxonomy_are_refused(make, tree: Taxonomy) -> None:
    table = make(SCORES[:1], ["x"], kind="probabilities")
    with pytest.raises(ManifestError, match="'x'"):
        rank_codes(table, tree)


def test_every_rank_is_summed_from_the_next_finer(make, tree: Taxonomy) -> None:
    table = make(SCORES, ["b", "c"], kind="probabilities", taxonomy=tree)
    leaf, (family, genus) = summarise_with_ranks(table, tree)
    assert np.array_equal(leaf.truth_rank, summarise(table).truth_rank)
    assert family.best.tolist() == [0, 1]
    assert family.place.tolist() == [1, 2]
    assert family.confidence == pytest.approx([0.7, 0.6])
    assert family.truth_probability == pytest.approx([0.7, 0.4])
    assert genus.predicted.tolist() == [0, 2]
    assert genus.place.tolist() == [1, 3]
    assert genus.truth_probability == pytest.approx([0.4, 0.0])


def test_a_name_above_no_class_has_no_probability_and_the_last_place(make, tree: Taxonomy) -> None:
    table = make([[0.4, 0.6]], ["d"], kind="probabilities", classes=["a", "c"], taxonomy=tree)
    _, (_, genus) = summarise_with_ranks(table, tree)
    assert genus.place.tolist() == [3]
    assert genus.truth_probability.tolist() == [0.0]


def test_similarities_keep_the_answers_and_have_no_sums(make, tree: Taxonomy) -> None:
    table = make(SCORES, ["b", "c"], kind="similarities", taxonomy=tree)
    leaf, (family, genus) = summarise_with_ranks(table, tree)
    assert leaf.sum_of_squares is None
    assert genus.predicted.tolist() == [0, 2]
    assert family.best is family.place is family.confidence is family.truth_probability is None


@pytest.mark.parametrize("kind", ["logits", "probabilities"])
def test_squares_are_those_of_the_probabilities(make, kind) -> None:
    scores = np.log(SCORES + 0.01) if kind == "logits" else SCORES
    shares = np.exp(scores) / np.exp(scores).sum(1, keepdims=True) if kind == "logits" else scores
    found = summarise(make(scores, ["a", "b"], kind=kind)).sum_of_squares
    assert found == pytest.approx((shares**2).sum(axis=1), rel=1e-12)


@pytest.mark.parametrize("kind", ["logits", "probabilities"])
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_the_compiled_pass_gives_what_numpy_gives(make, tree, monkeypatch, kind, dtype) -> None:
    pytest.importorskip("numba")
    rng = np.random.default_rng(0)
    scores = rng.integers(5, size=(203, 4)).astype(dtype)
    if kind == "probabilities":
        scores = (scores + 1) / (scores + 1).sum(axis=1, keepdims=True, dtype=dtype)
    labels = rng.choice(list("abcd"), 203).tolist()
    table = make(
        scores[:, [2, 0, 3]] if kind == "logits" else scores[:, [2, 0, 3, 1]],
        labels,
        kind=kind,
        classes=list("cad" if kind == "logits" else "cadb"),
        taxonomy=tree,
    )
    monkeypatch.setattr(module, "_BLOCK_BYTES", 100)
    monkeypatch.setattr(row_kernels, "COMPILED_FROM", 1 << 60)
    expected = summarise_with_ranks(table, tree)
    monkeypatch.setattr(row_kernels, "COMPILED_FROM", 0)
    found = summarise_with_ranks(table, tree)
    for name in ("predicted", "truth_rank", "top_score", "truth_score", "truth_log_probability"):
        assert np.array_equal(getattr(found[0], name), getattr(expected[0], name))
    assert found[0].sum_of_squares == pytest.approx(expected[0].sum_of_squares, rel=1e-12)
    for one, other in zip(found[1], expected[1], strict=True):
        for name in ("best", "place", "confidence", "truth_probability"):
            assert np.array_equal(getattr(one, name), getattr(other, name))
