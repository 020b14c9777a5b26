from pathlib import Path

import numpy as np
import polars as pl
import pytest

from fieldmark.core.progress import SilentProgress
from fieldmark.experiments.config import Study
from fieldmark.manifest.labels import LabelSpace
from fieldmark.predictions.header import PredictionsHeader
from fieldmark.predictions.table import Predictions
from fieldmark.workflows.pairs import compare_contenders

CLASSES = tuple("abcdefgh")


def study_of(names: list[str], **settings) -> Study:
    protocol = {"resamples": 200, "classes": settings.pop("classes", "refuse")}
    return Study(
        study="pairs",
        task="taxonomy",
        data={"manifest": "m.csv", "images": "img", "label": "label", "split": "part"},
        protocol=protocol,
        contenders={name: {"predictions": f"{name}.csv"} for name in names},
        **settings,
    )


def table(
    name: str, *, wrong: int = 20, n: int = 80, classes: tuple[str, ...] = CLASSES, first: int = 0
) -> tuple[Predictions, ...]:
    truth = np.arange(n) % len(classes)
    answers = np.where(np.arange(n) < wrong, (truth + 1) % len(classes), truth)
    scores = np.full((n, len(classes)), 0.2 / (len(classes) - 1))
    scores[np.arange(n), answers] = 0.8
    items = pl.DataFrame(
        {
            "id": [f"{number + first:03d}" for number in range(n)],
            "label": [classes[position] for position in truth],
        }
    )
    header = PredictionsHeader(score_kind="probabilities", contender=name, split="test")
    return (Predictions(header, items, LabelSpace(classes), scores),)


def compared(names: list[str], headline: str = "accuracy", tables=None, **settings):
    predictions = tables or {name: table(name) for name in names}
    return compare_contenders(
        study_of(names, **settings), headline, predictions, progress=SilentProgress()
    )


def test_each_is_compared_with_the_reference_and_with_each_other() -> None:
    found, refusals = compared(["a", "b", "c"], reference="b")
    assert [(one.a, one.b) for one in found] == [("a", "b"), ("c", "b"), ("a", "c")]
    assert refusals == ()


def test_without_a_reference_all_are_compared() -> None:
    found, _ = compared(["a", "b", "c"])
    assert [(one.a, one.b) for one in found] == [("a", "b"), ("a", "c"), ("b", "c")]


@pytest.mark.parametrize(("number", "pairs"), [(8, 28), (9, 8)])
def test_many_contenders_are_compared_with_the_reference_alone(number: int, pairs: int) -> None:
    found, _ = compared([f"c{place}" for place in range(number)], reference="c0")
    assert len(found) == pairs


def test_a_reference_that_has_not_run_is_left_out() -> None:
    tables = {name: table(name) for name in ("a", "b")}
    found, _ = compared(["a", "b", "c"], tables=tables, reference="c")
    assert [(one.a, one.b) for one in found] == [("a", "b")]


def test_the_headline_comes_first_and_accuracy_stands_beside_it() -> None:
    found, _ = compared(["a", "b"], headline="macro_f1")
    assert [one.metric for one in found] == ["macro_f1", "accuracy"]


def test_what_may_not_be_compared_is_refused_once_and_the_others_go_on() -> None:
    tables = {"a": table("a"), "b": table("b", first=40), "c": table("c")}
    found, refusals = compared(["a", "b", "c"], headline="macro_f1", tables=tables, reference="c")
    assert [(one.a, one.b) for one in found] == [("a", "c"), ("a", "c")]
    assert [refusal.what for refusal in refusals] == ["b against c", "a against b"]


def test_a_headline_that_cannot_be_measured_leaves_accuracy() -> None:
    few = tuple("abcd")
    tables = {name: table(name, classes=few) for name in ("a", "b")}
    found, refusals = compared(["a", "b"], headline="top_5_accuracy", tables=tables)
    assert [one.metric for one in found] == ["accuracy"]
    assert len(refusals) == 1
    assert "top_5_accuracy is not defined over 4 classes" in refusals[0].why


def test_other_classes_are_refused_or_restricted_as_the_study_says() -> None:
    tables = {"a": table("a"), "b": table("b", classes=CLASSES)}
    (wide,) = tables["b"]
    more = LabelSpace((*CLASSES, "i"))
    scores = np.concatenate([wide.scores, np.zeros((wide.n, 1))], axis=1)
    tables["b"] = (Predictions(wide.header, wide.items, more, scores),)
    found, refusals = compared(["a", "b"], tables=tables)
    assert (len(found), len(refusals)) == (0, 1)
    found, refusals = compared(["a", "b"], tables=tables, classes="common")
    assert (len(found), len(refusals)) == (1, 0)
    assert found[0].classes == 8


def test_contenders_may_differ_in_preprocessing_and_tap(finished: Path, opened, rewrite) -> None:
    tables = {name: table(name) for name in ("a", "b")}
    for name, size in (("a", 48), ("b", 64)):
        (plain,) = tables[name]
        header = plain.header.model_copy(
            update={"contract": {"crop_size": size}, "tap": {"tap": name}}
        )
        tables[name] = (Predictions(header, plain.items, plain.label_space, plain.scores),)
    found, refusals = compared(["a", "b"], tables=tables)
    assert (len(found), len(refusals)) == (1, 0)
