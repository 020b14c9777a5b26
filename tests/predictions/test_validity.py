import numpy as np
import polars as pl
import pytest

from fieldmark.core.errors import PredictionsError
from fieldmark.predictions.header import ScoreKind
from fieldmark.predictions.validity import check_items, check_scores, check_training

IDS = pl.Series(["x", "y", "z"])
EVEN = np.full((3, 4), 0.25)


def items(**columns: list[object]) -> pl.DataFrame:
    return pl.DataFrame({"id": ["x", "y"], "label": ["oak", "elm"]} | columns)


def test_usable_items_pass() -> None:
    check_items(items(group=["g", "g"], altitude=[1.5, None]))


@pytest.mark.parametrize("column", ["id", "label"])
def test_a_missing_column_is_named(column: str) -> None:
    with pytest.raises(PredictionsError, match=f"a column '{column}'; there are: "):
        check_items(items().drop(column))


def test_no_item_is_refused() -> None:
    with pytest.raises(PredictionsError, match="at least one item; there is none"):
        check_items(items().clear())


@pytest.mark.parametrize("column", ["id", "label", "group"])
def test_entries_that_are_not_text_are_refused(column: str) -> None:
    with pytest.raises(PredictionsError, match=f"'{column}' to hold strings; it holds Int64"):
        check_items(items(**{column: [1, 2]}))


@pytest.mark.parametrize("gap", ["", None])
@pytest.mark.parametrize(
    ("column", "where"), [("id", "item number 2"), ("label", "'y'"), ("group", "'y'")]
)
def test_an_empty_entry_is_named(column: str, where: str, gap: str | None) -> None:
    with pytest.raises(PredictionsError, match=rf"1 item has none \(first: {where}\)"):
        check_items(items(**{column: ["x", gap]}))


def test_ids_stand_once() -> None:
    with pytest.raises(PredictionsError, match=r"1 id stands more than once \(first: 'x'\)"):
        check_items(items(id=["x", "x"]))


def test_training_items_are_counted() -> None:
    check_training(IDS, ["other"])
    with pytest.raises(PredictionsError, match=r"2 of the 3 evaluated items are .* \(first: 'y'"):
        check_training(IDS, ["z", "y"])


@pytest.mark.parametrize("kind", list(ScoreKind))
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_scores_must_be_finite(kind: ScoreKind, bad: float) -> None:
    scores = EVEN.copy()
    scores[1, 2] = scores[2, 0] = bad
    with pytest.raises(PredictionsError, match=r"2 of 3 items \(first: 'y'\) have NaN or infinite"):
        check_scores(scores, kind=kind, ids=IDS)


def test_opposite_infinities_are_found() -> None:
    scores = np.array([[np.inf, -np.inf]])
    with pytest.raises(PredictionsError, match="1 of 1 item "):
        check_scores(scores, kind=ScoreKind.LOGITS, ids=IDS[:1])


def test_finite_scores_whose_sum_overflows_pass() -> None:
    large = np.full((3, 2), 3e38, np.float32)
    check_scores(large, kind=ScoreKind.SIMILARITIES, ids=IDS)


def test_probabilities_are_not_negative() -> None:
    scores = EVEN.copy()
    scores[0] = [-0.1, 0.6, 0.25, 0.25]
    with pytest.raises(PredictionsError, match=r"1 of 3 items \(first: 'x'\) has negative"):
        check_scores(scores, kind=ScoreKind.PROBABILITIES, ids=IDS)
    check_scores(scores, kind=ScoreKind.LOGITS, ids=IDS)


def test_probabilities_sum_to_one() -> None:
    scores = EVEN * np.array([[1.0], [1.01], [27.0]])
    with pytest.raises(
        PredictionsError, match=r"2 of 3 items \(first: 'y'\) .*'z' with 27\).*--kind logits"
    ):
        check_scores(scores, kind=ScoreKind.PROBABILITIES, ids=IDS)
    check_scores(scores, kind=ScoreKind.SIMILARITIES, ids=IDS)


@pytest.mark.parametrize(("factor", "valid"), [(1.0009, True), (1.0011, False), (0.9989, False)])
def test_the_sum_may_be_off_by_a_thousandth(factor: float, *, valid: bool) -> None:
    if valid:
        check_scores(EVEN * factor, kind=ScoreKind.PROBABILITIES, ids=IDS)
    else:
        with pytest.raises(PredictionsError, match="sum to 1 within"):
            check_scores(EVEN * factor, kind=ScoreKind.PROBABILITIES, ids=IDS)


def test_half_precision_probabilities_of_many_classes_pass() -> None:
    scores = np.random.default_rng(0).dirichlet(np.ones(3000), 3).astype(np.float16)
    check_scores(scores, kind=ScoreKind.PROBABILITIES, ids=IDS)
