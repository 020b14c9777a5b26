"""The systems: each a short composition of the rooms, and nothing that a room should know.

May import every room but the command line.
"""

__all__ = [
    "answering",
    "answers",
    "auditing",
    "behaviour",
    "choosing",
    "evidence",
    "exhibits",
    "fusing",
    "gallery",
    "ground",
    "importing",
    "judging_report",
    "learning",
    "pairs",
    "parts",
    "readiness",
    "reporting",
    "taxonomy",
    "templates",
]
