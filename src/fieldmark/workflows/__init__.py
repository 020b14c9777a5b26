"""The systems: each a short composition of the rooms, and nothing that a room should know.

May import every room but the command line.
"""

__all__ = [
    "answering",
    "answers",
    "auditing",
    "choosing",
    "evidence",
    "exhibits",
    "ground",
    "importing",
    "learning",
    "pairs",
    "parts",
    "readiness",
    "reporting",
    "taxonomy",
    "templates",
]
