"""Study files, the plan of their cells, the ledger of what has run, and the runner.

Knows nothing of images, networks or metrics: it runs any task function, in this process, one cell
after another, and keeps the truth about each cell on disk. May import ``core``, ``manifest``,
``predictions``, ``evaluation``, ``comparison`` and ``decision``; never torch and never the learning
wing.
"""

__all__ = [
    "ablation",
    "beating",
    "cell_choice",
    "config",
    "contenders",
    "custody",
    "data",
    "decisions",
    "durations",
    "factors",
    "full_disk",
    "head_sections",
    "heartbeat",
    "hierarchy_section",
    "identity_rules",
    "ledger",
    "locks",
    "observing",
    "overrides",
    "places",
    "plan",
    "problems",
    "protocol",
    "records",
    "run_summary",
    "runner",
    "section",
    "split_rules",
    "study_file",
    "study_plan",
    "table_sources",
    "tree_section",
    "tuning",
    "waiting",
    "yaml_document",
]
