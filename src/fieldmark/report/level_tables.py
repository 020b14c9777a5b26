"""The tables of levels: one of images, one of observations, one of each question."""

from collections.abc import Iterator
from dataclasses import dataclass

from fieldmark.comparison.outcome import Comparison
from fieldmark.core.checks import count_of
from fieldmark.report.estimate_cells import estimate_cell
from fieldmark.report.levels import BARE, Level, LevelRow, Levels, LevelVerdict
from fieldmark.report.numbers import MISSING, count, p_value
from fieldmark.report.result_tables import style_of, title_of
from fieldmark.report.section import Fold
from fieldmark.report.tables import Cell, Column, Table, Tone

_METRICS = ("accuracy", "top_5_accuracy", "macro_f1", "log_loss")
_LEVELS: tuple[Level, ...] = ("image", "observation")
_TONES: dict[str, Tone] = {"better": "good", "worse": "bad"}


def level_tables(levels: Levels, leaf_rank: str) -> tuple[Table, ...]:
    """Return tables of images and tables of observations; they never share a column.

    Contenders that tell other numbers of classes apart stand in tables of their own, too.
    """
    return tuple(_level_table(ground, leaf_rank) for ground in _grounds(levels))


def rank_folds(levels: Levels, leaf_rank: str) -> tuple[Fold, ...]:
    """Return, for each level with ranks, each metric at every rank."""
    found = []
    for ground in _grounds(levels):
        if len(ground.classes) > 1:
            tables = tuple(_rank_table(ground, metric, leaf_rank) for metric in _METRICS)
            found.append(Fold(f"Every rank, by {ground.level} ({ground.of})", tables=tables))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Ground:
    """Rows that may stand in one table: of one level, over the same numbers of classes.

    Attributes:
        name: of its tables, as far as the ground decides it.
        level: images or observations.
        classes: (rank, number of classes), coarse to fine; the leaf's rank is None.
        rows: at least one.
    """

    name: str
    level: Level
    classes: tuple[tuple[str | None, int], ...]
    rows: tuple[LevelRow, ...]

    @property
    def sizes(self) -> list[int]:
        """How many items the rows were measured on, each number once."""
        return sorted({row.n for row in self.rows})

    @property
    def of(self) -> str:
        """Of how many images or observations."""
        ends = f"{count(self.sizes[0])} to {count(self.sizes[-1])}"
        number = count(self.sizes[0]) if len(self.sizes) == 1 else ends
        return f"of {number} {self.level}{'' if self.sizes[-1] == 1 else 's'}"

    def name_cell(self, row: LevelRow) -> Cell:
        """Return whose numbers these are, and of how many items where not all are of as many."""
        treatment = row.treatment if row.treatment == BARE else f"with {row.treatment}"
        detail = treatment if len(self.sizes) == 1 else f"{treatment}, n = {count(row.n)}"
        return Cell(row.contender, detail)


def _grounds(levels: Levels) -> Iterator[_Ground]:
    for level in _LEVELS:
        found: dict[tuple[tuple[str | None, int], ...], list[LevelRow]] = {}
        for row in levels.rows:
            if row.level == level:
                found.setdefault(_classes_of(row), []).append(row)
        for place, (classes, rows) in enumerate(found.items(), start=1):
            name = f"level-{level}" if place == 1 else f"level-{level}-{place}"
            yield _Ground(name, level, classes, tuple(rows))


def _classes_of(row: LevelRow) -> tuple[tuple[str | None, int], ...]:
    classes = {estimate.rank: estimate.classes for estimate in row.estimates}
    return tuple(sorted(classes.items(), key=lambda pair: pair[0] is None))


def step_table(levels: Levels) -> Table:
    """Return what each step changes, on the same items: step after step, a column a metric."""
    asked = dict.fromkeys((one.step, one.counted, one.contender) for one in levels.verdicts)
    steps = list(dict.fromkeys((step, counted) for step, counted, _ in asked))
    names = list(dict.fromkeys(row.contender for row in levels.rows))
    ordered = sorted(asked, key=lambda one: (steps.index(one[:2]), names.index(one[2])))
    tested = [one.comparison for one in levels.verdicts if one.comparison is not None]
    metrics = dict.fromkeys(one.metric for one in tested) or {"accuracy": None}
    heads = (Column("Contender"), Column("Step"), *(Column(title_of(one)) for one in metrics))
    lines = tuple(
        (
            Cell(one[2]),
            Cell(one[0], one[1]),
            *(_step_cell(levels, one, metric) for metric in metrics),
        )
        for one in ordered
    )
    note = "With the step less without it, on the same items. " + " ".join(
        f"{adjustment} of one metric." for adjustment in _adjustments(levels)
    )
    return Table("level-steps", "What each step changes", heads, lines, note.strip())


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


def _level_table(ground: _Ground, leaf_rank: str) -> Table:
    heads = (
        Column("Contender"),
        *(Column(title_of(metric), ground.of, is_number=True) for metric in _METRICS),
    )
    lines = tuple(
        (ground.name_cell(row), *(estimate_cell(row.estimate(metric, None)) for metric in _METRICS))
        for row in ground.rows
    )
    at = f", at rank {leaf_rank}" if len(ground.classes) > 1 else ""
    classes = count_of(dict(ground.classes).get(None, 0), "class", "classes")
    caption = f"By {ground.level}: {ground.of}{at}, {classes} to tell apart"
    return Table(ground.name, caption, heads, lines, note=_level_note(ground))


def _rank_table(ground: _Ground, metric: str, leaf_rank: str) -> Table:
    heads = (
        Column("Contender"),
        *(
            Column(rank or leaf_rank, count_of(classes, "class", "classes"), is_number=True)
            for rank, classes in ground.classes
        ),
    )
    lines = tuple(
        (
            ground.name_cell(row),
            *(estimate_cell(row.estimate(metric, rank)) for rank, _ in ground.classes),
        )
        for row in ground.rows
    )
    caption = f"{title_of(metric)} at each rank, by {ground.level}: {ground.of}"
    name = f"{ground.name}-{metric.replace('_', '-')}"
    return Table(name, caption, heads, lines, note=_level_note(ground))


def _level_note(ground: _Ground) -> str:
    level = next((e.level for row in ground.rows for e in row.estimates), 0.95)
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
