"""The systems: each a short composition of the rooms, and nothing that a room should know.

May import every room but the command line.
"""

__all__ = [
    "ablations",
    "answering",
    "answers",
    "auditing",
    "behaviour",
    "choosing",
    "embedding",
    "evidence",
    "exhibits",
    "exporting",
    "fine_tuning",
    "folds",
    "fusing",
    "gallery",
    "ground",
    "importing",
    "judging_report",
    "learning",
    "near_copies",
    "pairs",
    "parts",
    "preview",
    "readiness",
    "reporting",
    "scoring",
    "shared_embeddings",
    "splitting",
    "taxonomy",
    "templates",
    "twin_groups",
    "twins",
]
