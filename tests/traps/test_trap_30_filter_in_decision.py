from pathlib import Path

import polars as pl

from fieldmark.manifest.audit import audit
from fieldmark.manifest.splits import Split
from fieldmark.manifest.table import Manifest


def test_trap_30_a_column_that_filtered_the_data_and_decides_is_an_error(tmp_path: Path) -> None:
    """All candidates lay within 50 m because the data were built so: a 50 m search is no skill."""
    frame = pl.DataFrame(
        {"id": ["a", "b"], "path": ["a", "b"], "label": ["x", "y"], "distance_m": ["12", "48"]}
    )
    (tmp_path / "a").write_text("a")
    (tmp_path / "b").write_text("bb")
    manifest = Manifest(frame, tmp_path)
    split = Split({"query": ("a",), "gallery": ("b",)}, name="by hand")
    found = audit(manifest, split, filtered_by=["distance_m"], decided_by=["distance_m", "view"])
    assert [(finding.code, finding.severity, finding.examples) for finding in found] == [
        ("filter_in_decision", "error", ("distance_m",)),
        ("filtered_by", "note", ("distance_m",)),
    ]
    assert "right by construction" in found[0].message


def test_trap_30_a_filter_that_decides_nothing_is_a_note(tmp_path: Path) -> None:
    frame = pl.DataFrame({"id": ["a"], "path": ["a"], "label": ["x"]})
    (tmp_path / "a").write_text("a")
    split = Split({"all": ("a",)}, name="by hand")
    found = audit(Manifest(frame, tmp_path), split, filtered_by=["view"], decided_by=["time"])
    assert [finding.code for finding in found] == ["filtered_by"]
