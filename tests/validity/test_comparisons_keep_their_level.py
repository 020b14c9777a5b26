"""Equal contenders are called different in at most five of a hundred studies."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import binom

from fieldmark.comparison import paired_bootstrap
from fieldmark.comparison.mcnemar import mcnemar_interval
from fieldmark.comparison.measures import measure_difference
from fieldmark.comparison.sign_flips import paired_difference
from fieldmark.comparison.trial import Trial
from fieldmark.evaluation.answers import Answers
from fieldmark.evaluation.measuring import Judged
from fieldmark.evaluation.resampling import units_of

pytestmark = pytest.mark.validity

STUDIES = 1000


def slack(studies, level=0.05):
    """Share of rejections that a test at its level stays below in 999 of 1,000 simulations."""
    return binom.ppf(0.999, studies, level) / studies


def answers(truth, right, rng, classes=10):
    other = (truth + rng.integers(1, classes, size=len(truth))) % classes
    return Answers(
        rank=None,
        classes=tuple(f"class {number}" for number in range(classes)),
        candidates=classes,
        truth=truth,
        predicted=np.where(right, truth, other),
    )


def equal_contenders(rng, *, groups, photos, spread, seeds=(1, 1)):
    """Return two contenders of the same skill that find different groups hard."""
    prior = np.arange(1, 11) ** -0.5
    truth = np.repeat(rng.choice(10, groups, p=prior / prior.sum()), photos)
    hard = rng.normal(size=(groups, photos)).ravel()
    sides = []
    for count in seeds:
        own = np.repeat(rng.normal(size=groups), photos) * spread
        ease = expit(1.0 + 0.7 * hard + own)
        sides.append(
            [Judged(answers(truth, rng.random(len(truth)) < ease, rng)) for _ in range(count)]
        )
    names = [f"{group}" for group in range(groups) for _ in range(photos)]
    return sides, names if photos > 1 else None


def rejections(metric, *, studies=STUDIES, test="default", keep_groups=True, **facts):
    seen = 0
    for study in range(studies):
        rng = np.random.default_rng([5, study])
        (a, b), names = equal_contenders(rng, **facts)
        units = units_of(names if keep_groups else None, n=a[0].leaf.n)
        trial = Trial(metric=metric, units=units, test=test, resamples=200, seed=study)
        seen += measure_difference(a, b, trial).paired.p_value < 0.05
    return seen / studies


INDEPENDENT = {"groups": 250, "photos": 1, "spread": 0.0}
CLUSTERED = {"groups": 40, "photos": 10, "spread": 2.0}


@pytest.mark.parametrize("metric", ["accuracy", "macro_f1"])
@pytest.mark.parametrize("facts", [INDEPENDENT, CLUSTERED], ids=["independent", "clustered"])
def test_equal_contenders_are_rarely_called_different(metric, facts):
    assert rejections(metric, **facts) <= slack(STUDIES)


def test_a_correlation_is_tested_by_swaps_as_well():
    found = rejections("matthews_correlation", **CLUSTERED)
    assert found <= slack(STUDIES)


def test_equal_contenders_with_several_seeds():
    assert rejections("accuracy", **CLUSTERED, seeds=(3, 1)) <= slack(STUDIES)
    few = {"groups": 120, "photos": 1, "spread": 0.0}
    assert rejections("macro_f1", **few, seeds=(3, 1)) <= slack(STUDIES)


def test_sign_flips_of_a_skewed_loss_over_groups_keep_their_level():
    seen = 0
    names = [f"{row // 8}" for row in range(320)]
    units = units_of(names, n=320)
    for study in range(STUDIES):
        rng = np.random.default_rng([6, study])
        of_groups = np.repeat(rng.normal(size=(2, 40)), 8, axis=1)
        a, b = rng.gamma(1.0, np.exp(0.5 * of_groups))
        found = paired_difference(a, b, units, resamples=200, seed=study, limit=np.inf)
        seen += found.p_value < 0.05
    assert seen / STUDIES <= slack(STUDIES)


def test_tearing_groups_apart_calls_equal_contenders_different():
    assert rejections("accuracy", keep_groups=False, **CLUSTERED) > 0.15


def test_a_paired_bootstrap_keeps_its_level_on_means_of_many_items():
    assert rejections("accuracy", test="paired-bootstrap", **INDEPENDENT) <= slack(STUDIES)


@pytest.mark.parametrize("groups", [8, 15])
def test_a_paired_bootstrap_of_macro_f1_over_few_groups_keeps_its_level(groups):
    facts = {"test": "paired-bootstrap", "groups": groups, "photos": 10}
    assert rejections("macro_f1", spread=2.0, **facts) <= slack(STUDIES)


def test_draws_that_are_not_spread_out_call_equal_contenders_different(monkeypatch):
    monkeypatch.setattr(paired_bootstrap, "JACKKNIFED_UNITS", 0)
    facts = {"test": "paired-bootstrap", "groups": 15, "photos": 10}
    assert rejections("macro_f1", spread=2.0, **facts) > slack(STUDIES)


def calibrated(rng, n, *, sharp, overconfidence):
    """Return answers whose confidence exceeds their accuracy by as much wherever they are."""
    confidence = 0.5 + 0.5 * rng.beta(6, 1, n) if sharp else 0.3 + 0.6 * rng.random(n)
    truth = np.zeros(n, np.int64)
    right = rng.random(n) < confidence - overconfidence
    return Judged(replace(answers(truth, right, rng), confidence=confidence))


def called_different(metric, *, studies, n, sides):
    """Return how often two contenders, each (sharp, overconfidence), are called different."""
    seen = 0
    for study in range(studies):
        rng = np.random.default_rng([11, study])
        a, b = (calibrated(rng, n, sharp=one[0], overconfidence=one[1]) for one in sides)
        trial = Trial(metric=metric, units=units_of(None, n=n), resamples=200, seed=study)
        seen += measure_difference([a], [b], trial).paired.p_value < 0.05
    return seen / studies


@pytest.mark.parametrize("metric", ["ece_equal_width", "ece_equal_mass"])
@pytest.mark.parametrize("overconfidence", [0.0, 0.05])
def test_equally_calibrated_contenders_are_rarely_called_different(metric, overconfidence):
    sides = ((True, overconfidence), (False, overconfidence))
    found = called_different(metric, studies=STUDIES, n=150, sides=sides)
    assert found <= slack(STUDIES)


def test_a_worse_calibrated_contender_is_found_with_enough_items():
    sides = ((False, 0.10), (False, 0.0))
    assert called_different("ece_equal_width", studies=40, n=3000, sides=sides) > 0.9


@pytest.mark.parametrize(
    ("n", "first", "second"),
    [(60, 0.10, 0.05), (60, 0.75, 0.02), (400, 0.03, 0.03), (400, 0.75, 0.02), (1226, 0.08, 0.02)],
)
def test_the_interval_of_a_difference_covers(n, first, second):
    counts = np.random.default_rng(0).multinomial(n, [first, second, 1 - first - second], size=1500)
    ends = np.array([mcnemar_interval(int(b), int(c), n) for b, c, _ in counts])
    difference = first - second
    covered = np.mean((ends[:, 0] <= difference) & (difference <= ends[:, 1]))
    assert covered > 0.935


def test_the_interval_over_groups_covers_a_real_difference():
    truth = 0.0
    sample = np.random.default_rng(0).normal(size=(2, 2_000_000))
    truth = expit(1.6 + sample[0]).mean() - expit(1.0 + sample[1]).mean()
    hits = 0
    for study in range(STUDIES):
        rng = np.random.default_rng([9, study])
        labels = np.zeros(300, np.int64)
        sides = [
            Judged(
                answers(
                    labels, rng.random(300) < np.repeat(expit(ease + rng.normal(size=30)), 10), rng
                )
            )
            for ease in (1.6, 1.0)
        ]
        units = units_of([f"{row // 10}" for row in range(300)], n=300)
        trial = Trial(metric="accuracy", units=units, resamples=200, seed=study)
        paired = measure_difference(sides[:1], sides[1:], trial).paired
        hits += paired.low <= truth <= paired.high
    assert hits / STUDIES > 0.92
