"""What two contenders get right together and apart."""

import numpy as np
import pytest

from fieldmark.evaluation.complementarity import complementarity
from fieldmark.evaluation.resampling import units_of


def judged(first: list[int], second: list[int], truth: list[int], groups=None):  # type: ignore[no-untyped-def]
    """Return the complementarity of two lists of answers."""
    one, two, label = (np.array(values) for values in (first, second, truth))
    return complementarity(
        ("a", "b"),
        (one, two),
        (one == label, two == label),
        units_of(groups, n=len(label)),
        resamples=200,
    )


def test_shares_add_up() -> None:
    found = judged([0, 0, 1, 2, 2], [0, 1, 1, 0, 1], [0, 0, 1, 0, 0])
    shares = [found.both_right, found.only_first, found.only_second, found.both_wrong]
    assert [share.value for share in shares] == pytest.approx([0.4, 0.2, 0.2, 0.2])
    assert found.oracle.value == pytest.approx(0.8)
    assert found.oracle_gain.value == pytest.approx(0.2)
    assert "both are wrong on 20.00 %" in found.sentence()


def test_twins_have_nothing_to_give() -> None:
    found = judged([0, 1, 1, 0], [0, 1, 1, 0], [0, 1, 0, 0])
    assert found.agreement_kappa.value == 1
    assert found.oracle_gain.value == 0


def test_a_kappa_where_chance_always_agrees_is_not_defined() -> None:
    found = judged([0, 0, 0], [0, 0, 0], [0, 0, 0])
    assert found.agreement_kappa.value is None
    assert found.agreement_kappa.low is None
    assert found.oracle.value == 1


def test_groups_widen_the_interval() -> None:
    rng = np.random.default_rng(0)
    of_group = np.repeat(rng.random(20) < 0.5, 20)
    truth = np.zeros(400, int)
    one, two = np.where(of_group, 0, 1), rng.integers(0, 2, 400)
    alone = judged(one.tolist(), two.tolist(), truth.tolist())
    grouped = judged(
        one.tolist(), two.tolist(), truth.tolist(), [f"{number // 20}" for number in range(400)]
    )
    assert grouped.groups == 20
    for share, wider in ((alone.oracle, grouped.oracle),):
        assert wider.high - wider.low > share.high - share.low
    assert "groups" in grouped.to_dict()["method"]
