import numpy as np
import polars as pl
import pytest

from fieldmark.decision.decide import decide
from fieldmark.decision.policy import Backoff, MinimumRisk
from fieldmark.decision.policy_section import PoisonSection
from fieldmark.manifest.labels import LabelSpace
from fieldmark.manifest.taxonomy import build_taxonomy
from fieldmark.predictions.header import PredictionsHeader
from fieldmark.predictions.table import Predictions
from fieldmark.report.inspection_text import inspection_lines
from fieldmark.workflows.inspecting import inspect_observation
from fieldmark.workflows.readings import POOLED, Reader

TREE = build_taxonomy(
    pl.DataFrame({"genus": ["A", "A", "B"], "species": ["a", "b", "c"]}), ("genus", "species")
)


def table(part: str, kind: str = "logits", seed: int = 0, taxonomy=TREE) -> Predictions:
    rng = np.random.default_rng(seed)
    label = np.arange(300) % 3
    logits = rng.normal(size=(300, 3)) + 2.0 * np.eye(3)[label]
    scores = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    ids = [f"{part}-{row}" for row in range(300)]
    items = {"id": ids, "label": [str(one) for one in np.array(list("abc"))[label]]}
    items["deadly"] = ["1" if one == "a" else "0" for one in items["label"]]
    header = PredictionsHeader(score_kind=kind, contender="probe", split=part)
    space = LabelSpace(tuple("abc"))
    return Predictions(
        header, pl.DataFrame(items), space, logits if kind == "logits" else scores, taxonomy
    )


def shares(found: Predictions, row: int) -> np.ndarray:
    odds = np.exp(found.scores[row] - found.scores[row].max())
    return odds / odds.sum()


@pytest.mark.parametrize("calibrator", [None, "temperature"])
@pytest.mark.parametrize("kind", ["logits", "probabilities"])
def test_a_decision_answers_what_it_answers_in_the_report(kind: str, calibrator) -> None:
    fit, report = table("validation", kind), table("test", kind, seed=1)
    policy = Backoff(error_limit=0.25, calibrator=calibrator)
    taken = decide(fit, report, policy, resamples=20)
    for row in range(0, 300, 17):
        scores = shares(report, row) if kind == "logits" else report.scores[row]
        (found,) = Reader(report, {"careful": taken}, report.labels[row]).decided(scores)
        name, rank = taken.items.select("decision", "rank").row(row)
        expected = "no answer" if rank is None else f"{rank} {name}"
        assert found.in_words == expected
        wrong = taken.items["wrong"][row]
        assert found.is_right == (None if rank is None else not wrong)


def test_each_decoder_answers_a_name_and_is_held_against_the_label() -> None:
    reader = Reader(table("test"), truth="b")
    found = {one.decoder: one for one in reader.decoded(np.array([0.4, 0.35, 0.25]))}
    assert found["leaf"].in_words == "species a"
    assert found["leaf"].is_right is False
    assert found["threshold"].in_words == "genus A"
    assert found["threshold"].is_right is True
    assert {"greedy", "roll-up", "minimum-cost"} <= set(found)


def test_a_decoder_may_answer_nothing() -> None:
    found = Reader(table("test")).decoded(np.array([0.25, 0.25, 0.5]))
    (stops,) = [one for one in found if one.decoder == "roll-up"]
    assert (stops.in_words, stops.is_right) == ("no answer", None)


def test_without_ranks_there_is_no_decoder() -> None:
    assert Reader(table("test", taxonomy=None)).decoded(np.array([0.5, 0.3, 0.2])) == ()


def test_a_decision_that_cannot_be_taken_says_why() -> None:
    (found,) = Reader(table("test"), {"careful": "infeasible: too few"}).decided(np.ones(3) / 3)
    assert (found.in_words, found.promise) == ("could not be taken", "infeasible: too few")


def test_of_photos_together_nothing_is_promised() -> None:
    taken = decide(table("validation"), table("test", seed=1), Backoff(error_limit=0.25))
    reader = Reader(table("test"), {"careful": taken})
    (pooled,) = reader.decided(np.array([0.9, 0.05, 0.05]), is_pooled=True)
    (single,) = reader.decided(np.array([0.9, 0.05, 0.05]))
    assert pooled.promise == POOLED
    assert "25 %" in single.promise


def test_poison_by_a_column_is_weighed_by_the_names_that_were_found() -> None:
    section = PoisonSection(column="deadly", values=("1",), cost=100.0)
    policy = MinimumRisk(cost="poison", poison=section)
    taken = decide(table("validation"), table("test", seed=1), policy, resamples=20)
    (found,) = Reader(table("test"), {"wary": taken}).decided(np.array([0.2, 0.7, 0.1]))
    assert found.in_words == "a"


def test_an_inspection_shows_decoders_and_decisions(ran, opened, rewrite) -> None:
    rewrite(
        ran / "study.yaml",
        ("contenders:\n", "decisions:\n  fixed: {rule: backoff, threshold: 0.65}\ncontenders:\n"),
    )
    ground = opened(ran)
    found = inspect_observation(ground, ground.split.ids("test")[0])
    main = found.voices[0].main
    assert main is not None
    assert bool(main.decoded) == (ground.manifest.taxonomy is not None)
    assert [one.decision for one in main.decided] == ["fixed"]
    (line,) = [one for one in inspection_lines(found) if one.startswith("    decision fixed: ")][:1]
    assert main.decided[0].in_words in line
    trained = inspect_observation(ground, ground.split.ids("train")[0])
    assert all(voice.main is None for voice in trained.voices)
