"""Which images there are, what they show, what belongs together, and how they are split.

Knows no pixels. May import core.
"""

__all__ = [
    "audit",
    "few_shot",
    "file_findings",
    "findings",
    "fold_dealing",
    "group_folds",
    "hazards",
    "holdout",
    "identity_splits",
    "image_root",
    "labels",
    "lineage",
    "lineage_faults",
    "parts",
    "region_columns",
    "sources",
    "split_columns",
    "split_findings",
    "split_set",
    "splits",
    "table",
    "table_findings",
    "taxonomy",
    "text_tables",
    "time_split",
    "tree_checks",
]
