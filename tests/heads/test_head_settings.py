from typing import Any

import pytest

from fieldmark.core.errors import StudyError
from fieldmark.heads.settings import check_number, check_whole


@pytest.mark.parametrize("value", [0, -1, 2.0, "3", True, None])
def test_what_is_no_whole_number_of_at_least_one_is_refused(value: Any) -> None:
    with pytest.raises(
        StudyError, match=rf"'epochs' must be a whole number of at least 1; got {value!r}"
    ):
        check_whole("epochs", value)


def test_the_least_value_is_allowed() -> None:
    check_whole("epochs", 1)
    check_whole("warm_up", 0, least=0)


@pytest.mark.parametrize("value", [0, -0.1, float("nan"), float("inf"), "0.1", False, None])
def test_what_is_no_number_above_zero_is_refused(value: Any) -> None:
    with pytest.raises(
        StudyError, match=rf"'scale' must be a finite number above 0; got {value!r}"
    ):
        check_number("scale", value)


def test_zero_is_allowed_where_it_is_said() -> None:
    check_number("weight_decay", 0, zero_allowed=True)
    check_number("scale", 1e-9)
    with pytest.raises(
        StudyError, match="'weight_decay' must be a finite number of at least 0; got -1"
    ):
        check_number("weight_decay", -1, zero_allowed=True)
