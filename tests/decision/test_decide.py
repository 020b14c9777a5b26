import json
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from fieldmark.core.errors import DecisionError, StoreError
from fieldmark.decision.decide import decide
from fieldmark.decision.decisions_store import load_decisions, save_decisions
from fieldmark.decision.lineages import lineages
from fieldmark.decision.policy import (
    Backoff,
    ChowRule,
    CostMatrixRule,
    MinimumRisk,
    NeymanPearson,
    Policy,
    RejectBands,
    RiskControl,
)
from fieldmark.decision.policy_section import CostsSection, PoisonSection
from fieldmark.evaluation.resampling import units_of

COSTS = CostsSection(miss=100, false_alarm=5, review=1)
CHERRY_POLICIES = {
    "neyman-pearson": NeymanPearson(positive="pit", target_recall=0.95),
    "reject-bands": RejectBands(positive="pit", target_recall=0.95, target_specificity=0.95),
    "chow": ChowRule(positive="pit", costs=COSTS, prevalence=0.02),
    "risk-control": RiskControl(positive="pit", loss="missed-positive", risk_limit=0.05),
    "cost-matrix": CostMatrixRule(
        costs={"clean": {"pass": 0, "review": 1}, "pit": {"pass": 50, "review": 1}}
    ),
}
FUNGI_POLICIES = {
    "answered": Backoff(error_limit=0.15, calibrator="temperature"),
    "all": Backoff(error_limit=0.15, among="all"),
    "each-rank": Backoff(error_limit=0.2, among="each-rank"),
    "average": RiskControl(risk_limit=0.1, loss="wrong-answer"),
    "fixed": Backoff(threshold=0.65, calibrator="temperature"),
    "tree": MinimumRisk(cost="tree-distance"),
    "poison": MinimumRisk(cost="poison", poison=PoisonSection(classes="s00", cost=100)),
}


@pytest.mark.parametrize("name", CHERRY_POLICIES)
def test_every_rule_on_cherries(name, cherries, tmp_path):
    policy = CHERRY_POLICIES[name]
    found = decide(cherries("calibration", 900), cherries("test", 900, 1), policy)
    assert found.rule == name == policy.name
    assert found.items.height == 900
    assert found.items["decision"].null_count() == 0
    for point in found.points:
        assert point.source
        assert point.promise
        assert point.fitted_on.part == "calibration"
    save_decisions(found, tmp_path / "out")
    again = load_decisions(tmp_path / "out")
    assert again.to_dict() == found.to_dict()
    assert again.items.equals(found.items)
    json.dumps(found.to_dict(), allow_nan=False)


@pytest.mark.parametrize("name", FUNGI_POLICIES)
def test_every_rule_on_fungi(name, fungi):
    policy = FUNGI_POLICIES[name]
    found = decide(
        fungi("calibration", 3000, sharpness=2.0), fungi("test", 1500, 1, sharpness=2.0), policy
    )
    assert found.items.height == 1500
    assert found.points
    assert all(check.verdict != "contradicted" for check in found.checks)


def test_the_threshold_of_one_part_is_measured_on_the_other(cherries):
    policy = NeymanPearson(positive="pit", target_recall=0.95, costs=COSTS, prevalence=0.02)
    test = cherries("test", 2000, 1)
    found = decide(cherries("calibration", 2000), test, policy)
    score = found.items["score"].to_numpy()
    pit = found.items["positive"].to_numpy()
    alarm = score >= found.points[0].threshold
    assert found.estimate("positive_recall").value == pytest.approx(alarm[pit].mean())
    assert found.estimate("false_alarm_rate").value == pytest.approx(alarm[~pit].mean())
    load = 0.02 * alarm[pit].mean() + 0.98 * alarm[~pit].mean()
    assert found.estimate("review_load").value == pytest.approx(load)
    cost = 20 * 100 * (~alarm[pit]).mean() + 980 * 5 * alarm[~pit].mean()
    assert found.estimate("cost_per_1000").value == pytest.approx(cost)
    always = {one.contender: one.value for one in found.baselines}
    assert always == pytest.approx(
        {"always pass": 2000, "always alarm": 4900, "always review": 1000}
    )
    (check,) = found.checks
    assert check.metric == "positive_recall"
    assert check.claim < check.measured.value


def test_bands_send_the_middle_to_review(cherries):
    policy = RejectBands(
        positive="pit", target_recall=0.98, target_specificity=0.98, costs=COSTS, confidence=0.9
    )
    found = decide(cherries("calibration", 2000), cherries("test", 2000, 1), policy)
    low, high = (point.threshold for point in found.points)
    assert low < high
    decisions = found.items.group_by("decision").agg(
        low=pl.col("score").min(), high=pl.col("score").max()
    )
    spans = {row["decision"]: (row["low"], row["high"]) for row in decisions.to_dicts()}
    assert spans["pass"][1] < low <= spans["review"][0]
    assert spans["review"][1] < high <= spans["alarm"][0]
    assert [check.metric for check in found.checks] == ["positive_recall", "false_alarm_rate"]
    assert found.estimate("positives_alarmed").value < found.estimate("positive_recall").value


def test_lots_are_the_unit_where_there_are_some(cherries):
    policy = RejectBands(positive="pit", target_recall=0.8, target_specificity=0.8, confidence=0.8)
    found = decide(cherries("c", 900, lots=100), cherries("t", 900, 1, lots=90), policy)
    assert {point.fitted_on.unit for point in found.points} == {"lot"}
    metrics = [check.metric for check in found.checks]
    assert metrics == ["lots_without_miss", "lots_without_false_alarm"]
    assert found.estimate("lots_without_miss").method == "Clopper-Pearson"
    assert "cluster bootstrap by lot" in found.estimate("positive_recall").method
    alone = decide(
        cherries("c", 900, lots=100),
        cherries("t", 900, 1, lots=90),
        NeymanPearson(positive="pit", target_recall=0.95, lots=None),
    )
    assert alone.points[0].fitted_on.unit == "item"
    assert alone.estimate("lots_without_miss") is None
    average = decide(
        cherries("c", 900, lots=100, column="lot"),
        cherries("t", 900, 1, lots=90, column="lot"),
        RiskControl(positive="pit", loss="missed-positive", risk_limit=0.1, lots="lot"),
    )
    assert [check.metric for check in average.checks] == ["mean_miss_rate_of_lots"]


def test_a_promise_needs_items_that_the_calibrator_has_not_seen(cherries):
    fit, report = cherries("calibration", 1000), cherries("test", 500, 1)
    policy = NeymanPearson(positive="pit", target_recall=0.95, calibrator="isotonic")
    found = decide(fit, report, policy)
    assert found.calibrator.fitted_on == "calibration (first half)"
    assert found.points[0].fitted_on.part == "calibration (second half)"
    assert "One half of 'calibration' (500 items)" in found.notes[0]
    third = cherries("third", 400, 2)
    apart = decide(fit, report, policy, calibrate_on=third)
    assert apart.calibrator.fitted_on == "third"
    assert apart.points[0].fitted_on.n == 1000
    assert apart.notes == ()
    chosen = decide(
        cherries("validation", 200), report, NeymanPearson(positive="pit", target_recall=0.9)
    )
    assert "If the checkpoint or a setting was chosen there" in chosen.notes[0]
    whole = decide(fit, report, ChowRule(positive="pit", costs=COSTS))
    assert whole.calibrator.fitted_on == "calibration"


def test_minimum_risk_avoids_the_poison(fungi):
    policy = FUNGI_POLICIES["poison"]
    found = decide(fungi("calibration", 1500), fungi("test", 3000, 1), policy)
    realised = found.estimate("realised_cost")
    assert realised.value < found.estimate("realised_cost_of_best_class").value
    assert realised.low < found.estimate("expected_cost").value < realised.high
    assert (found.items["decision"] == "s00").sum() > (found.items["best_class"] == "s00").sum()


def test_backing_off_says_where_it_answered(fungi):
    found = decide(
        fungi("calibration", 3000), fungi("test", 1000, 1), Backoff(error_limit=0.15, among="all")
    )
    items = found.items
    assert set(items["rank"].drop_nulls()) <= {"family", "genus", "species"}
    unanswered = items.filter(pl.col("decision").is_null())
    assert unanswered["wrong"].null_count() == unanswered.height
    assert (items["probability"].drop_nulls() >= found.points[0].threshold).all()
    shares = [found.estimate("answered", rank).value for rank in ("family", "genus", "species")]
    assert shares == sorted(shares, reverse=True)
    here = [found.estimate("answered_here", rank).value for rank in ("family", "genus", "species")]
    assert np.sum(here) == pytest.approx(found.estimate("answered").value)
    species = found.estimate("error_of_answered_here", "species")
    assert species.value == pytest.approx(items.filter(pl.col("rank") == "species")["wrong"].mean())


def test_inputs_stay_as_they_are(fungi):
    fit, report = fungi("calibration", 500), fungi("test", 500, 1)
    before = fit.scores.copy(), report.scores.copy()
    decide(fit, report, MinimumRisk(cost="tree-distance"))
    assert np.array_equal(fit.scores, before[0])
    assert np.array_equal(report.scores, before[1])


def test_refusals(cherries, table, tmp_path):
    fit, report = cherries("calibration", 200), cherries("test", 200, 1)
    plain = NeymanPearson(positive="pit", target_recall=0.9)
    with pytest.raises(DecisionError, match="Expected the policy to name a calibrator"):
        decide(fit, report, plain, calibrate_on=cherries("third", 50))
    with pytest.raises(DecisionError, match="Expected the policy of a rule; got a Policy"):
        decide(fit, report, Policy())
    with pytest.raises(DecisionError, match="Expected a taxonomy for the cost tree-distance"):
        decide(fit, report, MinimumRisk(cost="tree-distance"))
    similar = [
        table([[0.2, 0.4], [0.3, 0.1]], ["a", "b"], kind="similarities", part=part)
        for part in ("calibration", "test")
    ]
    matrix = CostMatrixRule(costs={"a": {"a": 0, "b": 1}, "b": {"a": 1, "b": 0}}, calibrator=None)
    with pytest.raises(DecisionError, match="Expected probabilities to weigh costs by"):
        decide(*similar, matrix)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").write_text("mine")
    found = decide(fit, report, plain)
    with pytest.raises(StoreError, match="something else, which is not overwritten"):
        save_decisions(found, tmp_path / "full")
    with pytest.raises(StoreError, match="Expected stored decisions in"):
        load_decisions(tmp_path / "full")
    save_decisions(found, tmp_path / "out")
    save_decisions(found, tmp_path / "out")
    (tmp_path / "out" / "items.parquet").unlink()
    with pytest.raises(StoreError, match="are damaged"):
        load_decisions(tmp_path / "out")


def test_a_fixed_threshold_needs_no_halves_and_makes_no_promise(fungi):
    fit, report = fungi("calibration", 600), fungi("test", 400, 1)
    found = decide(fit, report, Backoff(threshold=0.65, calibrator="temperature"))
    assert (found.calibrator.fitted_on, found.checks, found.notes) == ("calibration", (), ())
    assert found.points[0].threshold == 0.65
    assert {one.contender for one in found.baselines} == {"always the species"}


def test_the_level_of_the_intervals_is_that_asked_for(fungi):
    fit, report, policy = fungi("calibration", 600), fungi("test", 400, 1), Backoff(threshold=0.65)
    narrow, wide = (decide(fit, report, policy, level=level) for level in (0.8, 0.99))
    ends = [(one.low, one.high) for one in (narrow.estimates[0], wide.estimates[0])]
    assert ends[1][0] < ends[0][0] < ends[0][1] < ends[1][1]
    assert {one.level for one in wide.estimates} == {0.99}


def test_other_thresholds_stand_beside_a_promise(fungi):
    fit, report = fungi("calibration", 3000), fungi("test", 1500, 1)
    found = decide(fit, report, Backoff(error_limit=0.15))
    of = {(one.contender, one.metric): one.value for one in found.baselines if one.rank is None}
    assert of["always the species", "answered"] == 1.0
    fixed = decide(fit, report, Backoff(threshold=0.65))
    for metric in ("answered", "error_of_answered"):
        assert of["fixed threshold 0.65", metric] == fixed.estimate(metric).value
    best = lineages(report, lots=units_of(None, n=1500)).right[:, -1]
    assert of["always the species", "error_of_answered"] == pytest.approx(1 - best.mean())


def test_poison_by_a_column_is_poison_by_names(fungi):
    deadly = pl.col("label").is_in(["s00", "s07"])
    fit, report = (
        replace(table, items=table.items.with_columns(deadly=deadly.cast(pl.Int8)))
        for table in (fungi("calibration", 600), fungi("test", 400, 1))
    )
    by_column, by_name = (
        decide(fit, report, MinimumRisk(cost="poison", poison=PoisonSection(cost=100, **named)))
        for named in ({"column": "deadly"}, {"classes": ("s00", "s07")})
    )
    assert by_column.items.equals(by_name.items)
    assert by_column.policy["poison"]["classes"] == ["s00", "s07"]
    assert by_column.policy["poison"]["column"] == "deadly"
    (alone,) = [one for one in by_name.baselines if one.metric == "dangerous_answers"]
    assert by_name.estimate("dangerous_answers").value < alone.value
    assert alone.contender == "always the best class"


def test_a_policy_without_limit_and_threshold_is_refused(fungi):
    empty = Backoff.model_construct(error_limit=None, threshold=None)
    with pytest.raises(DecisionError, match="a policy with a limit or a threshold; it has neither"):
        decide(fungi("calibration", 60), fungi("test", 60, 1), empty)
