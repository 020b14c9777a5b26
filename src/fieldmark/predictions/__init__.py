"""The contract between learning and judging: scores per item over a stated label space.

Knows what is checked before a number may be computed from scores, how scores are stored, how they
come in from foreign files, and how they are restricted to fewer classes or summed up to a coarser
rank. May import `manifest` and `core`; never torch or anything of the learning wing.
"""

__all__ = [
    "accepted_names",
    "blocks",
    "columns",
    "compiled_rows",
    "csv_records",
    "csv_source",
    "fusion",
    "header",
    "importers",
    "npz_arrays",
    "npz_source",
    "numpy_rows",
    "out_of_fold",
    "parquet_source",
    "part_folders",
    "pooling",
    "rank_sums",
    "rankings",
    "rankings_header",
    "rankings_importers",
    "rankings_lists",
    "rankings_similarities",
    "rankings_sources",
    "rankings_store",
    "rankings_tables",
    "rankings_validity",
    "rollup",
    "row_kernels",
    "score_file",
    "shares",
    "store",
    "subsets",
    "summary",
    "table",
    "trajectories",
    "trajectories_onsets",
    "trajectories_source",
    "universe",
    "validity",
]
