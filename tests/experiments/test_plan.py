import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fieldmark.experiments.config import Study
from fieldmark.experiments.plan import RunSpec, plan
from fieldmark.experiments.study_file import read_study

Changed = Callable[..., Path]


def digests(path: Path, *settings: str) -> dict[str, str]:
    return {cell.id: cell.inputs_digest for cell in plan(read_study(path, settings).study)}


def test_seeds_multiply_only_what_they_change(changed: Changed) -> None:
    cells = plan(read_study(changed()).study)
    assert [cell.id for cell in cells] == [
        "mobilenet-probe/seed-0",
        "mobilenet-probe/seed-1",
        "mobilenet-probe/seed-2",
        "mobilenet-knn/seed-free",
        "incumbent/seed-free",
    ]
    assert [cell.seed for cell in cells] == [0, 1, 2, None, None]
    assert {cell.reference for cell in cells} == {"incumbent"}
    assert len({cell.inputs_digest for cell in cells}) == 5


def test_planning_twice_gives_the_same_cells(changed: Changed) -> None:
    path = changed()
    assert plan(read_study(path).study) == plan(read_study(path).study)


PROBES = {f"mobilenet-probe/seed-{seed}" for seed in range(3)}
TRAINED = PROBES | {"mobilenet-knn/seed-free"}


@pytest.mark.parametrize(
    ("setting", "touched"),
    [
        ("protocol.resamples=500", set()),
        ("protocol.level=0.9", set()),
        ("protocol.seeds=[0, 1, 2, 3]", set()),
        ("study=fruit", set()),
        ("reference=mobilenet-knn", set()),
        ("claims=[]", set()),
        ("contenders.new={predictions: new.csv, kind: logits}", set()),
        ("contenders.mobilenet-probe.head.epochs=41", PROBES),
        ("protocol.selection.metric=accuracy", PROBES),
        ("contenders.mobilenet-knn.head.neighbours=6", {"mobilenet-knn/seed-free"}),
        ("contenders.incumbent.kind=logits", {"incumbent/seed-free"}),
        ("protocol.report_on=exam", TRAINED | {"incumbent/seed-free"}),
        ("data.unreadable=exclude", TRAINED | {"incumbent/seed-free"}),
    ],
)
def test_a_change_touches_the_cells_that_rest_on_it(
    changed: Changed, setting: str, touched: set[str]
) -> None:
    path = changed()
    before, after = digests(path), digests(path, setting)
    assert {cell for cell in before if after[cell] != before[cell]} == touched


def test_the_content_of_files_is_an_input_too() -> None:
    cell = RunSpec("probe", 0, settings_digest="s")
    first, second = cell.with_inputs("a"), cell.with_inputs("b")
    assert len({cell.inputs_digest, first.inputs_digest, second.inputs_digest}) == 3
    assert first.id == cell.id
    assert cell.content_digest is None


def test_a_fold_is_part_of_the_name() -> None:
    assert RunSpec("probe", 0, settings_digest="s", fold="3").id == "probe/fold-3-seed-0"
    assert RunSpec("knn", None, settings_digest="s", fold="3").id == "knn/fold-3-seed-free"


def test_folds_and_numbers_of_shots_multiply_every_contender(changed: Changed) -> None:
    study = read_study(changed(), ["protocol.seeds=[0, 1]"]).study
    by_fold = plan(study, folds=("1", "2"))
    assert [cell.id for cell in by_fold[:4]] == [
        "mobilenet-probe/fold-1-seed-0",
        "mobilenet-probe/fold-1-seed-1",
        "mobilenet-probe/fold-2-seed-0",
        "mobilenet-probe/fold-2-seed-1",
    ]
    assert len(by_fold) == 8
    assert {cell.row for cell in by_fold} == set(study.contenders)
    by_shots = plan(study, shots=(1, 5))
    assert by_shots[0].id == "mobilenet-probe/shots-1-seed-0"
    assert [cell.row for cell in by_shots[-2:]] == ["incumbent, 1 a class", "incumbent, 5 a class"]
    assert (by_fold[0].split_name, by_shots[0].split_name) == ("1", "1")
    assert len({cell.inputs_digest for cell in by_fold}) == 8


def test_ten_thousand_cells_are_planned_within_a_second() -> None:
    probe: dict[str, Any] = {
        "backbone": {"name": "resnet18", "weights": "random"},
        "head": {"kind": "linear"},
    }
    study = Study.model_validate(
        {
            "study": "large",
            "task": "taxonomy",
            "data": {"manifest": "m.csv", "images": "img", "label": "species", "split": "part"},
            "protocol": {"seeds": list(range(100))},
            "contenders": {f"probe-{number}": probe for number in range(100)},
        }
    )
    started = time.perf_counter()
    cells = plan(study)
    assert len({cell.id for cell in cells}) == 10_000
    assert len({cell.inputs_digest for cell in cells}) == 100
    assert time.perf_counter() - started < 1.0


def test_naming_what_is_poisonous_makes_no_result_stale() -> None:
    data = {"manifest": "m.csv", "images": "img", "label": "species", "split": "part"}
    fields = {"study": "f", "task": "taxonomy"}
    contenders = {"today": {"predictions": "today.csv", "kind": "logits"}}
    plain, told = (
        Study.model_validate(fields | {"data": data | more, "contenders": contenders})
        for more in ({}, {"hazard": {"column": "deadly"}})
    )
    assert [cell.inputs_digest for cell in plan(plain)] == [
        cell.inputs_digest for cell in plan(told)
    ]
