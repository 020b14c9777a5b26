"""A calibrator and a rule in a bundle do what they did in the report."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from fieldmark.core.errors import NotComparableError, PredictionsError, StoreError
from fieldmark.export.deciding import decision_of
from fieldmark.export.documents import check_documents, read_calibrator, read_operating_point
from fieldmark.export.loading import load_bundle
from fieldmark.manifest.labels import LabelSpace
from fieldmark.predictions.header import ScoreKind
from fieldmark.predictions.store import load_predictions
from fieldmark.workflows.answering import answer_with_bundle
from fieldmark.workflows.exporting import export_contender

PIT = "positive: {species}\ntarget_recall: 0.5\nconfidence: 0.6\nlots: null\n"
POLICIES = {
    "uncalibrated": "rule: neyman-pearson\n" + PIT,
    "neyman-pearson": "rule: neyman-pearson\ncalibrator: temperature\n" + PIT,
    "chow": "rule: chow\npositive: {species}\ncosts: {{miss: 9, false_alarm: 2, review: 1}}\n"
    "lots: null\n",
    "backoff": "rule: backoff\nerror_limit: 0.5\nconfidence: 0.6\nlots: null\ncalibrator: vector\n",
    "tree": "rule: minimum-risk\ncost: tree-distance\nlots: null\n",
    "poison": "rule: minimum-risk\ncost: poison\nlots: null\n"
    "poison: {{classes: [{species}], cost: 20}}\n",
    "matrix": "rule: cost-matrix\nwrong: 1\ncosts: {{{species}: {{look: 0.5}}}}\nlots: null\n",
}


@pytest.fixture(scope="session")
def decided(finished: Path, open_study, tmp_path_factory) -> Callable[..., Path]:
    """Return a function that decides on the linear probe by a policy; gives the folder."""
    from fieldmark.cli.main import main

    root = tmp_path_factory.mktemp("decisions")
    species = open_study(finished).manifest.taxonomy.leaves.classes[0]
    scores = finished / "results" / "tiny" / "cells" / "probe" / "seed-0" / "result" / "predictions"

    def decide(name: str, text: str | None = None) -> Path:
        policy, out = root / f"{name}.yaml", root / name
        policy.write_text((text or POLICIES[name]).format(species=species), encoding="utf-8")
        words = ["decide", scores, "--policy", policy, "--fit-on", "validation"]
        words += ["--report-on", "test", "--resamples", 50, "--out", out]
        assert out.exists() or main([str(word) for word in words]) == 0
        return out

    return decide


def test_poison_that_was_looked_up_in_a_column_is_read_by_its_names() -> None:
    poison = {"classes": ["a"], "column": "deadly", "values": ["1"], "cost": 100.0}
    policy = {"rule": "minimum-risk", "cost": "poison", "poison": poison}
    content = {"policy": policy, "points": [], "contender": "probe"}
    decide = decision_of(content, LabelSpace(("a", "b")), None, ScoreKind.PROBABILITIES)
    (found,) = decide(np.array([[0.2, 0.8]]))
    assert found.answer == "a"
    assert poison["column"] == "deadly"


@pytest.mark.parametrize("name", POLICIES)
def test_a_bundle_decides_as_the_report_did(
    finished: Path, open_study, decided, tmp_path: Path, name: str
) -> None:
    ground, stored = open_study(finished), decided(name)
    bundle = export_contender(ground, "probe", tmp_path / "b", operating_point=stored)
    assert ("calibrator.json" in bundle.files) == (name != "uncalibrated")
    items = pl.read_parquet(stored / "items.parquet")
    images = ground.manifest.select(items["id"]).image_paths()
    answers = answer_with_bundle(load_bundle(tmp_path / "b"), images)
    assert [one.decision.answer for one in answers] == items["decision"].to_list()
    if "rank" in items.columns:
        assert [one.decision.rank for one in answers] == items["rank"].to_list()
    content = answers[0].to_dict()["decision"]
    assert content.keys() == {"rule", "answer", "rank", "value"}
    assert f"[{content['rule']}: " in answers[0].sentence()


def test_a_bundle_calibrates_as_the_report_did(
    finished: Path, open_study, decided, tmp_path: Path
) -> None:
    from fieldmark.decision.calibrators import calibrate, calibrator_from_dict

    ground, stored = open_study(finished), decided("tree") / "decisions.json"
    export_contender(ground, "probe", tmp_path / "b", calibrator=stored)
    model = load_bundle(tmp_path / "b")
    assert model.decide is None
    assert model.answer_kind is ScoreKind.PROBABILITIES
    spec = next(cell for cell in ground.cells if cell.contender == "probe")
    predictions = load_predictions(ground.ledger.result(spec) / "predictions" / "test")
    expected = calibrate(predictions, calibrator_from_dict(read_calibrator(stored))).scores
    found = model.answer_scores(np.asarray(predictions.scores))
    np.testing.assert_allclose(found, expected, rtol=1e-6)
    assert model.answer_scores(np.empty((0, 4), dtype=np.float32)).shape == (0, 4)
    card = (tmp_path / "b" / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert "calibrated by temperature, fitted on" in card


def test_the_command_takes_both(finished: Path, decided, call, tmp_path: Path) -> None:
    stored = decided("backoff")
    words = ["--calibrator", stored / "decisions.json", "--operating-point", stored]
    assert call("export", finished, "probe", "--out", tmp_path / "b", *words).code == 0
    said = call("predict", tmp_path / "b", finished / "data" / "images", "--json")
    assert json.loads(said.out.splitlines()[0])["decision"]["rule"] == "backoff"
    said = call("verify", tmp_path / "b")
    assert said.code == 0


@pytest.mark.parametrize(
    ("contender", "seed", "message"),
    [
        ("probe", 1, r"calibrator: seed: 1 against 0\)"),
        ("knn", None, "contender: knn against probe; seed: None against 0"),
    ],
)
def test_a_calibrator_of_another_model_is_refused(
    finished: Path, open_study, decided, tmp_path: Path, contender, seed, message
) -> None:
    stored = decided("tree") / "decisions.json"
    with pytest.raises(NotComparableError, match=message):
        export_contender(
            open_study(finished), contender, tmp_path / "b", seed=seed, calibrator=stored
        )
    assert not (tmp_path / "b").exists()


def test_documents_of_another_model_are_refused(decided) -> None:
    stored = decided("tree")
    calibrator, point = read_calibrator(stored), read_operating_point(stored)
    own = {"contender": "probe", "seed": 0, "classes": tuple(calibrator["classes"])}
    check_documents(calibrator, point, **own)
    with pytest.raises(NotComparableError, match="in another order"):
        check_documents(calibrator, point, **own | {"classes": own["classes"][::-1]})
    with pytest.raises(NotComparableError, match="fitted to 'probe', the model is 'knn'"):
        check_documents(None, point, **own | {"contender": "knn"})
    with pytest.raises(NotComparableError, match=r"the calibrator [0-9a-f]{12}; given is no calib"):
        check_documents(None, point, **own)
    plain = read_operating_point(decided("uncalibrated"))
    with pytest.raises(NotComparableError, match="with no calibrator; given is the calibrator"):
        check_documents(calibrator, plain, **own)


def test_files_that_are_no_documents_are_refused(decided, tmp_path: Path) -> None:
    file = tmp_path / "some.json"
    file.write_text("[]")
    with pytest.raises(StoreError, match=r"Expected a JSON object in .*; found a list"):
        read_calibrator(file)
    file.write_text('{"kind": "temperature"}')
    with pytest.raises(PredictionsError, match="not a stored calibrator"):
        read_calibrator(file)
    with pytest.raises(StoreError, match="it lacks rule, policy, contender, fitted_on, "):
        read_operating_point(file)
    with pytest.raises(StoreError, match="the decisions there used none"):
        read_calibrator(decided("uncalibrated"))
    moved = POLICIES["chow"] + "prevalence: 0.1\n"
    with pytest.raises(StoreError, match="leave `prevalence` out of the policy"):
        read_operating_point(decided("moved", moved))


def test_a_tree_distance_needs_a_tree(decided) -> None:
    point = read_operating_point(decided("tree"))
    space = LabelSpace(("oak", "elm"))
    decide = decision_of(point, space, None, ScoreKind.LOGITS)
    assert decide(np.empty((0, 2), dtype=np.float32)) == ()
    with pytest.raises(StoreError, match="Expected a taxonomy for the cost tree-distance"):
        decide(np.zeros((1, 2), dtype=np.float32))


def test_no_rank_sure_enough_is_no_answer(finished: Path, open_study, decided) -> None:
    point = read_operating_point(decided("backoff"))
    taxonomy = open_study(finished).manifest.taxonomy
    sure = [{**one, "threshold": None} for one in point["points"]]
    decide = decision_of(point | {"points": sure}, taxonomy.leaves, taxonomy, ScoreKind.LOGITS)
    (found,) = decide(np.zeros((1, 4), dtype=np.float32))
    assert (found.answer, found.rank, found.value) == (None, None, None)
