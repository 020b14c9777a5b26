import pytest

from fieldmark.comparison.paired_tests import (
    PairedDifference,
    needed_units,
    require_resamples,
)
from fieldmark.core.errors import NotComparableError


def test_needed_units_shrink_with_the_square_of_the_difference():
    def paired(difference, error):
        return PairedDifference(
            difference=difference, low=-1, high=1, p_value=1, standard_error=error, test=""
        )

    assert needed_units(100, paired(0.1, 0.1)) == 785
    assert needed_units(100, paired(0.2, 0.1)) == 197
    assert needed_units(100, paired(0.0, 0.1)) is None
    assert needed_units(100, paired(0.1, 0.0)) is None


def test_what_chance_may_have_made_takes_more_units():
    paired = PairedDifference(
        difference=0.1, low=-1, high=1, p_value=1, standard_error=0.1, test="", chance=0.28015852
    )
    assert needed_units(100, paired) == 4 * 785


def test_too_few_resamples_are_refused():
    require_resamples(200, 0.95)
    with pytest.raises(
        NotComparableError, match=r"at least 1,000 resamples for a test at level 0\.99; got 100"
    ):
        require_resamples(100, 0.99)
