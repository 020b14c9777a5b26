"""Two versions of the labels of the same items: each verdict under each of them."""

import polars as pl

from fieldmark.core.checks import count_of, first_few
from fieldmark.core.errors import NotComparableError
from fieldmark.predictions.table import Predictions


def with_labels_of(table: Predictions, source: Predictions) -> Predictions:
    """Return a table judged by the labels that another table has for the same items.

    Args:
        table: whose labels are replaced; not changed itself.
        source: whose labels are taken; it must hold every item of ``table``.

    Returns:
        The same scores beside the other labels, with the label version of ``source``.

    Raises:
        NotComparableError: an item of ``table`` is not in ``source``.
        PredictionsError: a label of ``source`` is not in the taxonomy of ``table``.
    """
    if table is source:
        return table
    labels = source.items.select("id", pl.col("label").alias("_label"))
    joined = table.items.join(labels, on="id", how="left", maintain_order="left")
    missing = joined.filter(pl.col("_label").is_null())["id"].to_list()
    if missing:
        raise NotComparableError(
            f"Expected the labels of every item of {table.header.contender} from"
            f" {source.header.contender}; {count_of(len(missing), 'item')} of {table.n:,} are not"
            f" in it (first: {first_few(missing, 1)}). Predict both on the same items."
        )
    items = joined.with_columns(label=pl.col("_label")).drop("_label")
    return Predictions(
        header=table.header.model_copy(update={"label_version": source.header.label_version}),
        items=items.select(table.items.columns),
        label_space=table.label_space,
        scores=table.scores,
        taxonomy=table.taxonomy,
        training_ids=table.training_ids,
        scores_digest=table.scores_content_digest,
    )


def relabelled_note(table: Predictions, source: Predictions) -> str | None:
    """Return in words how many labels differ between two tables, or None where none does."""
    labels = source.items.select("id", pl.col("label").alias("_label"))
    joined = table.items.join(labels, on="id", how="inner")
    changed = joined.filter(pl.col("label") != pl.col("_label")).height
    if not changed:
        return None
    versions = [one.header.label_version or "not recorded" for one in (source, table)]
    return (
        f"judged by the labels of {source.header.contender} (version {versions[0]}); those of"
        f" {table.header.contender} (version {versions[1]}) differ for"
        f" {count_of(changed, 'item')} of {table.n:,}: look at the verdict under both"
    )
