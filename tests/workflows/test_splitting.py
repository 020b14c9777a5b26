"""Every rule of a study file makes the splits that its function makes."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from fieldmark.core.errors import SplitError
from fieldmark.experiments.data import DataConfig
from fieldmark.manifest.table import Manifest
from fieldmark.workflows.splitting import make_splits

SHARES = {"train": 0.5, "validation": 0.2, "test": 0.3}
IDENTITIES = {"identity": "cat", "session": "day"}
FOLDS = ("1", "2", "3")


@pytest.fixture
def cats(tmp_path: Path) -> Manifest:
    rows = [
        (f"{cat:02}-{day}", f"cat {cat}", f"2024-05-{day + 1:02}", f"breed {cat % 2}", part)
        for cat in range(12)
        for day, part in enumerate(("train", "train", "train", "val", "test"))
    ]
    schema = ["id", "cat", "day", "label", "part"]
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    return Manifest(frame.with_columns(path=pl.lit("x.png"), group=pl.col("cat")), tmp_path)


@pytest.mark.parametrize(
    ("rule", "kind", "names"),
    [
        ("part", "single", ()),
        ({"kind": "holdout", "fractions": SHARES}, "single", ()),
        ({"kind": "group_kfold", "folds": 3}, "folds", FOLDS),
        (
            {"kind": "leave_one_group_out", "strata": "label", "validation": 1},
            "folds",
            tuple(sorted(f"cat-{cat}" for cat in range(12))),
        ),
        (
            {"kind": "time", "column": "day", "fractions": SHARES, "straddling": "allow"},
            "single",
            (),
        ),
        ({"kind": "few_shot", "shots": [1, 5], "within": "part"}, "shots", ("1", "5")),
        (
            {
                "kind": "few_shot",
                "shots": [2],
                "within": {"kind": "holdout", "fractions": SHARES},
            },
            "shots",
            ("2",),
        ),
        ({"kind": "new_session", "fractions": SHARES, **IDENTITIES}, "single", ()),
        ({"kind": "new_identity", "fractions": SHARES, "identity": "cat"}, "single", ()),
        ({"kind": "mixed_identities", "fractions": SHARES, **IDENTITIES}, "single", ()),
    ],
)
def test_each_rule_makes_its_splits(
    cats: Manifest, rule: Any, kind: str, names: tuple[str, ...]
) -> None:
    data = DataConfig(manifest="m.csv", images=".", label="label", split=rule)
    manifest, found = make_splits(cats, data)
    assert found.kind == kind
    assert found.names == names
    parts = None if isinstance(rule, str) else data.split.parts
    for split in found.splits.values():
        assert parts is None or set(split.parts) == set(parts)
    is_mixed = isinstance(rule, dict) and rule["kind"] == "mixed_identities"
    assert ("identity_kind" in manifest.frame.columns) == is_mixed


def test_cuts_are_written_as_the_column_writes_times(cats: Manifest) -> None:
    numbered = Manifest(cats.frame.with_columns(day=pl.col("day").str.slice(8)), cats.root)
    for manifest, first in ((cats, "2024-05-04"), (numbered, 4)):
        rule = {"kind": "time", "column": "day", "cuts": {"test": first}, "straddling": "allow"}
        data = DataConfig(manifest="m.csv", images=".", label="label", split=rule)
        assert len(make_splits(manifest, data)[1].named(None).ids("test")) == 24


def test_a_rule_that_does_not_fit_the_images_says_why(cats: Manifest) -> None:
    rule = {"kind": "group_kfold", "folds": 30}
    data = DataConfig(manifest="m.csv", images=".", label="label", split=rule)
    with pytest.raises(SplitError, match="Expected 2 to 12 folds"):
        make_splits(cats, data)
