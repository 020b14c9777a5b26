import numpy as np
import polars as pl
import pytest

from fieldmark.evaluation.evaluate import judge
from fieldmark.manifest.labels import LabelSpace
from fieldmark.manifest.taxonomy import build_taxonomy
from fieldmark.predictions.header import PredictionsHeader
from fieldmark.predictions.table import Predictions
from fieldmark.report.confusions import confusion_of

TREE = pl.DataFrame(
    {
        "order": ["Agaricales"] * 3 + ["Boletales"] * 2,
        "genus": ["Amanita", "Amanita", "Mycena", "Boletus", "Suillus"],
        "species": ["A. fulva", "A. rubescens", "M. pura", "B. edulis", "S. luteus"],
    }
)
LEAVES = tuple(TREE["species"])


def predicted(labels, answers, *, classes=LEAVES, taxonomy=None) -> Predictions:
    scores = np.zeros((len(labels), len(classes)), dtype=np.float32)
    scores[np.arange(len(labels)), [classes.index(answer) for answer in answers]] = 1.0
    return Predictions(
        header=PredictionsHeader(score_kind="logits", contender="probe", split="test"),
        items=pl.DataFrame({"id": [f"i{row}" for row in range(len(labels))], "label": labels}),
        label_space=LabelSpace(classes),
        scores=scores,
        taxonomy=taxonomy,
    )


def confusion(predictions, **limits):
    return confusion_of(predictions, judge(predictions).leaf, **limits)


def taxonomy():
    return build_taxonomy(TREE, ("order", "genus", "species"))


def test_a_small_label_space_is_shown_as_it_is() -> None:
    found = confusion(predicted(["a", "a", "b"], ["a", "b", "b"], classes=("b", "a", "c")))
    assert (found.rank, found.names, found.blocks) == ("class", ("a", "b"), ())
    assert found.counts.tolist() == [[1, 1], [0, 1]]
    assert (found.contender, found.split, found.images, found.classes) == ("probe", "test", 3, 3)


def test_the_matrix_equals_a_slow_count() -> None:
    rng = np.random.default_rng(0)
    labels = [LEAVES[i] for i in rng.integers(5, size=200)]
    answers = [LEAVES[i] for i in rng.integers(5, size=200)]
    found = confusion(predicted(labels, answers, taxonomy=taxonomy()))
    assert found.rank == "species"
    for row, truth in enumerate(found.names):
        for column, answer in enumerate(found.names):
            both = sum(
                (one, two) == (truth, answer) for one, two in zip(labels, answers, strict=True)
            )
            assert found.counts[row, column] == both
    assert found.counts.sum() == 200


def test_the_finest_rank_that_can_be_read_is_chosen() -> None:
    predictions = predicted(list(LEAVES), list(LEAVES[::-1]), taxonomy=taxonomy())
    found = confusion(predictions, most_classes=4)
    assert found.rank == "genus"
    assert found.names == ("Amanita", "Mycena", "Boletus", "Suillus")
    assert found.blocks == (("Agaricales", 2), ("Boletales", 2))
    assert found.counts.sum() == 5
    assert confusion(predictions, most_classes=2).rank == "order"
    assert confusion(predictions, most_classes=2).blocks == ()


def test_names_that_never_occur_take_no_room() -> None:
    found = confusion(
        predicted(["A. fulva", "M. pura"], ["A. rubescens", "M. pura"], taxonomy=taxonomy())
    )
    assert found.names == ("A. fulva", "A. rubescens", "M. pura")
    assert found.blocks == (("Amanita", 2), ("Mycena", 1))


def test_no_rank_is_small_enough() -> None:
    within = predicted(list(LEAVES), list(LEAVES), taxonomy=taxonomy())
    assert confusion(within, most_classes=1).names == ()
    assert confusion(within, most_classes=1).counts.shape == (0, 0)


def test_without_a_small_rank_the_most_mixed_up_are_named_and_the_others_taken_together() -> None:
    labels = ["M. pura", "M. pura", *LEAVES]
    answers = ["S. luteus", "S. luteus", *LEAVES]
    found = confusion(predicted(labels, answers), most_classes=3)
    assert found.names == ("M. pura", "S. luteus", f"({len(LEAVES) - 2} other classes)")
    assert found.others == len(LEAVES) - 2
    assert found.counts.tolist() == [[1, 2, 0], [0, 1, 0], [0, 0, len(LEAVES) - 2]]


def test_the_whole_matrix_is_kept_to_look_into() -> None:
    found = confusion(predicted(["M. pura", "M. pura"], ["S. luteus", "M. pura"]), most_classes=2)
    assert found.cells is not None
    assert found.cells.count.tolist() == [1, 1]
    assert found.cells.n == found.images == 2


def test_the_most_frequent_mix_ups_come_first_with_what_is_shared() -> None:
    labels = ["A. fulva"] * 4 + ["B. edulis"] * 2 + ["M. pura"] * 2
    answers = ["A. rubescens"] * 3 + ["A. fulva"] + ["S. luteus", "B. edulis"] + ["S. luteus"] * 2
    found = confusion(predicted(labels, answers, taxonomy=taxonomy()))
    assert [(p.truth, p.predicted, p.count, p.of, p.shared) for p in found.pairs] == [
        ("A. fulva", "A. rubescens", 3, 4, "genus Amanita"),
        ("M. pura", "S. luteus", 2, 2, ""),
        ("B. edulis", "S. luteus", 1, 2, "order Boletales"),
    ]
    assert len(confusion(predicted(labels, answers), most_pairs=1).pairs) == 1


def test_ties_go_to_the_name_that_comes_first() -> None:
    found = confusion(predicted(["b", "a", "a"], ["a", "c", "b"], classes=("c", "b", "a")))
    assert [(pair.truth, pair.predicted) for pair in found.pairs] == [
        ("a", "b"),
        ("a", "c"),
        ("b", "a"),
    ]


@pytest.mark.parametrize("tree", [None, taxonomy()])
def test_labels_that_the_contender_does_not_know_are_mix_ups(tree) -> None:
    predictions = predicted(
        ["S. luteus", "A. fulva"],
        ["A. fulva"] * 2,
        classes=("A. fulva", "B. edulis"),
        taxonomy=tree,
    )
    found = confusion(predictions)
    assert found.unknown == 1
    assert found.counts.sum() == 2
    assert found.pairs[0].truth == "S. luteus"


def test_2829_species_are_read_at_a_higher_rank() -> None:
    species = [f"s{number:04d}" for number in range(2829)]
    tree = pl.DataFrame(
        {
            "order": [f"o{number % 7}" for number in range(2829)],
            "family": [f"o{number % 7}f{number % 28}" for number in range(2829)],
            "species": species,
        }
    )
    rng = np.random.default_rng(0)
    labels = [species[i] for i in rng.integers(2829, size=400)]
    answers = [species[i] for i in rng.integers(2829, size=400)]
    found = confusion(
        predicted(
            labels,
            answers,
            classes=tuple(species),
            taxonomy=build_taxonomy(tree, ("order", "family", "species")),
        )
    )
    assert (found.rank, len(found.names), found.classes) == ("family", 28, 2829)
    assert [width for _, width in found.blocks] == [4] * 7
    assert len(found.pairs) == 20
