import pytest

from fieldmark.comparison.rules import STRICT, ComparisonRules
from fieldmark.core.errors import NotComparableError, PredictionsError


def test_by_default_everything_that_differs_is_refused():
    assert (STRICT.classes, STRICT.labels, STRICT.across) == ("refuse", "refuse", frozenset())
    assert (STRICT.test, STRICT.universe, STRICT.level) == ("default", None, 0.95)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"test": "t-test"}, "Unknown test 't-test'"),
        ({"classes": "comon"}, "Unknown treatment of classes 'comon'; did you mean 'common'"),
        ({"labels": "third"}, "Unknown choice of labels 'third'"),
        ({"across": frozenset({"contracts"})}, "'contracts'; did you mean 'contract'"),
        ({"universe": 1}, "a universe of at least 2 candidates; got 1"),
        ({"resamples": 100}, r"at least 200 resamples for a test at level 0\.95; got 100"),
    ],
)
def test_rules_that_do_not_exist_are_refused(settings, message):
    with pytest.raises(NotComparableError, match=message):
        ComparisonRules(**settings)


def test_a_level_out_of_range_is_refused():
    with pytest.raises(PredictionsError, match="level between 0 and 1"):
        ComparisonRules(level=95)
