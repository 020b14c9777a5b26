from typing import Any

import pytest
from pydantic import ValidationError

from fieldmark.experiments.data import DataConfig

DATA = {"manifest": "m.csv", "images": "img", "label": "species"}
SHARES = {"train": 0.5, "test": 0.5}


def parts_of(rule: dict[str, Any]) -> Any:
    return DataConfig.model_validate(DATA | {"split": rule}).split.parts


@pytest.mark.parametrize(
    ("rule", "parts"),
    [
        ({"kind": "group_kfold", "folds": 5}, ("train", "validation", "test")),
        ({"kind": "group_kfold", "folds": 5, "validation": 0}, ("train", "test")),
        ({"kind": "leave_one_group_out"}, ("train", "validation", "test")),
        ({"kind": "time", "column": "day", "cuts": {"exam": 5}}, ("train", "exam")),
        ({"kind": "time", "column": "day", "fractions": SHARES}, ("train", "test")),
        ({"kind": "few_shot", "shots": [1], "within": "part"}, None),
        ({"kind": "new_identity", "identity": "cat", "fractions": SHARES}, ("train", "test")),
    ],
)
def test_a_rule_knows_the_parts_that_it_will_make(rule: dict[str, Any], parts: Any) -> None:
    assert parts_of(rule) == parts


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ({"kind": "group_kfold", "folds": 1}, "greater than or equal to 2"),
        ({"kind": "group_kfold", "folds": 3, "validation": 1.0}, "less than 1"),
        ({"kind": "leave_one_group_out", "validation": -1}, "greater than or equal to 0"),
        ({"kind": "time", "column": "day"}, "needs either 'cuts' or 'fractions'; neither is given"),
        (
            {"kind": "time", "column": "day", "cuts": {"test": 3}, "fractions": SHARES},
            "either 'cuts' or 'fractions'; both are given",
        ),
        ({"kind": "time", "column": "day", "cuts": {}}, "cuts name the first time of each part"),
        (
            {"kind": "time", "column": "day", "cuts": {"train": 3}},
            "cuts name the first time of each part after 'train'",
        ),
        (
            {"kind": "time", "column": "day", "fractions": {"train": 0.5, "test": 0.6}},
            "the fractions should sum to 1; they sum to 1.1",
        ),
        ({"kind": "few_shot", "shots": [], "within": "part"}, "at least 1 item"),
        ({"kind": "few_shot", "shots": [5, 5], "within": "part"}, "shots names 5 twice"),
        (
            {"kind": "new_identity", "identity": "cat", "fractions": {"train": 0.9, "test": 0.2}},
            "the fractions should sum to 1; they sum to 1.1",
        ),
        ({"kind": "new_session", "fractions": SHARES, "identity": "cat"}, "Field required"),
        ({"kind": "group_kfold", "fold": 3}, "unknown key 'fold'; did you mean 'folds'"),
        ({"folds": 3}, "Unable to extract tag using discriminator 'kind'"),
    ],
)
def test_a_rule_that_cannot_be_is_refused(rule: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        parts_of(rule)
