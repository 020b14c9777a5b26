import json

import numpy as np
import pytest

from fieldmark.comparison.rules import ComparisonRules
from fieldmark.comparison.verdict import Comparison, compare
from fieldmark.core.errors import NotComparableError


def test_a_clear_difference_is_better_one_way_and_worse_the_other(with_right):
    a, b = with_right("new", 60, range(55)), with_right("old", 60, range(30))
    there, back = compare(a, b), compare(b, a)
    assert isinstance(there, Comparison)
    assert (there.verdict, back.verdict) == ("better", "worse")
    assert (there.a, there.b, there.metric, there.rank) == ("new", "old", "accuracy", None)
    assert there.discordant == (25, 0)
    assert (there.n, there.classes, there.split, there.groups) == (60, 2, "test", None)
    assert (there.a_value, there.b_value) == (55 / 60, 0.5)
    assert there.needed_n is None


def test_equal_predictions_are_not_distinguishable_and_need_no_number(with_right):
    table = with_right("new", 60, range(55))
    found = compare(table, with_right("old", 60, range(55)))
    assert (found.verdict, found.difference, found.p_value) == ("not distinguishable", 0.0, 1.0)
    assert found.needed_n is None


def test_equivalence_needs_a_margin_and_enough_items(with_right):
    few = with_right("new", 60, range(55)), with_right("old", 60, range(55))
    many = with_right("new", 2000, range(1800)), with_right("old", 2000, range(1800))
    assert compare(*few, margin=0.01).verdict == "not distinguishable"
    assert compare(*many, margin=0.01).verdict == "equivalent"
    assert compare(*many).verdict == "not distinguishable"


def test_rows_in_another_order_change_nothing(contender):
    rng = np.random.default_rng(0)
    labels, given = rng.choice(list("abc"), (2, 50)).tolist()
    order = rng.permutation(50)
    a = contender("new", labels, labels[:30] + given[30:])
    b = contender("old", labels, given)
    turned = contender(
        "old",
        [labels[row] for row in order],
        [given[row] for row in order],
        ids=[f"i{row}" for row in order],
    )
    for metric in ("accuracy", "macro_f1"):
        assert compare(a, b, metric=metric) == compare(a, turned, metric=metric)


def test_groups_of_either_side_are_kept_whole(with_right):
    groups = [f"{row // 4}" for row in range(80)]
    plain = with_right("new", 80, range(70)), with_right("old", 80, range(60))
    with_groups = with_right("old", 80, range(60), groups=groups)
    assert compare(*plain).groups is None
    found = compare(plain[0], with_groups)
    assert found.groups == 20
    assert found.test == "sign flips over 20 groups"


def test_several_seeds_a_side(with_right):
    a = [with_right("new", 80, range(70 + seed), seed=seed) for seed in range(3)]
    b = with_right("old", 80, range(50))
    found = compare(a, b)
    assert (found.a_seeds, found.b_seeds) == (3, 1)
    assert found.a_value == pytest.approx(71 / 80)
    assert found.discordant is None
    assert found.verdict == "better"
    assert compare(a, [b]) == found


def test_a_rank_is_compared_on_ancestors(contender, tree):
    labels = ["a", "b", "c"] * 20
    a = contender("new", labels, ["b", "a", "c"] * 20, taxonomy=tree)
    b = contender("old", labels, ["c", "c", "a"] * 20, taxonomy=tree)
    found = compare(a, b, rank="genus")
    assert (found.rank, found.a_value, found.b_value) == ("genus", 1.0, 0.0)
    assert found.classes == 2
    assert compare(a, b, rank="species").a_value == pytest.approx(1 / 3)


def test_common_classes_over_several_seeds_restrict_all_tables(contender):
    labels = ["a", "b", "c"] * 20
    a = [contender("new", labels, labels, seed=seed) for seed in range(2)]
    b = contender(
        "old",
        ["a", "b"] * 20,
        ["b", "b"] * 15 + ["a", "a"] * 5,
        classes=("a", "b"),
        ids=[f"i{row}" for row in range(60) if row % 3 < 2],
    )
    found = compare(a, b, rules=ComparisonRules(classes="common"))
    assert (found.n, found.classes, found.verdict) == (40, 2, "better")
    assert found.notes == (
        "restricted to 2 common classes: 40 of 60 items of new and 40 of 40 items of old left",
    )


def test_what_is_compared_across_is_noted(with_right, contract):
    a = with_right("new", 60, range(50))
    b = with_right("old", 60, range(40), contract=contract | {"crop_size": 96})
    found = compare(a, b, rules=ComparisonRules(across=frozenset({"contract"})))
    assert found.notes == ("across preprocessing contracts: crop_size: 224 against 96",)


def test_the_record_goes_through_json(with_right):
    found = compare(with_right("new", 60, range(50)), with_right("old", 60, range(45)))
    assert json.loads(json.dumps(found.to_dict(), allow_nan=False)) == {
        **found.to_dict(),
        "discordant": [5, 0],
    }


def test_the_level_is_kept(with_right):
    a, b = with_right("new", 60, range(50)), with_right("old", 60, range(45))
    wide, narrow = (compare(a, b, rules=ComparisonRules(level=level)) for level in (0.99, 0.8))
    assert wide.low < narrow.low
    assert (wide.verdict, narrow.verdict) == ("not distinguishable", "better")
    assert "99 % interval" in wide.sentence()


def test_another_metric_is_refused(with_right):
    table = with_right("new", 60, range(50))
    with pytest.raises(
        NotComparableError, match="Unknown metric to compare on 'macro_f2'; did you"
    ):
        compare(table, table, metric="macro_f2")
    with pytest.raises(NotComparableError, match="Neither a higher nor a lower mean_confidence is"):
        compare(table, table, metric="mean_confidence")


def test_no_table_and_two_contenders_on_one_side_are_refused(with_right):
    a, b = with_right("new", 60, range(50)), with_right("old", 60, range(45))
    with pytest.raises(NotComparableError, match="at least one table of predictions a side"):
        compare([], b)
    with pytest.raises(NotComparableError, match="the seeds of one contender a side; got new, old"):
        compare([a, b], b)


def test_different_taxonomies_are_refused_at_a_rank(contender, tree):
    from fieldmark.manifest.taxonomy import restrict_taxonomy

    a = contender("new", ["a", "b"], ["a", "b"], taxonomy=tree)
    b = contender("old", ["a", "b"], ["a", "b"], taxonomy=tree)
    pruned = contender(
        "old",
        ["a", "b"],
        ["a", "b"],
        classes=("a", "b"),
        taxonomy=restrict_taxonomy(tree, ["a", "b"]),
    )
    whole = contender("new", ["a", "b"], ["a", "b"], classes=("a", "b"), taxonomy=tree)
    assert compare(a, b, rank="genus").n == 2
    with pytest.raises(NotComparableError, match="different taxonomies, so rank 'genus' may not"):
        compare(whole, pruned, rank="genus")


def test_a_dead_run_is_no_evidence_unless_that_is_the_question(contender):
    labels = ["a", "b"] * 30
    alive = contender("new", labels, labels)
    dead = contender("old", labels, ["a"] * 60)
    with pytest.raises(NotComparableError, match=r"old is no evidence: All 60 items .*dead-run`"):
        compare(alive, dead)
    assert (
        compare(alive, dead, rules=ComparisonRules(across=frozenset({"dead-run"}))).verdict
        == "better"
    )


def test_a_calibration_error_says_how_much_chance_may_have_made(contender):
    rng = np.random.default_rng(0)
    labels = rng.choice(["a", "b", "c"], 90).tolist()
    sides = [
        contender(name, labels, np.where(rng.random(90) < share, labels, "a").tolist())
        for name, share in (("new", 0.9), ("old", 0.6))
    ]
    rules = ComparisonRules(test="paired-bootstrap", resamples=200)
    found = compare(*sides, metric="ece_equal_width", rules=rules)
    assert any(
        "chance alone makes ece_equal_width larger, up to 0.0" in note for note in found.notes
    )
    assert not any("too sure of itself" in note for note in found.notes)
    assert "less the gaps of chance" in found.sentence()


def test_a_bootstrap_of_many_units_warns_on_class_averages_alone(contender):
    rng = np.random.default_rng(0)
    labels = rng.choice(["a", "b", "c"], 2100).tolist()
    sides = [
        contender(name, labels, np.where(rng.random(2100) < share, labels, "a").tolist())
        for name, share in (("new", 0.9), ("old", 0.6))
    ]
    rules = ComparisonRules(test="paired-bootstrap", resamples=200)
    warned = {
        metric: any(
            "may be too sure of itself on an average over rare classes" in note
            for note in compare(*sides, metric=metric, rules=rules).notes
        )
        for metric in ("macro_f1", "log_loss")
    }
    assert warned == {"macro_f1": True, "log_loss": False}
