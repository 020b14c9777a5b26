"""Generated data whose truth is known: pictures of invented fungi, and scores.

Imported by workflows, the command line and tests only. May import manifest and core.
"""

__all__ = [
    "fungi",
    "fungitastic",
    "fungitastic_faults",
    "fungus_names",
    "fungus_records",
    "fungus_traits",
    "habitats",
    "painting",
    "rankings",
    "render",
    "score_tables",
    "shapes",
    "trajectories",
]
