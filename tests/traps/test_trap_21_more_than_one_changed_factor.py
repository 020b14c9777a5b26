from typing import Any

from fieldmark.experiments.config import Study
from fieldmark.experiments.factors import factor_changes
from fieldmark.experiments.plan import plan

NET = {"name": "resnet18", "weights": "random"}


def study(**changes: Any) -> Study:
    content: dict[str, Any] = {
        "study": "drought",
        "task": "taxonomy",
        "data": {"manifest": "m.csv", "images": "img", "label": "state", "split": "part"},
        "contenders": {
            "plain": {"backbone": NET, "head": {"kind": "linear"}},
            "longer": {"backbone": NET, "head": {"kind": "linear", "epochs": 200}},
            "both": {
                "backbone": NET | {"name": "resnet50"},
                "head": {"kind": "linear", "epochs": 200, "batch_size": 64},
            },
        },
        "reference": "plain",
    }
    return Study.model_validate(content | changes)


def test_trap_21_every_cell_knows_its_reference() -> None:
    assert {cell.reference for cell in plan(study())} == {"plain"}
    assert {cell.reference for cell in plan(study(reference="both"))} == {"both"}


def test_trap_21_more_than_one_changed_factor_is_flagged() -> None:
    longer, both = factor_changes(study())
    assert longer.warning is None
    assert both.warning == (
        "'both' differs from its reference 'plain' in 3 factors (backbone: resnet50 against "
        "resnet18; head.batch_size: 64 against 32; head.epochs: 200 against 100), so a difference "
        "between them has no single cause; change one factor at a time."
    )


def test_trap_21_another_reference_makes_another_flag() -> None:
    plain, longer = factor_changes(study(reference="both"))
    assert plain.warning is not None
    assert longer.warning is not None
