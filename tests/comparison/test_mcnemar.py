import numpy as np
import pytest

from fieldmark.comparison.mcnemar import mcnemar_exact, mcnemar_interval, needed_items
from fieldmark.core.errors import PredictionsError


def test_no_discordant_item_is_no_evidence():
    assert mcnemar_exact(0, 0) == 1.0
    low, high = mcnemar_interval(0, 0, 100)
    assert low == -high < 0


def test_mcnemar_is_symmetric():
    assert mcnemar_exact(3, 11) == mcnemar_exact(11, 3)
    low, high = mcnemar_interval(3, 11, 50)
    assert mcnemar_interval(11, 3, 50) == pytest.approx((-high, -low))


def test_all_discordant_on_one_side_stays_within_one():
    low, high = mcnemar_interval(30, 0, 30)
    assert 0.7 < low < high == 1.0


def test_negative_discordant_counts_are_refused():
    with pytest.raises(PredictionsError, match="counts of at least 0; got -1 and 3"):
        mcnemar_exact(-1, 3)


def test_more_discordant_items_than_items_are_refused():
    with pytest.raises(PredictionsError, match="between 0 and n = 10; got 12"):
        mcnemar_interval(6, 6, 10)


def test_needed_items_by_hand():
    psi, d = 0.1, 0.05
    expected = (1.959964 * psi**0.5 + 0.841621 * (psi - d**2) ** 0.5) ** 2 / d**2
    assert needed_items(psi, d) == int(np.ceil(expected))


def test_needed_items_grow_with_power_and_level_and_ignore_the_sign():
    assert needed_items(0.1, 0.05) < needed_items(0.1, 0.05, power=0.9)
    assert needed_items(0.1, 0.05) < needed_items(0.1, 0.05, level=0.99)
    assert needed_items(0.1, -0.05) == needed_items(0.1, 0.05)


def test_no_number_of_items_shows_no_difference():
    assert needed_items(0.1, 0.0) is None


def test_a_difference_above_the_discordant_share_is_refused():
    with pytest.raises(PredictionsError, match=r"at most the discordant share 0\.1; got 0\.2"):
        needed_items(0.1, 0.2)


@pytest.mark.parametrize("settings", [{"power": 1.0}, {"level": 0.0}])
def test_power_and_level_are_probabilities(settings):
    with pytest.raises(PredictionsError, match="level between 0 and 1"):
        needed_items(0.1, 0.05, **settings)
