"""The systems: each a short composition of the rooms, and nothing that a room should know.

May import every room but the command line.
"""

__all__ = [
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
    "fusing",
    "gallery",
    "ground",
    "importing",
    "judging_report",
    "learning",
    "near_copies",
    "pairs",
    "parts",
    "photo_tables",
    "pixels",
    "preview",
    "readable",
    "readiness",
    "region_findings",
    "regions",
    "reporting",
    "scoring",
    "taxonomy",
    "templates",
    "twin_groups",
    "twins",
]
