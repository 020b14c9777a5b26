from typing import Any

from fieldmark.experiments.config import Study
from fieldmark.experiments.plan import plan
from fieldmark.experiments.records import CellState, RunRecord
from fieldmark.experiments.study_plan import StudyPlan, study_plan

NET = {"name": "resnet18", "weights": "nets/a.safetensors"}
CONTENDERS: dict[str, Any] = {
    "linear": {"backbone": NET, "head": {"kind": "linear"}},
    "knn": {"backbone": NET, "head": {"kind": "knn"}},
    "other": {"backbone": NET | {"tap": "class_token"}, "head": {"kind": "linear"}},
    "tuned": {"backbone": NET, "training": {"epochs": 3}},
    "today": {"predictions": "today.csv"},
}


def study_of(**settings: Any) -> Study:
    given = {
        "study": "fungi",
        "task": "taxonomy",
        "data": {"manifest": "m.csv", "images": "img", "label": "species", "split": "part"},
        "protocol": {"seeds": [0, 1, 2]},
        "contenders": CONTENDERS,
        "reference": "knn",
    }
    return Study.model_validate(given | settings)


def planned(study: Study, took: dict[str, float], **splits: Any) -> StudyPlan:
    """Plan with every cell of some contenders done in so many seconds, but its last one."""
    cells = plan(study, **splits)
    last = {spec.contender: spec for spec in cells}
    records = [
        RunRecord(
            cell=spec.id,
            state=CellState.DONE
            if spec.contender in took and spec is not last[spec.contender]
            else CellState.PLANNED,
            inputs_digest="x",
            seconds=took.get(spec.contender),
        )
        for spec in cells
    ]
    return study_plan(study, cells, records)


def test_a_row_has_folds_times_seeds_cells() -> None:
    found = planned(study_of(), {}, folds=("1", "2"))
    assert [(row.name, row.folds, row.seeds, row.cells) for row in found.rows] == [
        ("linear", 2, 3, 6),
        ("knn", 2, 1, 2),
        ("other", 2, 3, 6),
        ("tuned", 2, 3, 6),
        ("today", 2, 1, 2),
    ]
    assert (found.cells, found.done) == (22, 0)
    assert [row.reference for row in found.rows[:2]] == ["knn", None]


def test_each_number_of_shots_is_a_row() -> None:
    found = planned(study_of(), {}, shots=(1, 5))
    assert [row.name for row in found.rows[:2]] == ["linear, 1 a class", "linear, 5 a class"]
    assert {row.folds for row in found.rows} == {1}


def test_cells_on_the_same_embeddings_are_a_pack() -> None:
    packs = planned(study_of(), {}, folds=("1", "2")).packs
    assert [(pack.name, pack.contenders, pack.cells, pack.one_call) for pack in packs] == [
        ("A", ("linear", "knn"), 8, False),
        ("B", ("other",), 6, True),
        ("C", ("tuned",), 6, False),
        ("D", ("today",), 2, False),
    ]
    assert [pack.shares for pack in packs] == [
        "embeddings of resnet18 (a.safetensors), tap pooled",
        "embeddings of resnet18 (a.safetensors), tap class_token",
        "nothing: each cell trains resnet18 (a.safetensors) anew",
        "the file today.csv",
    ]


def test_where_an_epoch_is_chosen_no_single_call_trains_all() -> None:
    protocol = {"selection": {"metric": "accuracy"}}
    assert not any(pack.one_call for pack in planned(study_of(protocol=protocol), {}).packs)


def test_what_is_left_takes_as_long_as_what_was_measured() -> None:
    found = planned(study_of(), dict.fromkeys(CONTENDERS, 10.0), folds=("1", "2"))
    assert [row.seconds_each for row in found.rows] == [10.0] * 5
    assert [row.seconds_left for row in found.rows] == [10.0] * 5
    assert found.seconds_left == 50.0
    assert found.to_dict()["seconds_left"] == 50.0
    assert found.to_dict()["rows"][0]["done"] == 5


def test_what_was_never_measured_is_not_known() -> None:
    found = planned(study_of(), {"linear": 10.0}, folds=("1", "2"))
    assert found.rows[1].seconds_each is None
    assert found.rows[1].seconds_left is None
    assert found.seconds_left is None


def test_many_packs_have_names_of_two_letters() -> None:
    tuned = {f"t{place}": CONTENDERS["tuned"] for place in range(28)}
    found = planned(study_of(contenders=tuned, reference=None), {})
    assert [pack.name for pack in found.packs[25:]] == ["Z", "AA", "AB"]
