"""The command line: parses, calls, prints.

May import every room; each command group is imported when its command is called, so that
``fieldmark --help`` answers at once and evidence commands import no torch.
"""

__all__ = [
    "comparing",
    "console",
    "deciding",
    "decision_text",
    "embedding",
    "evaluating",
    "evaluation_details",
    "evaluation_details_text",
    "evaluation_text",
    "exporting",
    "fusing",
    "judging",
    "looking",
    "main",
    "onset_text",
    "predicting",
    "ranking",
    "region_options",
    "reporting",
    "resampling_options",
    "retrieval_text",
    "study_options",
    "studying",
    "timing",
    "verdicts",
]
