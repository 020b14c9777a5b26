"""The tables of what was measured: contenders and baselines, at the leaf and per rank."""

from collections.abc import Iterable, Sequence

from fieldmark.comparison.wording import MEAN_OF_FOLDS, definition_for
from fieldmark.core.checks import count_of
from fieldmark.evaluation.estimates import Estimate
from fieldmark.evaluation.metrics import METRICS
from fieldmark.report.content import ContenderRow, ReportContent
from fieldmark.report.grounds import Ground, leaf_grounds, rank_grounds
from fieldmark.report.numbers import MISSING, PLAIN, SHARE, NumberStyle, count
from fieldmark.report.tables import Cell, Column, Table

_SHOWN = ("accuracy", "top_5_accuracy", "balanced_accuracy", "macro_f1", "log_loss")
RANK_METRIC = "accuracy"


def style_of(metric: str) -> NumberStyle:
    """Return how the values of a metric are written; of an unknown metric, as plain numbers.

    Example:
        >>> style_of("log_loss").value(0.5), style_of("accuracy").value(0.5)
        ('0.500', '50.00 %')
    """
    definition = definition_for(metric)
    return SHARE if definition is not None and definition.scale == "share" else PLAIN


def title_of(metric: str) -> str:
    """Return the name of a metric on the page; an unknown metric keeps its identifier.

    Example:
        >>> title_of("accuracy_mean_of_folds")
        'Accuracy (mean of folds)'
    """
    definition = definition_for(metric)
    if definition is None:
        return metric
    is_mean = metric.endswith(MEAN_OF_FOLDS) and metric not in METRICS
    return f"{definition.title} (mean of folds)" if is_mean else definition.title


def result_tables(content: ReportContent) -> tuple[Table, ...]:
    """Return one table for each ground of the leaf: contenders, then baselines, by metric.

    What has not been measured is ``?``. Numbers over different classes never share a table.
    """
    return tuple(
        _result_table(content, ground, f"results-{position}")
        for position, ground in enumerate(leaf_grounds(content.rows), start=1)
    )


def rank_tables(content: ReportContent) -> tuple[Table, ...]:
    """Return one table for each ground with ranks: accuracy per rank, coarse to fine."""
    return tuple(
        _rank_table(content, ground, f"ranks-{position}")
        for position, ground in enumerate(rank_grounds(content.rows, RANK_METRIC), start=1)
    )


def estimate_table(content: ReportContent) -> Table:
    """Return every stored estimate, one a row, with its method and denominator."""
    heads = (
        Column("Contender"),
        Column("Metric"),
        Column("Rank"),
        Column("Value", is_number=True),
        Column("Interval", is_number=True),
        Column("n", is_number=True),
        Column("Classes", is_number=True),
        Column("Split"),
        Column("Method"),
        Column("Denominator"),
    )
    rows = tuple(
        _estimate_cells(row, estimate, content.leaf_rank)
        for row in content.rows
        for estimate in row.estimates
    )
    return Table("estimates", "Every stored estimate", heads, rows)


def definitions_of(metrics: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Return (title, definition) of the metrics that are in the catalogue, in its order."""
    wanted = set(metrics)
    return tuple(
        (metric.title, metric.definition)
        for identifier, metric in METRICS.items()
        if identifier in wanted
    )


def _result_table(content: ReportContent, ground: Ground, name: str) -> Table:
    metrics = _columns_of(content.headline_metric, ground)
    heads = [Column("Contender"), Column("Cells", "ran of planned", is_number=True)]
    heads += [Column(title_of(metric), _shared_n(ground, metric), True) for metric in metrics]
    rows = tuple(
        (
            Cell(row.name, "trivial baseline" if row.is_baseline else row.description),
            cells_cell(row),
            *(_value_cell(row, ground, metric) for metric in metrics),
        )
        for row in ground.rows
    )
    return Table(name, _caption("Results", ground), tuple(heads), rows, note=_level_note(ground))


def _rank_table(content: ReportContent, ground: Ground, name: str) -> Table:
    heads = (
        Column("Contender"),
        *(
            Column(rank or content.leaf_rank, count_of(classes, "class", "classes"), is_number=True)
            for rank, classes in ground.classes
        ),
    )
    rows = tuple(
        (
            Cell(row.name, "trivial baseline" if row.is_baseline else ""),
            *(_value_cell(row, ground, RANK_METRIC, rank) for rank, _ in ground.classes),
        )
        for row in ground.rows
    )
    caption = f"Accuracy per rank on the split “{ground.split}”"
    return Table(name, caption, heads, rows, note=_level_note(ground))


def cells_cell(row: ContenderRow) -> Cell:
    """Return how many cells of a row ran of those planned; ``?`` where none has.

    Example:
        >>> cells_cell(ContenderRow("linear", cells_planned=3)).text
        '?'
    """
    if not row.cells_planned:
        return Cell("–", tone="muted")
    detail = f"of {count(row.cells_planned)}"
    if not row.cells_ran:
        return Cell(MISSING, f"none {detail}")
    ran = f"{count(row.cells_ran)} {detail}"
    return Cell(ran, f"{count(row.missing_cells)} missing" if row.missing_cells else "")


def _columns_of(headline: str, ground: Ground) -> tuple[str, ...]:
    present = {estimate.metric for row in ground.rows for estimate in row.estimates}
    shown = (headline, f"{headline}_skill", *_SHOWN)
    return tuple(dict.fromkeys(m for m in shown if m in present or m == headline))


def _value_cell(row: ContenderRow, ground: Ground, metric: str, rank: str | None = None) -> Cell:
    estimate = row.estimate(metric, rank)
    if estimate is None and row.is_baseline:
        return Cell("–", tone="muted")
    if estimate is None or estimate.value is None:
        return Cell(MISSING)
    style = style_of(metric)
    details = [_interval(estimate)] if estimate.low is not None else []
    if not _shared_n(ground, metric, rank):
        details.append(f"n = {count(estimate.n)}")
    return Cell(style.value(estimate.value), ", ".join(details))


def _interval(estimate: Estimate) -> str:
    if estimate.low is None:
        return "–"
    if estimate.low == estimate.high:
        return "exact"
    return style_of(estimate.metric).interval(estimate.low, estimate.high)


def _shared_n(ground: Ground, metric: str, rank: str | None = None) -> str:
    found = [row.estimate(metric, rank) for row in ground.rows]
    sizes = {estimate.n for estimate in found if estimate is not None}
    return f"n = {count(sizes.pop())}" if len(sizes) == 1 else ""


def _caption(what: str, ground: Ground) -> str:
    if ground.split is None:
        return f"{what}: nothing has been measured"
    leaf = [classes for rank, classes in ground.classes if rank is None]
    of = f", {count_of(leaf[0], 'class', 'classes')} to tell apart" if leaf else ""
    return f"{what} on the split “{ground.split}”{of}"


def _level_note(ground: Ground) -> str:
    if ground.level is None:
        return ""
    return f"Below each value: its {100 * ground.level:g} % interval."


def _estimate_cells(row: ContenderRow, estimate: Estimate, leaf_rank: str) -> tuple[Cell, ...]:
    style = style_of(estimate.metric)
    return (
        Cell(row.name),
        Cell(title_of(estimate.metric), estimate.metric),
        Cell(estimate.rank or leaf_rank),
        Cell(style.value(estimate.value), _seeds(estimate.seed_values, style)),
        Cell(_interval(estimate), "" if estimate.low is None else f"{100 * estimate.level:g} %"),
        Cell(count(estimate.n)),
        Cell(count(estimate.classes)),
        Cell(estimate.split),
        Cell(estimate.method),
        Cell(estimate.denominator),
    )


def _seeds(values: Sequence[float], style: NumberStyle) -> str:
    return "seeds: " + ", ".join(style.value(value) for value in values) if values else ""
