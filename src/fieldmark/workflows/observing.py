"""What levels and priors need of a table and its splits, and which years a prior counts."""

import polars as pl

from fieldmark.core.checks import count_of, unknown_choice
from fieldmark.core.errors import StudyError
from fieldmark.experiments.observing import YearsConfig
from fieldmark.experiments.protocol import ProtocolConfig
from fieldmark.manifest.split_set import SplitSet
from fieldmark.manifest.table import Manifest
from fieldmark.manifest.text_tables import plain_texts


def check_observing(protocol: ProtocolConfig, manifest: Manifest, splits: SplitSet) -> None:
    """Raise unless the table and the splits have what levels and priors need.

    Args:
        protocol: what the study asks for.
        manifest: the table.
        splits: its parts.

    Raises:
        StudyError: a column or a part is missing, or something would be fitted on folds.
    """
    columns = manifest.frame.columns
    wanted = []
    if protocol.observations is not None:
        wanted.append(("observations.by", protocol.observations.by))
    metadata = protocol.metadata_prior
    if metadata is not None:
        wanted += [("metadata_prior.columns", name) for name in metadata.columns]
        if metadata.years is not None:
            wanted.append(("metadata_prior.years", metadata.years.column))
    for key, name in wanted:
        if name not in columns:
            what = f"column in protocol.{key}"
            raise StudyError(unknown_choice(what, name, columns))
    for key, config in (("metadata_prior", metadata), ("prior_shift", protocol.prior_shift)):
        if config is not None:
            _check_part(f"protocol.{key}", config.on if config.is_fitted else None, splits)


def _check_part(key: str, part: str | None, splits: SplitSet) -> None:
    if splits.kind != "single":
        raise StudyError(
            f"{key} is fitted on a part of one split; this study has {len(splits.names):,}. Judge"
            " it on a holdout or a column of parts, or leave it out."
        )
    parts = splits.named(None).parts
    if part is not None and part not in parts:
        raise StudyError(unknown_choice(f"part of the split in {key}.on", part, parts))


def of_years(training: pl.DataFrame, years: YearsConfig) -> pl.DataFrame:
    """Return the training items of some years; one without a year is left out.

    Raises:
        StudyError: no training item is of these years, or a year is no whole number.
    """
    texts = plain_texts(training[years.column])
    found = texts.cast(pl.Int64, strict=False)
    wrong = texts.filter(texts.is_not_null() & found.is_null())
    if len(wrong):
        raise StudyError(
            f"Expected whole numbers in the column of years '{years.column}';"
            f" {count_of(len(wrong), 'cell')} of {len(texts):,} hold others (first: '{wrong[0]}')."
            " Name another column of years."
        )
    keep = found.is_not_null()
    if years.since is not None:
        keep &= (found >= years.since).fill_null(value=False)
    if years.before is not None:
        keep &= (found < years.before).fill_null(value=False)
    if not keep.any():
        there = found.drop_nulls().sort().to_list()
        span = f"run from {there[0]} to {there[-1]}" if there else "are missing"
        raise StudyError(
            f"Expected training items of {years.in_words}; there are none among"
            f" {training.height:,}, whose years {span}. Count others."
        )
    return training.filter(keep)
