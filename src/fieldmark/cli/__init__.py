"""The command line: parses, calls, prints.

May import every room; each command group is imported when its command is called, so that
``fieldmark --help`` answers at once and evidence commands import no torch.
"""

__all__ = [
    "collecting",
    "comparing",
    "console",
    "deciding",
    "decision_text",
    "decoding",
    "decoding_text",
    "doctoring",
    "embedding",
    "evaluating",
    "evaluation_details",
    "evaluation_details_text",
    "evaluation_text",
    "exporting",
    "fusing",
    "handing",
    "judging",
    "launching",
    "looking",
    "main",
    "onset_text",
    "planning",
    "predicting",
    "ranking",
    "region_options",
    "reporting",
    "resampling_options",
    "retrieval_text",
    "running",
    "sparklines",
    "standing",
    "standing_text",
    "study_options",
    "studying",
    "timing",
    "verdicts",
]
