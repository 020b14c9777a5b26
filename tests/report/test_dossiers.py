import numpy as np
import polars as pl
import pytest

from fieldmark.core.errors import FieldmarkError
from fieldmark.evaluation.estimates import wilson
from fieldmark.evaluation.evaluate import judge
from fieldmark.manifest.labels import LabelSpace
from fieldmark.manifest.taxonomy import build_taxonomy
from fieldmark.predictions.header import PredictionsHeader
from fieldmark.predictions.table import Predictions
from fieldmark.report.dossiers import dossier_of

LEAVES = ("A. phalloides", "A. citrina", "B. edulis")
TREE = build_taxonomy(
    pl.DataFrame({"genus": ["Amanita", "Amanita", "Boletus"], "species": list(LEAVES)}),
    ("genus", "species"),
)
CAP = LEAVES[0]
# Ten death caps: six right, three taken for their neighbour, one for a bolete; and two others.
TRUTH = [0] * 10 + [1, 2]
ANSWER = [0] * 6 + [1] * 3 + [2] + [0, 2]


def table(*, kind: str = "probabilities", groups: list[str] | None = None) -> Predictions:
    items = {"id": [f"i{row}" for row in range(12)], "label": [LEAVES[code] for code in TRUTH]}
    scores = np.full((12, 3), 0.1)
    scores[np.arange(12), ANSWER] = 0.8
    return Predictions(
        header=PredictionsHeader(score_kind=kind, contender="probe", split="test"),
        items=pl.DataFrame(items | ({} if groups is None else {"group": groups})),
        label_space=LabelSpace(LEAVES),
        scores=scores,
        taxonomy=TREE,
    )


def dossier(name: str = CAP, **fields):
    predictions = table(**fields)
    return dossier_of(predictions, judge(predictions), name)


def test_recall_and_precision_at_each_rank_are_counted_over_the_class() -> None:
    found = dossier()
    assert (found.images, found.answered) == (10, 7)
    species, genus = found.ranks
    assert (species.rank, species.name) == ("species", CAP)
    assert (genus.rank, genus.name) == ("genus", "Amanita")
    assert (species.recall.value, genus.recall.value) == (0.6, 0.9)
    assert (species.precision.value, genus.precision.value) == (6 / 7, 1.0)
    assert (species.recall.low, species.recall.high) == wilson(6, 10)
    assert species.recall.n == 10
    assert species.precision.n == 7


def test_what_it_is_taken_for_and_what_is_taken_for_it() -> None:
    found = dossier()
    for_others = [(p.predicted, p.count, p.of, p.shared) for p in found.taken_for]
    assert for_others == [("A. citrina", 3, 10, "genus Amanita"), ("B. edulis", 1, 10, "")]
    assert [(p.truth, p.count, p.of) for p in found.taken_for_it] == [("A. citrina", 1, 1)]


def test_confidence_is_the_mean_over_its_images() -> None:
    species, genus = dossier().ranks
    assert species.confidence_right == pytest.approx(0.8)
    assert genus.confidence_right == pytest.approx(0.9)
    assert genus.confidence_wrong == pytest.approx(0.8)


def test_similarities_have_no_confidence() -> None:
    assert all(one.confidence_right is None for one in dossier(kind="similarities").ranks)


def test_groups_are_resampled_whole_and_an_interval_has_width() -> None:
    groups = [f"g{row // 2}" for row in range(12)]
    species, genus = dossier(groups=groups).ranks
    assert species.recall.method == "cluster bootstrap by group (5 groups)"
    assert species.recall.low < 0.6 < species.recall.high
    assert genus.precision.value == 1.0
    assert genus.precision.low < 1.0
    assert "Clopper-Pearson over 4 groups" in genus.precision.method


def test_a_class_that_no_image_shows_has_no_recall() -> None:
    predictions = table()
    shown = Predictions(
        header=predictions.header,
        items=predictions.items.filter(pl.col("label") != "B. edulis"),
        label_space=predictions.label_space,
        scores=predictions.scores[:11],
        taxonomy=TREE,
    )
    found = dossier_of(shown, judge(shown), "B. edulis")
    assert found.images == 0
    assert found.ranks[0].recall.value is None
    assert found.in_words == "probe: no image of the split “test” shows B. edulis."


def test_it_is_said_how_surely_at_least_the_genus_is_found() -> None:
    said = dossier().in_words
    assert said.startswith("probe names 60.00 % (95 % interval 31.3 to 83.2, n = 10) of its")
    assert "at least the genus Amanita in 90.00 %" in said
    assert f"When it says {CAP}, it is right in 85.71 %" in said


def test_a_class_that_is_never_answered_has_no_precision() -> None:
    predictions = table()
    flat = Predictions(
        header=predictions.header,
        items=predictions.items,
        label_space=predictions.label_space,
        scores=np.tile([0.1, 0.1, 0.8], (12, 1)),
        taxonomy=TREE,
    )
    found = dossier_of(flat, judge(flat), CAP)
    assert found.ranks[0].precision.value is None
    assert found.in_words.endswith(f"It never answers {CAP}.")


def test_without_a_tree_there_is_the_class_alone() -> None:
    predictions = table()
    bare = Predictions(
        header=predictions.header,
        items=predictions.items,
        label_space=predictions.label_space,
        scores=predictions.scores,
    )
    (one,) = dossier_of(bare, judge(bare), CAP).ranks
    assert (one.rank, one.name, one.recall.value) == ("class", CAP, 0.6)


def test_an_unknown_class_is_refused_with_the_nearest() -> None:
    with pytest.raises(FieldmarkError, match=r"'A\. phaloides'; did you mean 'A\. phalloides'\?"):
        dossier("A. phaloides")
