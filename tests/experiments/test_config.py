from typing import Any

import pytest
from pydantic import ValidationError

from fieldmark.experiments.config import Study
from fieldmark.experiments.plan import inner_folds_of, plan

STUDY: dict[str, Any] = {
    "study": "fungi",
    "task": "taxonomy",
    "data": {"manifest": "m.csv", "images": "img", "ranks": ["genus", "species"], "split": "part"},
    "contenders": {"today": {"predictions": "today.csv", "kind": "logits"}},
}
HOLDOUT = {"kind": "holdout", "fractions": {"train": 0.8, "validation": 0.1, "exam": 0.1}}
CLAIM = {"metric": "accuracy", "contender": "today", "at_least": 0.9}


def test_two_studies_are_equal_by_content() -> None:
    first, second = Study.model_validate(STUDY), Study.model_validate(STUDY)
    assert first == second
    assert first.digest == second.digest
    assert first.digest != Study.model_validate(STUDY | {"study": "trees"}).digest


def test_stating_a_default_changes_nothing() -> None:
    stated = STUDY | {"protocol": {"report_on": "test", "seeds": [0]}, "claims": []}
    assert Study.model_validate(stated).digest == Study.model_validate(STUDY).digest


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"contenders": {}}, "at least 1 item"),
        ({"reference": "todya"}, "the reference 'todya' is no contender; did you mean 'today'"),
        (
            {"claims": [CLAIM | {"contender": "zzz"}]},
            "the contender of a claim 'zzz' is no contender. There are: today",
        ),
        ({"claims": [CLAIM | {"rank": "genes"}]}, "Unknown rank 'genes'; did you mean 'genus'"),
    ],
)
def test_names_that_lead_nowhere_are_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Study.model_validate(STUDY | change)


def test_a_rank_is_refused_where_there_is_no_taxonomy() -> None:
    data = {"manifest": "m.csv", "images": "img", "label": "species", "split": "part"}
    with pytest.raises(ValidationError, match=r"Unknown rank 'genus'. There are: none"):
        Study.model_validate(STUDY | {"data": data, "claims": [CLAIM | {"rank": "genus"}]})


@pytest.mark.parametrize(
    ("weights", "ranks", "message"),
    [
        (
            None,
            None,
            r"needs the ranks above the labels; name .* data\.ranks in place of data",
        ),
        ({"genes": 1.0}, ["genus", "species"], "Unknown rank 'genes'; did you mean 'genus'"),
        ({"genus": 1.0}, ["genus", "species"], "'species' has none; write 0 for a rank"),
    ],
)
def test_a_hierarchical_head_has_to_fit_the_ranks_of_the_data(
    weights: dict[str, float] | None, ranks: list[str] | None, message: str
) -> None:
    named = {"label": "species"} if ranks is None else {"ranks": ranks}
    data = {"manifest": "m.csv", "images": "img", "split": "part"} | named
    head = {"kind": "hierarchical", "structure": "ranks", "rank_weights": weights}
    probe = {"backbone": {"name": "resnet18", "weights": "random"}, "head": head}
    with pytest.raises(ValidationError, match=message):
        Study.model_validate(STUDY | {"data": data, "contenders": {"probe": probe}})


def test_two_names_of_one_folder_are_refused() -> None:
    today = STUDY["contenders"]["today"]
    with pytest.raises(ValidationError, match="'today' and 'Today' would share a folder"):
        Study.model_validate(STUDY | {"contenders": {"today": today, "Today": today}})


def test_parts_that_a_drawn_split_lacks_are_refused() -> None:
    data = STUDY["data"] | {"split": HOLDOUT}
    with pytest.raises(ValidationError, match=r"Unknown part of the split 'test'. There are: exam"):
        Study.model_validate(STUDY | {"data": data})
    protocol = {"report_on": "exam", "selection": {"metric": "accuracy", "on": "validaton"}}
    with pytest.raises(ValidationError, match="'validaton'; did you mean 'validation'"):
        Study.model_validate(STUDY | {"data": data, "protocol": protocol})
    protocol["selection"] = {"metric": "accuracy"}
    assert Study.model_validate(STUDY | {"data": data, "protocol": protocol})


NET = {"name": "resnet18", "weights": "random"}
INNER = {"selection": {"metric": "accuracy", "inner": {"kind": "group_kfold", "folds": 3}}}


def with_head(head: dict[str, Any]) -> dict[str, Any]:
    return STUDY | {"contenders": {"p": {"backbone": NET, "head": head}}, "protocol": INNER}


def test_inner_folds_are_stated_once_for_all_logistic_heads() -> None:
    study = Study.model_validate(with_head({"kind": "logistic"}))
    assert inner_folds_of(study, study.contenders["p"].head) == 3
    alone = Study.model_validate(with_head({"kind": "logistic"}) | {"protocol": {}})
    assert inner_folds_of(alone, alone.contenders["p"].head) == 5
    assert plan(study)[0].settings_digest != plan(alone)[0].settings_digest
    assert Study.model_validate(with_head({"kind": "logistic", "inner_folds": 3}))


def test_inner_folds_that_nobody_uses_or_that_differ_are_refused() -> None:
    with pytest.raises(ValidationError, match="no contender has a logistic head, which alone"):
        Study.model_validate(with_head({"kind": "linear"}))
    wanted = "'p' asks for 4 inner folds, and protocol.selection.inner for 3; state one of them"
    with pytest.raises(ValidationError, match=wanted):
        Study.model_validate(with_head({"kind": "logistic", "inner_folds": 4}))
