from pathlib import Path

import numpy as np
import polars as pl
import pytest

from fieldmark.core.errors import StudyError
from fieldmark.core.progress import SilentProgress
from fieldmark.evaluation.evaluate import evaluate_predictions
from fieldmark.heads.storage import load_head
from fieldmark.manifest.labels import LabelSpace
from fieldmark.predictions.header import PredictionsHeader
from fieldmark.predictions.store import load_predictions
from fieldmark.predictions.table import Predictions
from fieldmark.workflows.choosing import measured, monitor_of
from fieldmark.workflows.learning import HEAD, backbone_spec, embed


def judged_head(ground):
    from fieldmark.backbones.encoders import open_encoder

    spec = ground.cells[0]
    config = ground.file.study.contenders[spec.contender]
    encoder = open_encoder(backbone_spec(ground.file, config.backbone))
    embeddings = embed(ground, encoder, ["validation"], SilentProgress())["validation"]
    return spec, load_head(ground.ledger.result(spec) / HEAD), embeddings


@pytest.mark.parametrize(("metric", "sign"), [("macro_f1", 1), ("log_loss", -1)])
def test_a_head_is_judged_by_the_metric_and_higher_is_better(
    ran: Path, opened, call, metric: str, sign: int
) -> None:
    override = f"protocol.selection.metric={metric}"
    assert call("run", ran, "--set", override, "--set", "protocol.seeds=[0]").code == 0
    ground = opened(ran, override, "protocol.seeds=[0]")
    spec, head, embeddings = judged_head(ground)
    monitor = monitor_of(ground, spec, embeddings)
    stored = load_predictions(ground.ledger.result(spec) / "predictions" / "validation")
    expected = evaluate_predictions(stored, resamples=1).estimate(metric).value
    assert monitor(head) == pytest.approx(sign * expected)
    curve = ground.ledger.settled_record(spec).facts["training"]["monitor_curve"]
    assert max(curve) == pytest.approx(sign * expected)


def test_nothing_is_chosen_without_a_selection(finished: Path, opened, tmp_path, rewrite) -> None:
    study = tmp_path / "study.yaml"
    study.write_text((finished / "study.yaml").read_text())
    rewrite(
        study,
        ("  selection: {metric: macro_f1, on: validation}\n", ""),
        ("data/manifest.csv", str(finished / "data" / "manifest.csv")),
        ("images: data", f"images: {finished / 'data'}"),
    )
    ground = opened(study)
    assert monitor_of(ground, ground.cells[0], judged_head(opened(finished))[2]) is None


def test_a_metric_that_cannot_be_measured_chooses_nothing(finished: Path, opened) -> None:
    spec, head, embeddings = judged_head(opened(finished))
    ground = opened(finished, "protocol.selection.metric=top_5_accuracy")
    monitor = monitor_of(ground, spec, embeddings)
    with pytest.raises(StudyError) as refused:
        monitor(head)
    assert str(refused.value) == (
        "top_5_accuracy cannot be measured over 4 classes on the part 'validation', so nothing "
        "can be chosen by it; name another metric in protocol.selection."
    )


@pytest.mark.parametrize("kind", ["logits", "similarities"])
@pytest.mark.parametrize("classes", [3, 9])
@pytest.mark.parametrize(
    "metric",
    [
        "accuracy",
        "balanced_accuracy",
        "log_loss",
        "macro_f1",
        "macro_precision",
        "macro_recall",
        "mean_confidence",
        "top_5_accuracy",
    ],
)
def test_a_metric_measured_alone_is_what_the_evaluation_reports(
    metric: str, classes: int, kind: str
) -> None:
    generator = np.random.default_rng(0)
    names = tuple(f"tree {index}" for index in range(classes))
    labels = [*generator.choice(names, 40), "unknown"]
    items = pl.DataFrame({"id": [str(row) for row in range(41)], "label": labels})
    header = PredictionsHeader(score_kind=kind, contender="probe")
    table = Predictions(header, items, LabelSpace(names), generator.uniform(-1, 1, (41, classes)))
    expected = evaluate_predictions(table, resamples=1).estimate(metric)
    found = measured(table, metric)
    if expected is None or expected.value is None:
        assert found is None
    else:
        assert found == pytest.approx(expected.value, abs=1e-12)
