"""Which column of a foreign file is what."""

import dataclasses
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl

from fieldmark.core.checks import first_few, nearest
from fieldmark.core.errors import PredictionsError

SCORE_PREFIX = "score:"
_SHOWN = 12
_ANSWERS = re.compile(
    r"(pred(icted|iction)?s?|answers?|top[-_ ]?\d+)([-_ ]?(class|label|name|species|id))?"
    r"|(class|label|species)[-_ ]pred(icted|iction)?",
    re.IGNORECASE,
)


@dataclasses.dataclass(frozen=True, slots=True)
class SourceNames:
    """The names that a foreign file uses.

    Attributes:
        id: column or array with the ids; None is "id", in an NPZ file "ids".
        label: column or array with the true labels; None is "label", in an NPZ file "labels".
        group: column or array with the groups; None is "group", where there is one.
        scores: array with the scores (NPZ).
        classes: array with the class names (NPZ).
        columns: further arrays that are kept with the items (NPZ); tables keep every column.
    """

    id: str | None = None
    label: str | None = None
    group: str | None = None
    scores: str = "scores"
    classes: str = "classes"
    columns: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class ColumnPlan:
    """What becomes of the columns of a table.

    Attributes:
        items: our name of each column that is kept with the items, by its name in the file.
        scores: the score columns as the file names them, in the order of the file.
        classes: the class of each score column.
    """

    items: Mapping[str, str]
    scores: tuple[str, ...]
    classes: tuple[str, ...]


def plan_columns(columns: Sequence[str], names: SourceNames, *, source: Path) -> ColumnPlan:
    """Return what becomes of the columns of a table; columns without a name are left out.

    Raises:
        PredictionsError: a column stands twice, id, label or the stated group is missing, a
            renamed column meets one of the same name, or there is no score column.

    Example:
        >>> plan = plan_columns(
        ...     ["id", "truth", "score:oak"], SourceNames(label="truth"), source=Path("a.csv")
        ... )
        >>> dict(plan.items), plan.classes
        ({'id': 'id', 'truth': 'label'}, ('oak',))
    """
    named = [column for column in columns if column]
    repeated = [column for column, count in Counter(named).items() if count > 1]
    if repeated:
        raise PredictionsError(
            f"{source.name}: expected every column once; {first_few(repeated)} "
            f"{'stands' if len(repeated) == 1 else 'stand'} more than once. Rename or drop them."
        )
    scores = tuple(column for column in named if column.startswith(SCORE_PREFIX))
    others = [column for column in named if not column.startswith(SCORE_PREFIX)]
    if not scores:
        raise PredictionsError(_without_scores(others, source))
    classes = tuple(column.removeprefix(SCORE_PREFIX) for column in scores)
    if "" in classes:
        raise PredictionsError(
            f"{source.name}: the column '{SCORE_PREFIX}' names no class. Write the class after "
            f"the colon."
        )
    return ColumnPlan(_plan_items(others, names, source), scores, classes)


def _without_scores(columns: Sequence[str], source: Path) -> str:
    """Return the sentence that there is no score column, and what answers alone would lack."""
    answers = next((name for name in columns if _ANSWERS.fullmatch(name)), None)
    if answers is None:
        return (
            f"{source.name}: expected one column '{SCORE_PREFIX}<class>' for each class; there is "
            f"none among the columns {first_few(columns, _SHOWN)}. Rename the score columns."
        )
    return (
        f"{source.name}: expected one column '{SCORE_PREFIX}<class>' for each class; the column "
        f"'{answers}' holds answers alone. They say nothing of the other classes, so neither "
        "restricting to common classes, nor top-k, nor confidence could be measured. "
        f"Export the score of every class, such as the model's softmax, beside '{answers}'."
    )


def missing_name(
    what: str, name: str, choices: Sequence[str], *, source: Path, option: str
) -> PredictionsError:
    """Return the error for a column or array that is not there, with what there is."""
    guess = nearest(name, choices)
    hint = f"; did you mean '{guess}'?" if guess else "."
    return PredictionsError(
        f"{source.name}: expected {what} '{name}'; there is none{hint} "
        f"There are: {first_few(choices, _SHOWN) or 'none'}. Name the right one with {option}."
    )


def as_text(values: pl.Series, *, source: Path) -> pl.Series:
    """Return ids, labels or groups as strings.

    Raises:
        PredictionsError: they are neither text nor integers.
    """
    kind = values.dtype
    if kind == pl.String:
        return values
    if kind.is_integer() or isinstance(kind, (pl.Categorical, pl.Enum)):
        return values.cast(pl.String)
    raise PredictionsError(
        f"{source.name}: expected '{values.name}' to hold text or integers; it holds {kind}. "
        f"Write it as text, so that no digit is lost."
    )


def _plan_items(others: Sequence[str], names: SourceNames, source: Path) -> dict[str, str]:
    wanted = {"id": names.id or "id", "label": names.label or "label"}
    if names.group is not None or "group" in others:
        wanted["group"] = names.group or "group"
    for ours, theirs in wanted.items():
        if theirs not in others:
            raise missing_name("a column", theirs, others, source=source, option=f"--{ours}")
        if theirs != ours and ours in others:
            raise PredictionsError(
                f"{source.name}: '{theirs}' is to become '{ours}', but there is a column '{ours}' "
                f"too. Rename or drop one of them."
            )
    if len(set(wanted.values())) < len(wanted):
        raise PredictionsError(
            f"{source.name}: expected different columns for id, label and group; got "
            f"{', '.join(wanted.values())}."
        )
    ours_of = {theirs: ours for ours, theirs in wanted.items()}
    return {column: ours_of.get(column, column) for column in others}
