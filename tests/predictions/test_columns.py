from pathlib import Path

import polars as pl
import pytest

from fieldmark.core.errors import PredictionsError
from fieldmark.predictions.columns import SourceNames, as_text, plan_columns

SOURCE = Path("scores.csv")


def plan(columns: list[str], **names: str):
    return plan_columns(columns, SourceNames(**names), source=SOURCE)


def test_columns_are_told_apart_by_their_names() -> None:
    found = plan(["id", "score:b", "label", "score:a", "altitude", ""])
    assert dict(found.items) == {"id": "id", "label": "label", "altitude": "altitude"}
    assert found.scores == ("score:b", "score:a")
    assert found.classes == ("b", "a")


def test_a_class_may_hold_colons_and_blanks() -> None:
    assert plan(["id", "label", "score:Amanita : x"]).classes == ("Amanita : x",)


def test_columns_may_be_renamed() -> None:
    found = plan(["image", "truth", "plot", "score:a"], id="image", label="truth", group="plot")
    assert dict(found.items) == {"image": "id", "truth": "label", "plot": "group"}


def test_a_group_column_is_taken_where_there_is_one() -> None:
    assert plan(["id", "label", "group", "score:a"]).items["group"] == "group"


@pytest.mark.parametrize(
    ("columns", "names", "message"),
    [
        (["id", "label", "id", "score:a"], {}, "'id' stands more than once"),
        (["id", "label", "score:a", "score:a"], {}, "'score:a' stands more than once"),
        (["id", "label"], {}, "one column 'score:<class>' .* none among the columns 'id', 'label'"),
        (["id", "label", "score:"], {}, "'score:' names no class"),
        (["Id", "label", "score:a"], {}, "a column 'id'; there is none; did you mean 'Id'.* --id"),
        (["id", "score:a"], {}, "a column 'label'; there is none.* There are: 'id'.* --label"),
        (["id", "label", "score:a"], {"group": "plot"}, "a column 'plot'; there is none.*--group"),
        (["id", "image", "label", "score:a"], {"id": "image"}, "to become 'id', but there is"),
        (["id", "label", "score:a"], {"group": "id"}, "different columns for id, label and group"),
    ],
)
def test_what_does_not_fit_is_refused(columns, names, message) -> None:
    with pytest.raises(PredictionsError, match=f"scores.csv: .*{message}"):
        plan(columns, **names)


def test_text_and_integers_become_text() -> None:
    assert as_text(pl.Series("id", ["007"]), source=SOURCE).to_list() == ["007"]
    assert as_text(pl.Series("id", [2**60]), source=SOURCE).to_list() == [str(2**60)]
    categories = pl.Series("id", ["x"], dtype=pl.Categorical)
    assert as_text(categories, source=SOURCE).to_list() == ["x"]


def test_anything_else_is_refused() -> None:
    with pytest.raises(PredictionsError, match="'label' to hold text or integers; it holds Float"):
        as_text(pl.Series("label", [1.0]), source=SOURCE)


def test_many_columns_are_not_all_listed() -> None:
    with pytest.raises(PredictionsError, match=r"'c10', 'c11' and 2,988 more\. Rename") as refusal:
        plan([f"c{column}" for column in range(3000)])
    assert len(str(refusal.value)) < 300


@pytest.mark.parametrize("column", ["prediction", "predicted_class", "top1", "Top-5", "label_pred"])
def test_answers_without_scores_are_refused_with_what_they_do_not_say(column: str) -> None:
    with pytest.raises(
        PredictionsError,
        match=f"the column '{column}' holds answers alone. They say nothing of the other classes",
    ):
        plan_columns(["id", "label", column], SourceNames(), source=Path("a.csv"))


def test_other_columns_are_not_taken_for_answers() -> None:
    with pytest.raises(PredictionsError, match="Rename the score columns"):
        plan_columns(["id", "label", "answered_by", "topic"], SourceNames(), source=Path("a.csv"))
