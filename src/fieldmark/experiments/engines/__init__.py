"""Where the cells of a study run: this machine's workers, a SLURM cluster, or a folder to carry.

Every engine launches the same call, ``fieldmark run STUDY --cells ...``, and reads what became of
the cells from the ledger; the state of a job is never the truth. May import what ``experiments``
may; never torch and never the learning wing.
"""

__all__ = [
    "calls",
    "collecting",
    "handover",
    "local",
    "requirements",
    "sbatch_text",
    "settings",
    "slurm",
    "slurm_queue",
    "slurm_task",
    "slurm_waiting",
    "tally",
    "worker",
]
