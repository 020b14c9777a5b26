"""One self-contained page, generated from what is stored; nothing typed by hand.

Knows the records of the evidence wing and how they are shown. May import comparison, evaluation,
predictions, manifest and core; not experiments, nor anything of the learning wing. The only room
with matplotlib and jinja2, both imported inside the functions that need them.
"""

__all__ = [
    "ablation_tables",
    "backoff_figure",
    "baseline_marks",
    "behaviour_sections",
    "common_section",
    "confidence_figures",
    "confidence_tables",
    "confidences",
    "confusions",
    "content",
    "csv_tables",
    "curve_figure",
    "data_tables",
    "dossiers",
    "exhibits",
    "figures",
    "grounds",
    "handoff",
    "headline",
    "judgement_tables",
    "markdown",
    "matrix_data",
    "matrix_figure",
    "numbers",
    "page",
    "result_tables",
    "rows",
    "section",
    "sections",
    "seed_figure",
    "share_estimates",
    "svg",
    "tables",
    "verdicts",
]
