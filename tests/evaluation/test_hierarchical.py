import numpy as np
import polars as pl
import pytest

from fieldmark.core.errors import ManifestError
from fieldmark.evaluation.hierarchical import answers_at_all_ranks, contradictions
from fieldmark.manifest.taxonomy import build_taxonomy
from fieldmark.predictions.rollup import roll_up
from fieldmark.predictions.summary import summarise


def test_ranks_are_the_ancestors_of_the_best_leaf(make, tree):
    table = make([[0.4, 0.0, 0.3, 0.3], [0.2, 0.2, 0.0, 0.6]], ["b", "c"], taxonomy=tree)
    family, genus = answers_at_all_ranks(table, tree)[1].ranks
    assert (family.rank, genus.rank) == ("family", "genus")
    assert family.classes == ("F", "G")
    assert family.truth.tolist() == [0, 0]
    assert family.predicted.tolist() == [0, 1]
    assert genus.classes == ("K", "L", "M")
    assert genus.truth.tolist() == [0, 1]
    assert genus.predicted.tolist() == [0, 2]


def test_confidence_and_place_come_from_the_summed_probabilities(make, tree):
    table = make([[0.4, 0.0, 0.3, 0.3], [0.2, 0.2, 0.0, 0.6]], ["b", "c"], taxonomy=tree)
    family, genus = answers_at_all_ranks(table, tree)[1].ranks
    assert family.confidence == pytest.approx([0.7, 0.6])
    assert family.place.tolist() == [1, 2]
    assert genus.confidence == pytest.approx([0.4, 0.6])
    assert np.exp(genus.log_probability) == pytest.approx([0.4, 0.0])


def test_names_above_no_column_are_no_candidates_and_cannot_be_right(make, tree):
    table = make([[0.4, 0.6]], ["d"], classes=["a", "c"], taxonomy=tree)
    family, genus = answers_at_all_ranks(table, tree)[1].ranks
    assert (family.candidates, genus.candidates) == (1, 2)
    assert genus.classes == ("K", "L", "M")
    assert not genus.known.any()
    assert genus.place.tolist() == [3]
    assert genus.log_probability.tolist() == [-np.inf]


def test_an_unknown_species_of_a_known_genus_can_be_right_at_the_genus(make, tree):
    table = make([[0.9, 0.1]], ["b"], classes=["a", "c"], taxonomy=tree)
    _, genus = answers_at_all_ranks(table, tree)[1].ranks
    assert genus.known.tolist() == [True]
    assert genus.right.tolist() == [True]


def test_columns_in_any_order_give_the_same_answers(make, tree):
    rng = np.random.default_rng(0)
    scores = rng.dirichlet(np.ones(4), size=20)
    labels = rng.choice(list("abcd"), 20).tolist()
    order = [2, 0, 3, 1]
    one = make(scores, labels, taxonomy=tree)
    other = make(scores[:, order], labels, classes=["c", "a", "d", "b"], taxonomy=tree)
    for first, second in zip(
        answers_at_all_ranks(one, tree)[1].ranks,
        answers_at_all_ranks(other, tree)[1].ranks,
        strict=True,
    ):
        assert np.array_equal(first.predicted, second.predicted)
        assert np.array_equal(first.place, second.place)
        assert first.confidence == pytest.approx(second.confidence)


@pytest.mark.parametrize("kind", ["logits", "probabilities"])
def test_places_and_probabilities_agree_with_the_rolled_up_table(make, kind):
    rng = np.random.default_rng(1)
    species = np.arange(30)
    frame = pl.DataFrame(
        {
            "order": [f"o{number // 13}" for number in species],
            "genus": [f"g{number // 4 * 5 % 8}{number // 13}" for number in species],
            "species": [f"s{number:02d}" for number in rng.permutation(30)],
        }
    )
    taxonomy = build_taxonomy(frame, ("order", "genus", "species"))
    scores = rng.normal(size=(50, 20)) * 3
    if kind == "probabilities":
        scores = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    labels = rng.choice(frame["species"].to_numpy(), 50).tolist()
    table = make(
        scores, labels, kind=kind, classes=frame["species"][:20].to_list(), taxonomy=taxonomy
    )
    _, path = answers_at_all_ranks(table, taxonomy)
    for answers in path.ranks:
        summary = summarise(roll_up(table, answers.rank))
        assert np.array_equal(answers.known, ~summary.unknown)
        assert np.array_equal(answers.place, summary.truth_rank)
        assert answers.log_probability == pytest.approx(summary.truth_log_probability, abs=1e-9)


def test_equal_sums_are_placed_in_the_order_of_names(make, tree):
    table = make([[0.25, 0.25, 0.5, 0.0]] * 2, ["c", "a"], taxonomy=tree)
    _, genus = answers_at_all_ranks(table, tree)[1].ranks
    assert genus.place.tolist() == [2, 1]


def test_similarities_keep_the_path_and_have_no_sums(make, tree):
    table = make([[0.9, 0.1, 0.3, 0.2]], ["b"], kind="similarities", taxonomy=tree)
    _, path = answers_at_all_ranks(table, tree)
    assert path.contradictory is None
    assert [answers.right.tolist() for answers in path.ranks] == [[True], [True]]
    assert all(answers.place is None for answers in path.ranks)
    assert all(answers.confidence is None for answers in path.ranks)


def test_a_tree_of_leaves_alone_has_no_ranks_above(make):
    flat = build_taxonomy(pl.DataFrame({"species": ["a", "b"]}), ("species",))
    table = make([[0.9, 0.1]], ["a"], taxonomy=flat)
    _, path = answers_at_all_ranks(table, flat)
    assert path.ranks == ()
    assert path.contradictory is None


def test_contradictions_look_at_every_step_of_the_tree(tree):
    nodes = [np.array([0, 0, 1, 1]), np.array([0, 2, 2, 2]), np.array([1, 3, 3, 0])]
    assert contradictions(tree, nodes).tolist() == [False, True, False, True]


def test_a_class_outside_the_taxonomy_is_refused(make, tree):
    table = make([[0.9, 0.1]], ["a"], classes=["a", "x"])
    with pytest.raises(ManifestError, match="'x'"):
        answers_at_all_ranks(table, tree)
