"""Several tables of predictions that are the seeds of one contender."""

from collections.abc import Sequence

from fieldmark.core.checks import field_differences, first_few
from fieldmark.core.errors import NotComparableError, PredictionsError
from fieldmark.predictions.table import Predictions


def first_of_one_contender(seeds: Sequence[Predictions]) -> Predictions:
    """Return the first of several tables that are seeds of one contender, each seed once.

    Raises:
        NotComparableError: they differ in contender, split, score kind, classes or taxonomy, or a
            seed comes twice.
        PredictionsError: there is no table.
    """
    if not seeds:
        raise PredictionsError("Expected at least one table of predictions; got none.")
    first = seeds[0]
    for table in seeds[1:]:
        differences = field_differences(_identity(first), _identity(table))
        if differences:
            raise NotComparableError(
                "Expected several seeds of one contender on one split; they differ in"
                f" {'; '.join(differences)}. Evaluate each by itself, then compare."
            )
    numbers = [table.header.seed for table in seeds]
    repeated = sorted({n for n in numbers if n is not None and numbers.count(n) > 1})
    if repeated:
        raise NotComparableError(
            f"Expected every seed once; seed {first_few(repeated)} came more than once. Leave the"
            " copies out, since they would count twice."
        )
    return first


def _identity(table: Predictions) -> dict[str, object]:
    return {
        "contender": table.header.contender,
        "split": table.header.split,
        "score kind": table.header.score_kind.value,
        "classes (digest)": table.label_space.set_digest[:12],
        "taxonomy (digest)": table.taxonomy.digest[:12] if table.taxonomy else None,
    }
