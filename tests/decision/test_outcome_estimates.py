import numpy as np
import pytest

from fieldmark.decision.outcome_estimates import Measure, Reporting, Term, estimates_of, share
from fieldmark.evaluation.estimates import clopper_pearson
from fieldmark.evaluation.resampling import units_of


def reporting(n: int, groups=None) -> Reporting:
    return Reporting(
        units=units_of(groups, n=n), split="test", classes=2, contender="probe", resamples=500
    )


def test_a_share_of_items_gets_the_exact_interval():
    hits = np.arange(50) < 7
    among = np.arange(50) < 40
    (found,) = estimates_of([share("positive_recall", hits, among, denominator="x")], reporting(50))
    assert (found.value, found.n, found.method) == (7 / 40, 40, "Clopper-Pearson")
    assert (found.low, found.high) == clopper_pearson(7, 40)


def test_lots_are_drawn_whole_unless_one_item_stands_for_each():
    hits = np.repeat(np.arange(20) % 2 == 0, 10)
    groups = [f"{i // 10}" for i in range(200)]
    among = np.ones(200, bool)
    measure = share("positive_recall", hits, among, denominator="x")
    (found,) = estimates_of([measure], reporting(200, groups))
    assert "cluster bootstrap by lot (20 groups)" in found.method
    assert found.high - found.low > 0.3
    first = np.arange(200) % 10 == 0
    one = Measure(
        metric="lots_without_miss", terms=(Term(hits, first),), denominator="x", independent=True
    )
    (exact,) = estimates_of([one], reporting(200, groups))
    assert (exact.low, exact.high) == clopper_pearson(10, 20)


def test_weights_follow_the_prevalence():
    positive = np.arange(100) < 50
    cost = np.where(positive, 10.0, 1.0) * (np.arange(100) % 2)
    terms = (Term(cost, positive, 0.02), Term(cost, ~positive, 0.98))
    measure = Measure(metric="cost_per_1000", terms=terms, denominator="x")
    (found,) = estimates_of([measure], reporting(100))
    assert found.value == pytest.approx(0.02 * 5 + 0.98 * 0.5)
    assert found.low < found.value < found.high
    assert found.method.startswith("bootstrap, 500 resamples")


def test_nothing_to_divide_and_no_variation():
    none, everything = np.zeros(30, bool), np.ones(30, bool)
    measures = [
        share("positive_recall", none, none, denominator="x"),
        Measure(
            metric="cost_per_1000", terms=(Term(everything * 1.0, everything),), denominator="x"
        ),
        share("false_alarm_rate", everything, everything, denominator="x"),
    ]
    empty, flat, full = estimates_of(measures, reporting(30, [f"{i // 3}" for i in range(30)]))
    assert (empty.value, empty.low, empty.method) == (None, None, "nothing to divide")
    assert (flat.value, flat.low) == (1.0, None)
    assert "no variation" in flat.method
    assert (full.value, full.high) == (1.0, 1.0)
    assert full.low == pytest.approx(clopper_pearson(10, 10)[0])
