"""The tables of levels: one of images, one of observations, one of each question."""

from collections.abc import Iterator, Sequence

from fieldmark.comparison.outcome import Comparison
from fieldmark.core.checks import count_of
from fieldmark.evaluation.estimates import Estimate
from fieldmark.report.levels import BARE, Level, LevelRow, Levels, LevelVerdict
from fieldmark.report.numbers import MISSING, count, p_value
from fieldmark.report.result_tables import style_of, title_of
from fieldmark.report.section import Fold
from fieldmark.report.tables import Cell, Column, Table, Tone

_METRICS = ("accuracy", "top_5_accuracy", "macro_f1", "log_loss")
_LEVELS: tuple[Level, ...] = ("image", "observation")
_TONES: dict[str, Tone] = {"better": "good", "worse": "bad"}


def level_tables(levels: Levels, leaf_rank: str) -> tuple[Table, ...]:
    """Return a table of images and a table of observations; they never share a column."""
    return tuple(
        _level_table(rows, level, leaf_rank)
        for level in _LEVELS
        if (rows := [row for row in levels.rows if row.level == level])
    )


def rank_folds(levels: Levels, leaf_rank: str) -> tuple[Fold, ...]:
    """Return, for each level with ranks, each metric at every rank."""
    found = []
    for level in _LEVELS:
        rows = [row for row in levels.rows if row.level == level]
        ranks = list(dict.fromkeys(e.rank for row in rows for e in row.estimates))
        if len(ranks) < 2:
            continue
        ordered = [*(rank for rank in ranks if rank is not None), None]
        tables = tuple(
            _rank_table(rows, metric, ordered, level=level, leaf_rank=leaf_rank)
            for metric in _METRICS
        )
        found.append(Fold(f"Every rank, by {level} ({_of(rows)})", tables=tables))
    return tuple(found)


def step_table(levels: Levels) -> Table:
    """Return what each step changes, on the same items: a row a contender and metric."""
    steps = list(dict.fromkeys((one.step, one.counted) for one in levels.verdicts))
    heads = (Column("Contender"), *(Column(step, counted) for step, counted in steps))
    tested = [one for one in levels.verdicts if one.comparison is not None]
    metrics = dict.fromkeys(one.comparison.metric for one in tested if one.comparison) or {
        "accuracy": None
    }
    contenders = dict.fromkeys(row.contender for row in levels.rows)
    lines = tuple(
        (
            Cell(contender, title_of(metric)),
            *(_step_cell(levels, (*step, contender), metric) for step in steps),
        )
        for metric in metrics
        for contender in contenders
    )
    note = "With the step less without it, on the same items. " + " ".join(
        f"{adjustment} of one metric." for adjustment in _adjustments(levels)
    )
    return Table("level-steps", "What each step changes", heads, lines if steps else (), note)


def step_folds(levels: Levels) -> tuple[Fold, ...]:
    """Return the tests behind `step_table`."""
    heads = (
        Column("Contender"),
        Column("Step"),
        Column("Verdict"),
        Column("Metric"),
        Column("Difference", is_number=True),
        Column("p", "corrected", is_number=True),
        Column("n", is_number=True),
        Column("Test"),
    )
    rows = tuple(
        _verdict_cells(one, one.comparison) for one in levels.verdicts if one.comparison is not None
    )
    if not rows:
        return ()
    table = Table("level-verdicts", "Each step against none, on the same items", heads, rows)
    return (Fold("The tests behind what each step changes", tables=(table,)),)


def _step_cell(levels: Levels, wanted: tuple[str, str, str], metric: str) -> Cell:
    for one in levels.verdicts:
        if (one.step, one.counted, one.contender) != wanted:
            continue
        if one.comparison is None:
            return Cell("no change", "the fit decided against it", tone="muted")
        found = one.comparison
        if found.metric == metric:
            style = style_of(metric)
            difference = style.difference(found.difference)
            interval = style.difference_interval(found.low, found.high)
            return Cell(
                found.verdict, f"{difference} ({interval})", _TONES.get(found.verdict, "neutral")
            )
    return Cell(MISSING)


def _adjustments(levels: Levels) -> tuple[str, ...]:
    found = (one.comparison.adjustment for one in levels.verdicts if one.comparison)
    return tuple(dict.fromkeys(words for words in found if words is not None))


def _level_table(rows: Sequence[LevelRow], level: Level, leaf_rank: str) -> Table:
    heads = (
        Column("Contender"),
        *(Column(title_of(metric), _of(rows), is_number=True) for metric in _METRICS),
    )
    lines = tuple(
        (_name_cell(row), *(_value_cell(row.estimate(metric, None)) for metric in _METRICS))
        for row in rows
    )
    classes = {e.classes for row in rows for e in row.estimates if e.rank is None}
    has_ranks = any(e.rank for row in rows for e in row.estimates)
    at = f", at rank {leaf_rank}" if has_ranks else ""
    of = count_of(max(classes, default=0), "class", "classes")
    caption = f"By {level}: {_of(rows)}{at}, {of} to tell apart"
    return Table(f"level-{level}", caption, heads, lines, note=_level_note(rows))


def _rank_table(
    rows: Sequence[LevelRow],
    metric: str,
    ranks: Sequence[str | None],
    *,
    level: Level,
    leaf_rank: str,
) -> Table:
    classes = {e.rank: e.classes for row in rows for e in row.estimates}
    heads = (
        Column("Contender"),
        *(
            Column(rank or leaf_rank, count_of(classes[rank], "class", "classes"), is_number=True)
            for rank in ranks
        ),
    )
    lines = tuple(
        (_name_cell(row), *(_value_cell(row.estimate(metric, rank)) for rank in ranks))
        for row in rows
    )
    caption = f"{title_of(metric)} at each rank, by {level}: {_of(rows)}"
    name = f"level-{level}-{metric.replace('_', '-')}"
    return Table(name, caption, heads, lines, note=_level_note(rows))


def _name_cell(row: LevelRow) -> Cell:
    return Cell(row.contender, row.treatment if row.treatment == BARE else f"with {row.treatment}")


def _value_cell(estimate: Estimate | None) -> Cell:
    if estimate is None or estimate.value is None:
        return Cell(MISSING)
    style = style_of(estimate.metric)
    interval = "" if estimate.low is None else style.interval(estimate.low, estimate.high)
    return Cell(style.value(estimate.value), interval)


def _of(rows: Sequence[LevelRow]) -> str:
    sizes = sorted({row.n for row in rows})
    number = f"{count(sizes[0])} to {count(sizes[-1])}" if len(sizes) > 1 else count(sizes[0])
    return f"of {number} {rows[0].level}{'' if sizes[-1] == 1 else 's'}"


def _level_note(rows: Sequence[LevelRow]) -> str:
    level = next((e.level for row in rows for e in row.estimates), 0.95)
    return f"Below each value: its {100 * level:g} % interval."


def _verdict_cells(asked: LevelVerdict, one: Comparison) -> tuple[Cell, ...]:
    style = style_of(one.metric)
    adjusted = one.p_value if one.p_adjusted is None else one.p_adjusted
    groups = "" if one.groups is None else count_of(one.groups, "group")
    return (
        Cell(asked.contender),
        Cell(asked.step, asked.counted),
        Cell(one.verdict, tone=_TONES.get(one.verdict, "neutral")),
        Cell(title_of(one.metric)),
        Cell(style.difference(one.difference), style.difference_interval(one.low, one.high)),
        Cell(p_value(adjusted), f"alone {p_value(one.p_value)}"),
        Cell(count(one.n), groups),
        Cell(one.test, " ".join(_remarks(one))),
    )


def _remarks(one: Comparison) -> Iterator[str]:
    if one.discordant is not None:
        yield f"{count(one.discordant[0])} against {count(one.discordant[1])} discordant."
    if one.adjustment is not None:
        yield f"{one.adjustment}."
    if one.needed_n is not None:
        yield f"About {count(one.needed_n)} items would settle it."
