import json
import subprocess
import sys

import numpy as np
import pytest

from fieldmark.core.errors import NotComparableError, PredictionsError
from fieldmark.evaluation.baselines import MAJORITY_OF_EVALUATED, MAJORITY_OF_TRAINING
from fieldmark.evaluation.calibration_metrics import CALIBRATION_METRICS
from fieldmark.evaluation.classification_metrics import CLASSIFICATION_METRICS
from fieldmark.evaluation.estimates import clopper_pearson, estimate_from_dict, find_estimate
from fieldmark.evaluation.evaluate import evaluate_many, evaluate_predictions
from fieldmark.evaluation.guesses import CHANCE, PRIOR_OF_EVALUATED, PRIOR_OF_TRAINING
from fieldmark.evaluation.record import Evaluation
from fieldmark.evaluation.selective_metrics import SELECTIVE_METRICS


def seeds_of(random_table, count=3, **fields):
    return [random_table(seed=seed, header={"seed": seed}, **fields) for seed in range(count)]


def test_every_metric_without_a_taxonomy_is_there_once_in_the_order_of_the_catalogue(random_table):
    found = evaluate_predictions(random_table())
    metrics = [e.metric for e in found.estimates if not e.metric.endswith("_skill")]
    catalogue = (*CLASSIFICATION_METRICS, *CALIBRATION_METRICS, *SELECTIVE_METRICS)
    of_one_class = {"class_recall", "class_precision", "class_f1"}
    assert metrics == [m.identifier for m in catalogue if m.identifier not in of_one_class]
    assert all(estimate.rank is None for estimate in found.estimates)


def test_the_record_says_what_was_evaluated(random_table):
    table = random_table(header={"seed": 4, "split_digest": "abc", "excluded": 2})
    found = evaluate_predictions(table, resamples=300, seed=5)
    assert isinstance(found, Evaluation)
    assert (found.contender, found.split, found.split_digest) == ("probe", "test", "abc")
    assert (found.seeds, found.n, found.excluded, found.unknown_labels) == ((4,), 120, 2, 0)
    assert (found.classes, found.groups, found.score_kind) == (8, None, "logits")
    assert (found.resamples, found.resampling_seed) == (300, 5)
    assert found.items_digest == table.items_digest
    assert found.label_space_digest == table.label_space.set_digest
    assert not found.is_dead


def test_the_record_goes_through_json(random_table):
    found = evaluate_predictions(random_table(groups=[f"{i // 4}" for i in range(120)]))
    content = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert content == found.to_dict()
    assert content["groups"] == 30
    assert tuple(map(estimate_from_dict, content["estimates"])) == found.estimates
    assert tuple(map(estimate_from_dict, content["baselines"])) == found.baselines
    assert content["seeds"] == [None]


def test_ranks_come_after_the_leaves_from_coarse_to_fine(make, tree):
    rng = np.random.default_rng(0)
    table = make(rng.dirichlet(np.ones(4), 40), rng.choice(list("abcd"), 40), taxonomy=tree)
    found = evaluate_predictions(table)
    ranks = list(dict.fromkeys(estimate.rank for estimate in found.estimates))
    assert ranks == [None, "family", "genus"]
    assert found.estimate("accuracy", "genus").classes == 3
    assert found.estimate("all_ranks_right").value == found.estimate("accuracy").value
    assert found.estimate("contradiction_rate") is not None
    assert found.estimate("accuracy", "kingdom") is None


def test_baselines_stand_beside_every_rank(make, tree):
    rng = np.random.default_rng(0)
    table = make(rng.dirichlet(np.ones(4), 40), rng.choice(list("abcd"), 40), taxonomy=tree)
    found = evaluate_predictions(table)
    for rank in (None, "family", "genus"):
        names = {e.contender for e in found.baselines if (e.metric, e.rank) == ("accuracy", rank)}
        assert names == {CHANCE, MAJORITY_OF_EVALUATED, PRIOR_OF_EVALUATED}
        assert found.estimate("accuracy_skill", rank) is not None


def test_training_labels_are_taken_from_the_header_and_can_be_given(random_table):
    counts = {"class 3": 50, "class 1": 10}
    from_header = evaluate_predictions(random_table(header={"training_label_counts": counts}))
    given = evaluate_predictions(random_table(), training_labels=counts)
    assert from_header.baselines == given.baselines
    names = {e.contender for e in given.baselines}
    assert names == {CHANCE, MAJORITY_OF_TRAINING, PRIOR_OF_TRAINING}


def test_the_order_of_items_changes_nothing_but_the_draws(make):
    rng = np.random.default_rng(0)
    scores, labels = rng.dirichlet(np.ones(3), 60), rng.choice(list("abc"), 60)
    order = rng.permutation(60)
    first = evaluate_predictions(make(scores, labels))
    second = evaluate_predictions(
        make(scores[order], labels[order], ids=[f"i{row}" for row in order])
    )
    for one, other in zip(first.estimates, second.estimates, strict=True):
        assert one.value == pytest.approx(other.value)


def test_the_input_is_unchanged(random_table):
    table = random_table()
    before = table.digest, table.scores.copy()
    evaluate_predictions(table)
    assert table.digest == before[0]
    assert np.array_equal(table.scores, before[1])


def test_one_item_one_class(make):
    found = evaluate_predictions(make([[1.0]], ["a"]))
    assert found.estimate("accuracy").value == 1.0
    assert found.estimate("mean_confidence_wrong").value is None
    assert found.warnings == ()


def test_two_items_both_wrong(make):
    found = evaluate_predictions(make([[0.9, 0.1], [0.1, 0.9]], ["b", "a"]))
    assert found.estimate("accuracy").value == 0.0
    assert found.estimate("mean_confidence_right").value is None
    assert found.estimate("mean_confidence_right").method == "nothing to divide"


def test_only_unknown_labels_give_no_loss_and_no_error(make):
    found = evaluate_predictions(make([[0.9, 0.1], [0.1, 0.9]], ["y", "z"]))
    assert found.unknown_labels == 2
    assert found.estimate("accuracy").value == 0.0
    assert found.estimate("log_loss").value is None
    assert find_estimate(found.baselines, "log_loss") is None


def test_similarities_are_evaluated_by_rank_alone(make, tree):
    rng = np.random.default_rng(0)
    table = make(
        rng.normal(size=(30, 4)), rng.choice(list("abcd"), 30), kind="similarities", taxonomy=tree
    )
    found = evaluate_predictions(table)
    assert found.estimate("accuracy", "genus") is not None
    assert found.estimate("log_loss") is None
    assert found.estimate("contradiction_rate") is None


def test_a_dead_run_is_said_first(make):
    table = make(np.tile([0.6, 0.4], (30, 1)), ["a", "b"] * 15)
    found = evaluate_predictions(table)
    assert found.is_dead
    assert [flag.code for flag in found.warnings] == ["chance-level", "constant-prediction"]


def test_seeds_are_averaged_with_their_values_kept(random_table):
    tables = seeds_of(random_table)
    found = evaluate_many(tables)
    singles = [evaluate_predictions(table).estimate("macro_f1").value for table in tables]
    mean = found.estimate("macro_f1")
    assert mean.value == pytest.approx(np.mean(singles))
    assert mean.seed_values == pytest.approx(singles)
    assert mean.method.endswith("mean of 3 seeds (0, 1, 2)")
    assert found.seeds == (0, 1, 2)


def test_the_order_of_rows_within_a_seed_does_not_matter(make):
    rng = np.random.default_rng(0)
    labels = rng.choice(list("abc"), 50)
    scores = [rng.dirichlet(np.ones(3), 50) for _ in range(2)]
    order = rng.permutation(50)
    names = [f"i{row}" for row in range(50)]
    first = make(scores[0], labels, header={"seed": 0})
    straight = make(scores[1], labels, header={"seed": 1})
    turned = make(
        scores[1][order], labels[order], ids=[names[row] for row in order], header={"seed": 1}
    )
    assert evaluate_many([first, straight]) == evaluate_many([first, turned])


def test_seeds_with_ranks_are_reordered_at_every_rank(make, tree):
    rng = np.random.default_rng(0)
    labels, scores = rng.choice(list("abcd"), 30), rng.dirichlet(np.ones(4), 30)
    order = rng.permutation(30)
    first = make(scores, labels, taxonomy=tree, header={"seed": 0})
    turned = make(
        scores[order],
        labels[order],
        ids=[f"i{row}" for row in order],
        taxonomy=tree,
        header={"seed": 1},
    )
    found = evaluate_many([first, turned])
    for estimate in found.estimates:
        if estimate.seed_values:
            assert estimate.seed_values[0] == pytest.approx(estimate.seed_values[1])


def test_flags_of_one_seed_name_it(make):
    rng = np.random.default_rng(0)
    labels = ["a", "b"] * 20
    alive = np.where(np.array(labels)[:, None] == "a", [[0.8, 0.2]], [[0.3, 0.7]])
    tables = [
        make(alive, labels, header={"seed": 0}),
        make(rng.dirichlet([90, 10], 40), labels, header={"seed": 1}),
    ]
    flags = evaluate_many(tables).warnings
    assert [flag.code for flag in flags] == ["constant-prediction"]
    assert flags[0].sentence.startswith("Seed 1: All 40 items")


def test_excluded_is_the_most_of_any_seed(random_table):
    tables = [random_table(seed=i, header={"seed": i, "excluded": i}) for i in range(3)]
    assert evaluate_many(tables).excluded == 2


def test_no_table_is_refused():
    with pytest.raises(PredictionsError, match="at least one table of predictions; got none"):
        evaluate_many([])


def test_seeds_of_two_contenders_are_refused(random_table):
    other = random_table(header={"contender": "other", "split": "validation"})
    with pytest.raises(
        NotComparableError,
        match=r"differ in contender: probe against other; split: test against validation\. Eval",
    ):
        evaluate_many([random_table(), other])


def test_a_seed_that_comes_twice_is_refused(random_table):
    table = random_table(header={"seed": 3})
    with pytest.raises(NotComparableError, match="seed '3' came more than once"):
        evaluate_many([table, table])


def test_seeds_on_other_items_are_refused(random_table):
    with pytest.raises(NotComparableError, match="not on the same items"):
        evaluate_many([random_table(n=20), random_table(n=20, ids=[f"x{i}" for i in range(20)])])


@pytest.mark.parametrize(
    ("settings", "message"),
    [({"level": 2}, "level between 0 and 1"), ({"resamples": 0}, "at least 1 resample")],
)
def test_settings_out_of_range_are_refused(random_table, settings, message):
    with pytest.raises(PredictionsError, match=message):
        evaluate_predictions(random_table(), **settings)


def test_evaluation_imports_neither_scipy_stats_nor_torch():
    modules = "fieldmark.evaluation.evaluate, fieldmark.comparison.verdict"
    code = f"import sys, {modules}; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert not {"scipy.stats", "torch", "sklearn", "matplotlib"} & set(loaded.stdout.split())


def test_the_record_holds_reliability_and_the_most_frequent_mix_ups(make):
    scores = [[0.9, 0.1]] * 6 + [[0.3, 0.7]] * 6
    found = evaluate_predictions(make(scores, ["a"] * 8 + ["b"] * 4), resamples=20)
    assert [(one.n, one.accuracy) for one in found.reliability] == [(6, 4 / 6), (6, 1.0)]
    (pair,) = found.confusions
    assert (pair.truth, pair.predicted, pair.count, pair.n) == ("a", "b", 2, 8)
    content = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert content["reliability"][0]["n"] == 6
    assert content["confusions"][0]["count"] == 2
    assert content["metadata"] == []


def test_similarities_have_mix_ups_but_no_reliability(make):
    found = evaluate_predictions(make([[1.0, 2.0]], ["a"], kind="similarities"), resamples=5)
    assert found.reliability == ()
    assert found.confusions[0].predicted == "b"


@pytest.mark.parametrize("metric", ["aurc", "augrc", "ece_equal_mass", "brier_score"])
def test_intervals_of_losses_do_not_reach_below_zero(make, metric):
    labels = ["a", "b"] * 10 + ["b"]
    sure = np.where(np.array(labels)[:, None] == "a", [[0.95, 0.05]], [[0.03, 0.97]])
    sure[-1] = [0.6, 0.4]
    estimate = evaluate_predictions(make(sure, labels), resamples=300).estimate(metric)
    assert 0 <= estimate.low <= estimate.value <= estimate.high


def test_no_mistake_bounds_the_risk_by_the_items_that_are_covered(make):
    labels = ["a", "b"] * 20
    sure = np.where(np.array(labels)[:, None] == "a", [[0.9, 0.1]], [[0.2, 0.8]])
    found = evaluate_predictions(make(sure, labels), resamples=50)
    risk = found.estimate("risk_at_80_coverage")
    assert (risk.value, risk.high) == (0.0, clopper_pearson(0, 32)[1])
    assert found.estimate("confidence_auroc").value is None
    assert found.estimate("coverage_at_5_risk").value == 1.0


def test_an_accuracy_average_over_rare_classes_is_noted(make):
    rng = np.random.default_rng(0)
    labels = list("aaaaaabbbbbbcccccccd") * 2
    found = evaluate_predictions(make(rng.dirichlet(np.ones(4), 40), labels), resamples=20)
    assert "few-items-per-class" in [flag.code for flag in found.warnings]
