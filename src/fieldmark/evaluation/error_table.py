"""Every item with its answer: what was wrong, where the path first went wrong, and how surely."""

import numpy as np
import polars as pl

from fieldmark.core.errors import PredictionsError
from fieldmark.evaluation.answers import Answers
from fieldmark.evaluation.hierarchical import PathAnswers, answers_of
from fieldmark.evaluation.resampling import FloatArray, IntArray
from fieldmark.evaluation.tree_distance import lca_heights
from fieldmark.manifest.taxonomy import Taxonomy
from fieldmark.predictions.table import Predictions

ROOT = "(root)"


def error_table(predictions: Predictions, *, errors_only: bool = True) -> pl.DataFrame:
    """Return a row for each item: what it is, what was answered, and how far that is off.

    Args:
        predictions: the table; with a taxonomy the columns of the tree are added.
        errors_only: leave out the items that were answered rightly.

    Returns:
        Columns id, label, predicted, right, place (1-based place of the label among the
        candidates, null where it is none), candidates, probability_of_answer and
        probability_of_label (null for similarities). With a taxonomy also first_wrong_rank (the
        coarsest rank at which the answered path leaves that of the label, null where right), lca
        and lca_rank (the lowest common ancestor, "(root)" where only the root is shared),
        lca_height, and contradictory (whether the best nodes of all ranks are no path). Then every
        other column of the items, as it is. In the order of the items; no row when nothing is
        wrong.

    Raises:
        PredictionsError: a column of the items bears the name of a column of this table.
    """
    leaf, path = answers_of(predictions)
    columns = _answer_columns(leaf)
    if predictions.taxonomy is not None and path is not None:
        columns |= _tree_columns(leaf, path, predictions.taxonomy)
    others = predictions.items.drop("id", "label")
    clash = [name for name in others.columns if name in columns]
    if clash:
        raise PredictionsError(
            f"Expected the items to have columns of their own; '{clash[0]}' is a column of the"
            " table of errors. Rename it before importing."
        )
    table = pl.concat([pl.DataFrame({"id": predictions.ids} | columns), others], how="horizontal")
    return table.filter(~pl.col("right")) if errors_only else table


def _answer_columns(leaf: Answers) -> dict[str, pl.Series]:
    names = np.array(leaf.classes, dtype=np.object_)
    place = [None] * leaf.n if leaf.place is None else np.where(leaf.known, leaf.place, 0)
    return {
        "label": pl.Series(names[leaf.truth].tolist(), dtype=pl.String),
        "predicted": pl.Series(names[leaf.predicted].tolist(), dtype=pl.String),
        "right": pl.Series(leaf.right),
        "place": pl.Series(place, dtype=pl.Int64).replace(0, None),
        "candidates": pl.Series(np.full(leaf.n, leaf.candidates)),
        "probability_of_answer": _numbers(leaf.confidence, leaf.n),
        "probability_of_label": _numbers(
            None if leaf.log_probability is None else np.exp(leaf.log_probability), leaf.n
        ),
    }


def _tree_columns(leaf: Answers, path: PathAnswers, taxonomy: Taxonomy) -> dict[str, pl.Series]:
    places = taxonomy.leaves.positions(leaf.classes)
    truth = places[leaf.truth]
    heights = lca_heights(taxonomy, truth, places[leaf.predicted])
    shared = len(taxonomy.ranks) - heights
    ranks = np.array([*taxonomy.ranks, None], dtype=np.object_)
    above = np.array([ROOT, *taxonomy.ranks], dtype=np.object_)
    return {
        "first_wrong_rank": pl.Series(ranks[shared].tolist(), dtype=pl.String),
        "lca_rank": pl.Series(above[shared].tolist(), dtype=pl.String),
        "lca": pl.Series(_ancestors(taxonomy, truth, shared), dtype=pl.String),
        "lca_height": pl.Series(heights),
        "contradictory": pl.Series(path.contradictory)
        if path.contradictory is not None
        else pl.Series([None] * leaf.n, dtype=pl.Boolean),
    }


def _ancestors(taxonomy: Taxonomy, leaves: IntArray, shared: IntArray) -> list[str]:
    """Return the name of each leaf's ancestor at the last of the shared ranks."""
    found = np.full(len(leaves), ROOT, dtype=np.object_)
    for depth, names in enumerate(taxonomy.nodes, start=1):
        rows = shared == depth
        found[rows] = np.array(names, dtype=np.object_)[taxonomy.paths[leaves[rows], depth - 1]]
    return list(found)


def _numbers(values: FloatArray | None, n: int) -> pl.Series:
    return pl.Series([None] * n, dtype=pl.Float64) if values is None else pl.Series(values)
