"""Fusion is kept where it gains, and steps back where it does not."""

import dataclasses
import json

import numpy as np
import polars as pl
import pytest

from fieldmark.core.errors import DecisionError, NotComparableError
from fieldmark.decision.fusing import (
    FusionSettings,
    apply_fusion,
    fit_fusion,
    fusion_from_dict,
)
from fieldmark.decision.fusion_rules import METHODS, FusionMethod
from fieldmark.manifest.labels import LabelSpace
from fieldmark.predictions.header import PredictionsHeader
from fieldmark.predictions.table import Predictions
from fieldmark.predictions.universe import restrict
from fieldmark.synthetic.score_tables import draw_scores

CLASSES = tuple(f"species {number}" for number in range(8))


def draw(
    name: str, accuracy: float, *, n: int = 600, part: str = "validation", temperature: float = 1.0
) -> Predictions:
    """Return calibrated predictions of an ideal observer with its own noise."""
    rng = np.random.default_rng(sum(map(ord, name + part)))
    truth = np.arange(n) % len(CLASSES)
    scores = draw_scores(
        rng, truth, classes=len(CLASSES), accuracy=accuracy, temperature=temperature
    )
    items = pl.DataFrame(
        {
            "id": [f"{part} {number}" for number in range(n)],
            "label": [CLASSES[position] for position in truth],
        }
    )
    header = PredictionsHeader(score_kind="probabilities", contender=name, split=part)
    return Predictions(header, items, LabelSpace(CLASSES), scores)


def noise(name: str = "noise", *, n: int = 600, part: str = "validation") -> Predictions:
    """Return predictions that know nothing."""
    table = draw(name, 0.5, n=n, part=part)
    scores = np.random.default_rng(3).dirichlet(np.full(len(CLASSES), 20.0), n)
    return dataclasses.replace(table, scores=scores)


@pytest.mark.parametrize("method", METHODS)
def test_two_good_sources_gain(method: FusionMethod) -> None:
    fusion = fit_fusion(draw("net", 0.7), draw("clip", 0.65), FusionSettings(method=method))
    assert fusion.is_kept
    assert fusion.better == "net"
    assert "The fusion is kept." in fusion.sentences()
    parts = draw("net", 0.7, part="test"), draw("clip", 0.65, part="test")
    fused = apply_fusion(fusion, *parts)
    right = [
        (table.scores.argmax(axis=1) == table.label_positions).mean() for table in (*parts, fused)
    ]
    assert right[2] > max(right[:2]) + 0.03
    assert fused.header.contender == "net + clip"
    assert fused.header.provenance["fused_on_these_items"] is False


@pytest.mark.parametrize("method", METHODS)
def test_the_fused_carry_the_choice_of_the_weight(method: FusionMethod) -> None:
    sides = draw("net", 0.7), draw("clip", 0.65)
    settings = FusionSettings(method=method, temperatures=(0.5, 1.0))
    fused = apply_fusion(fit_fusion(*sides, settings), *sides)
    choices = fused.header.provenance.get("choices", [])
    if method == "stacked":
        assert choices == []
        return
    (choice,) = choices
    assert (choice["contender"], choice["what"]) == ("net + clip", "weight")
    assert (choice["candidates"], choice["metric"]) == (202, settings.metric)
    assert choice["items_digest"] == fused.items_digest
    assert choice["part"] == fused.header.split


@pytest.mark.parametrize("method", METHODS)
def test_a_source_that_knows_nothing_is_not_listened_to(method: FusionMethod) -> None:
    fusion = fit_fusion(draw("net", 0.7), noise(), FusionSettings(method=method))
    assert not fusion.is_kept
    assert "Not shown to be better: net alone answers." in fusion.sentences()
    assert fusion.entropies[1] > 0.97


def test_the_order_of_items_and_classes_does_not_matter() -> None:
    first, second = draw("net", 0.7), draw("clip", 0.65)
    rows = np.random.default_rng(1).permutation(first.n)
    columns = np.random.default_rng(2).permutation(len(CLASSES))
    shuffled = Predictions(
        second.header,
        second.items[rows.tolist()],
        LabelSpace(tuple(CLASSES[column] for column in columns)),
        second.scores[rows][:, columns],
    )
    plain, other = fit_fusion(first, second), fit_fusion(first, shuffled)
    assert other.parameters == plain.parameters
    np.testing.assert_allclose(
        apply_fusion(other, first, shuffled).scores, apply_fusion(plain, first, second).scores
    )


def test_equal_scores_in_another_scale_are_fused_alike() -> None:
    """Calibration comes first: logits and over-sure scores of the same order change nothing."""
    first, second = draw("net", 0.7), draw("clip", 0.65)
    header = second.header.model_copy(update={"score_kind": "logits"})
    sure = Predictions(header, second.items, second.label_space, 5 * np.log(second.scores))
    fusion = fit_fusion(first, sure)
    assert fusion.calibrators[1].parameters["temperature"][0] == pytest.approx(5, rel=0.2)
    assert fusion.gain == pytest.approx(fit_fusion(first, second).gain, abs=0.01)


def test_groups_stay_whole() -> None:
    groups = [f"site {number // 40}" for number in range(600)]
    tables = [
        dataclasses.replace(table, items=table.items.with_columns(pl.Series("group", groups)))
        for table in (draw("net", 0.7), draw("clip", 0.65))
    ]
    assert fit_fusion(tables[0], tables[1]).groups == 15


def test_labels_that_are_no_class_are_left_out_of_the_fit() -> None:
    tables = [
        dataclasses.replace(
            table,
            items=table.items.with_columns(
                label=pl.when(pl.arange(0, 600) < 10).then(pl.lit("newt")).otherwise("label")
            ),
        )
        for table in (draw("net", 0.7), draw("clip", 0.65))
    ]
    assert fit_fusion(tables[0], tables[1]).n == 590


@pytest.mark.parametrize("method", METHODS)
def test_a_stored_fusion_is_the_same(method: FusionMethod) -> None:
    fusion = fit_fusion(draw("net", 0.7), draw("clip", 0.65), FusionSettings(method=method))
    again = fusion_from_dict(json.loads(json.dumps(fusion.to_dict())))
    assert again == fusion
    assert again.digest == fusion.digest


def test_wrong_input_is_refused() -> None:
    first, second = draw("net", 0.7), draw("clip", 0.65)
    with pytest.raises(NotComparableError, match=r"3 classes differ .* `--classes common`"):
        fit_fusion(first, restrict(second, CLASSES[:5]))
    with pytest.raises(NotComparableError, match="both tables are of 'net'"):
        fit_fusion(first, first)
    with pytest.raises(DecisionError, match="metric to choose a weight by"):
        fit_fusion(first, second, FusionSettings(metric="macro_f1"))
    with pytest.raises(DecisionError, match="way to fuse"):
        FusionSettings(method="product")  # type: ignore[arg-type]
    with pytest.raises(DecisionError, match="temperatures above"):
        FusionSettings(temperatures=(0.0,))
    with pytest.raises(DecisionError, match="level between"):
        FusionSettings(level=0.3)
    with pytest.raises(DecisionError, match="at least two items"):
        fit_fusion(draw("net", 0.7, n=1), draw("clip", 0.65, n=1))
    with pytest.raises(DecisionError, match="not a stored fusion"):
        fusion_from_dict({"first": "net"})
