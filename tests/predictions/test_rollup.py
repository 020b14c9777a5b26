import numpy as np
import pytest

from fieldmark.core.errors import PredictionsError, TaxonomyError
from fieldmark.manifest.taxonomy import Taxonomy
from fieldmark.predictions.rollup import roll_up

SCORES = np.array([[0.3, 0.25, 0.05, 0.4], [0.1, 0.2, 0.3, 0.4]])


def softmax(logits: np.ndarray) -> np.ndarray:
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    return shares / shares.sum(axis=1, keepdims=True)


def test_probabilities_are_summed_below_each_name(make, tree: Taxonomy) -> None:
    leaves = make(SCORES, ["a", "c"], kind="probabilities", taxonomy=tree)
    genera = roll_up(leaves, "genus")
    assert genera.label_space.classes == ("K", "L", "M")
    assert genera.scores == pytest.approx(np.array([[0.55, 0.05, 0.4], [0.3, 0.3, 0.4]]))
    assert genera.labels.to_list() == ["K", "L"]
    families = roll_up(leaves, "family")
    assert families.scores == pytest.approx(np.array([[0.6, 0.4], [0.6, 0.4]]))


def test_summing_in_two_steps_is_summing_in_one(make, tree: Taxonomy) -> None:
    leaves = make(SCORES, ["a", "c"], kind="probabilities", taxonomy=tree)
    in_two = roll_up(roll_up(leaves, "genus"), "family")
    assert in_two.scores == pytest.approx(roll_up(leaves, "family").scores)
    assert in_two.taxonomy == roll_up(leaves, "family").taxonomy
    assert in_two.taxonomy.ranks == ("family",)


def test_the_softmax_of_summed_logits_is_the_sum_of_the_softmax(make, tree: Taxonomy) -> None:
    logits = np.log(SCORES) + np.array([[100.0], [-100.0]])
    genera = roll_up(make(logits, ["a", "c"], taxonomy=tree), "genus")
    expected = roll_up(make(SCORES, ["a", "c"], kind="probabilities", taxonomy=tree), "genus")
    assert softmax(genera.scores) == pytest.approx(expected.scores)


def test_logits_far_apart_do_not_overflow(make, tree: Taxonomy) -> None:
    logits = np.array([[3e38, -3e38, 0.0, 1e4]], np.float32)
    genera = roll_up(make(logits, ["a"], taxonomy=tree), "genus")
    assert genera.scores[0].tolist() == pytest.approx([3e38, 0.0, 1e4])


def test_columns_may_stand_in_any_order(make, tree: Taxonomy) -> None:
    straight = make(SCORES, ["a", "c"], kind="probabilities", taxonomy=tree)
    turned = make(
        SCORES[:, [3, 1, 0, 2]], ["a", "c"], kind="probabilities", taxonomy=tree, classes="dbac"
    )
    assert roll_up(turned, "genus").scores == pytest.approx(roll_up(straight, "genus").scores)


def test_names_above_no_class_are_left_out(make, tree: Taxonomy) -> None:
    few = make(SCORES[:, :2] * 0, ["b", "d"], taxonomy=tree)
    genera = roll_up(few, "genus")
    assert genera.label_space.classes == ("K",)
    assert genera.labels.to_list() == ["K", "M"]
    assert genera.unknown_label_count == 1


def test_a_label_without_a_column_may_have_one_above(make, tree: Taxonomy) -> None:
    few = make(SCORES[:, [0, 2]] * 0, ["b", "c"], classes=["a", "c"], taxonomy=tree)
    assert few.unknown_label_count == 1
    assert roll_up(few, "genus").unknown_label_count == 0


def test_the_finest_rank_is_the_same_table(make, tree: Taxonomy) -> None:
    leaves = make(SCORES, ["a", "c"], taxonomy=tree)
    assert roll_up(leaves, "species") is leaves


def test_what_else_is_known_is_carried_along(make, tree: Taxonomy) -> None:
    header = {"training_label_counts": {"a": 3, "b": 4, "d": 5}, "seed": 1}
    leaves = make(SCORES, ["a", "c"], taxonomy=tree, training_ids=("t",), header=header)
    genera = roll_up(leaves, "genus")
    assert genera.header.training_label_counts == {"K": 7, "M": 5}
    assert genera.header.seed == 1
    assert genera.header.provenance == {"rolled_up_to": "genus"}
    assert genera.training_ids == ("t",)


@pytest.mark.parametrize(
    ("stored", "result"),
    [(np.float16, np.float32), (np.float32, np.float32), (np.float64, np.float64)],
)
def test_half_precision_is_widened(make, tree: Taxonomy, stored, result) -> None:
    leaves = make(SCORES.astype(stored), ["a", "c"], kind="probabilities", taxonomy=tree)
    assert roll_up(leaves, "genus").scores.dtype == result


def test_similarities_have_no_sum(make, tree: Taxonomy) -> None:
    leaves = make(SCORES, ["a", "c"], kind="similarities", taxonomy=tree)
    with pytest.raises(PredictionsError, match=r"are similarities, which have no sum\. Turn them"):
        roll_up(leaves, "genus")
    assert roll_up(leaves, "species") is leaves


def test_a_table_without_a_taxonomy_is_refused(make) -> None:
    with pytest.raises(PredictionsError, match="Expected a taxonomy to sum 'probe' up to"):
        roll_up(make(SCORES, ["a", "c"]), "genus")


def test_an_unknown_rank_is_refused(make, tree: Taxonomy) -> None:
    with pytest.raises(TaxonomyError, match="Unknown rank 'genera'"):
        roll_up(make(SCORES, ["a", "c"], taxonomy=tree), "genera")
