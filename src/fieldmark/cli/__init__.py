"""The command line: parses, calls, prints.

May import every room; each command group is imported when its command is called, so that
``fieldmark --help`` answers at once and evidence commands import no torch.
"""

__all__ = [
    "console",
    "embedding",
    "evaluation_text",
    "exporting",
    "judging",
    "looking",
    "main",
    "predicting",
    "studying",
]
