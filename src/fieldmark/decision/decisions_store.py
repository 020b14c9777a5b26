"""Decisions on disk: a folder with the record as JSON and the items as Parquet and CSV."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from fieldmark.core.errors import FieldmarkError, StoreError
from fieldmark.core.storage import (
    atomic_directory,
    read_json,
    refuse_foreign,
    says_format,
    write_json,
)
from fieldmark.decision.calibrators import calibrator_from_dict
from fieldmark.decision.decisions import Decisions
from fieldmark.decision.operating_point import operating_point_from_dict
from fieldmark.decision.promise_check import promise_check_from_dict
from fieldmark.evaluation.estimates import estimate_from_dict

_FORMAT = "fieldmark decisions 1"
_RECORD, _ITEMS, _TABLE = "decisions.json", "items.parquet", "items.csv"


def save_decisions(decisions: Decisions, folder: Path) -> None:
    """Write decisions to ``folder``, whole or not at all; stored decisions are replaced.

    Raises:
        StoreError: ``folder`` holds something else.
    """
    refuse_foreign(folder, is_own=_is_store(folder), what="decisions")
    with atomic_directory(folder) as partial:
        decisions.items.write_parquet(partial / _ITEMS)
        decisions.items.write_csv(partial / _TABLE)
        write_json(partial / _RECORD, {"format": _FORMAT, **decisions.to_dict()})


def load_decisions(folder: Path) -> Decisions:
    """Return stored decisions.

    Raises:
        StoreError: ``folder`` holds none, or they are damaged.
    """
    if not _is_store(folder):
        raise StoreError(
            f"Expected stored decisions in {folder}; there are none. Make them with"
            " `fieldmark decide --out`."
        )
    content = read_json(folder / _RECORD)
    try:
        return _from_dict(content, pl.read_parquet(folder / _ITEMS, memory_map=False))
    except (FieldmarkError, KeyError, OSError, TypeError) as error:
        raise StoreError(f"The decisions in {folder} are damaged ({error}).") from error


def _is_store(folder: Path) -> bool:
    return says_format(folder / _RECORD, _FORMAT)


def _from_dict(content: Mapping[str, Any], items: pl.DataFrame) -> Decisions:
    stored = content["calibrator"]
    return Decisions(
        rule=content["rule"],
        policy=content["policy"],
        contender=content["contender"],
        fitted_on=content["fitted_on"],
        fitted_items_digest=content["fitted_items_digest"],
        reported_on=content["reported_on"],
        reported_items_digest=content["reported_items_digest"],
        calibrator=None if stored is None else calibrator_from_dict(stored),
        points=tuple(operating_point_from_dict(point) for point in content["points"]),
        estimates=tuple(estimate_from_dict(estimate) for estimate in content["estimates"]),
        baselines=tuple(estimate_from_dict(estimate) for estimate in content["baselines"]),
        checks=tuple(promise_check_from_dict(check) for check in content["checks"]),
        notes=tuple(content["notes"]),
        items=items,
    )
