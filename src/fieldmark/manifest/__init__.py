"""Which images there are, what they show, what belongs together, and how they are split.

Knows no pixels. May import core.
"""

__all__ = [
    "audit",
    "file_findings",
    "findings",
    "holdout",
    "image_root",
    "labels",
    "lineage",
    "lineage_faults",
    "parts",
    "region_columns",
    "sources",
    "split_findings",
    "splits",
    "table",
    "table_findings",
    "taxonomy",
    "text_tables",
    "tree_checks",
]
