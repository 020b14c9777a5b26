"""The section on backing off: operating curves, the ranks answered at, and what 0.65 means."""

from collections.abc import Mapping, Sequence

from fieldmark.evaluation.estimates import Estimate
from fieldmark.report.backoff_figure import backoff_figure, backoff_groups, share_figure
from fieldmark.report.backoff_settings import BackoffSetting
from fieldmark.report.content import ReportContent
from fieldmark.report.numbers import MISSING, SHARE, count
from fieldmark.report.section import Fold, Section
from fieldmark.report.tables import Cell, Column, Table

# At the leaf; its lower end takes off what chance makes of calibrated scores.
_GAP = "ece_equal_width"
_WORTH_SAYING = 0.05
_MOST_DRAWN = 4
_MOST_SAID = 4
_MOST_OPEN = 2


def backoff_section(content: ReportContent) -> Section:
    """Return the curves of all contenders, the shares of the first, the others on demand."""
    settings = content.backoff_settings
    pictures = tuple(
        backoff_figure(group, settings, name=f"back-off-{position}")
        for position, group in enumerate(backoff_groups(content.backoffs), start=1)
    )
    shown = _shown(settings)
    drawn = content.backoffs[:_MOST_DRAWN]
    shares = [
        share_figure(curve, settings, name=f"back-off-ranks-{position}")
        for position, curve in enumerate(drawn, start=1)
    ]
    folded = tuple(
        Fold(f"At which rank {curve.contender} answers", pictures=(picture,))
        for curve, picture in zip(drawn[1:], shares[1:], strict=True)
    )
    return Section(
        "back-off",
        "Backing off",
        remarks=_on_calibration(content),
        pictures=(*pictures, *shares[:1]),
        tables=_setting_tables([one for one in settings if one.contender in shown], "settings"),
        folded=(*_other_settings(settings, shown), *folded),
    )


def _shown(settings: Sequence[BackoffSetting]) -> frozenset[str]:
    """Return whose ways to back off stand in the open: all of few contenders, or the first's."""
    names = list(dict.fromkeys(one.contender for one in settings))
    return frozenset(names if len(names) <= _MOST_OPEN else names[:1])


def _other_settings(settings: Sequence[BackoffSetting], shown: frozenset[str]) -> tuple[Fold, ...]:
    others = [one for one in settings if one.contender not in shown]
    if not others:
        return ()
    number = len({one.contender for one in others})
    title = f"What came of it for the {number} other contenders"
    return (Fold(title, tables=_setting_tables(others, "other-settings")),)


def _setting_tables(settings: Sequence[BackoffSetting], name: str) -> tuple[Table, ...]:
    return tuple(
        settings_table(group, name=f"back-off-{name}-{position}")
        for position, group in enumerate(_by_ranks(settings), start=1)
    )


def settings_table(settings: Sequence[BackoffSetting], *, name: str) -> Table:
    """Return what came of each way to back off: answered, wrong, and the share at each rank.

    Args:
        settings: at least one, all over the same ranks.
        name: of the table on its page.
    """
    ranks, level = settings[0].ranks, settings[0].answered.level
    heads = (
        Column("Contender"),
        Column("Answers"),
        Column("Answered", is_number=True),
        Column("Wrong", "of the answered", is_number=True),
        *(Column(rank, is_number=True) for rank in ranks[::-1]),
    )
    note = (
        "Under each rank: the share of all images that is answered at exactly that rank, and below "
        "it how many of them are wrong. Below the other values: their "
        f"{100 * level:g} % interval ({settings[0].error.method}). A fixed threshold promises "
        "nothing."
    )
    rows = tuple(_setting_cells(one) for one in settings)
    return Table(name, "From which thresholds, and what came of it", heads, rows, note=note)


def _setting_cells(one: BackoffSetting) -> tuple[Cell, ...]:
    by_rank = one.by_rank()
    answered, error = one.answered, one.error
    return (
        Cell(one.contender),
        Cell(one.name, _thresholds(one)),
        Cell(SHARE.value(answered.value), SHARE.interval(answered.low, answered.high)),
        Cell(SHARE.value(error.value), SHARE.interval(error.low, error.high))
        if error.value is not None
        else Cell(MISSING, "no answer"),
        *(
            Cell(
                SHARE.value(at.answered / one.n),
                f"{count(at.wrong)} of {count(at.answered)} wrong" if at.answered else "none",
            )
            for at in by_rank[::-1]
        ),
    )


def _thresholds(one: BackoffSetting) -> str:
    """Return the fitted thresholds of a decision, fine to coarse; "" for what its name says."""
    if one.kind != "decision":
        return ""
    after = ", after calibration" if one.is_calibrated else ""
    if len(set(one.thresholds)) == 1 and one.thresholds[0] is not None:
        return f"from {one.thresholds[0]:.3f} at every rank{after}"
    pairs = zip(one.ranks[::-1], one.thresholds[::-1], strict=True)
    said = (f"{rank} {'never' if at is None else f'from {at:.3f}'}" for rank, at in pairs)
    return ", ".join(said) + after


def _by_ranks(settings: Sequence[BackoffSetting]) -> list[list[BackoffSetting]]:
    groups: dict[tuple[str, tuple[str, ...]], list[BackoffSetting]] = {}
    for one in settings:
        groups.setdefault((one.split, one.ranks), []).append(one)
    return list(groups.values())


def _on_calibration(content: ReportContent) -> tuple[str, ...]:
    """Return for whom a threshold of 0.65 means little, since scores are not calibrated."""
    kinds: dict[str, set[str]] = {}
    for setting in content.backoff_settings:
        kinds.setdefault(setting.contender, set()).add(setting.kind)
    gaps = {row.name: row.estimate(_GAP) for row in content.contenders}
    said = {
        name: _sentence(name, gaps.get(name), is_shown_calibrated="calibrated" in own)
        for name, own in kinds.items()
    }
    if sum(map(bool, said.values())) <= _MOST_SAID:
        return tuple(filter(None, said.values()))
    first, *others = said
    return tuple(filter(None, (said[first], *_in_short(others, gaps))))


def _in_short(names: Sequence[str], gaps: Mapping[str, Estimate | None]) -> tuple[str, ...]:
    """Return for which contenders scores are not calibrated, and for which that is open."""
    known = [(name, gap) for name in names if (gap := gaps.get(name)) and gap.low is not None]
    off = [name for name, gap in known if gap.low]
    is_open = [name for name, gap in known if not gap.low and (gap.value or 0) > _WORTH_SAYING]
    return tuple(
        f"{sentence}: {', '.join(found)}."
        for sentence, found in (
            ("Scores are not calibrated either, so that 0.65 means little, for", off),
            ("Whether scores are calibrated is open, within chance, for", is_open),
        )
        if found
    )


def _sentence(name: str, gap: Estimate | None, *, is_shown_calibrated: bool) -> str:
    """Return what the gap between confidence and accuracy makes of a fixed threshold."""
    if gap is None or gap.value is None or gap.low is None or gap.high is None:
        return ""
    measured = (
        f"confidence and accuracy differ by {SHARE.value(gap.value)} on average ("
        f"{100 * gap.level:g} % interval {SHARE.interval(gap.low, gap.high)})"
    )
    if gap.low == 0:
        if gap.value <= _WORTH_SAYING:
            return ""
        return f"Whether the scores of {name} are calibrated is open: {measured}, within chance."
    remedy = (
        "see what it does after temperature scaling."
        if is_shown_calibrated
        else "calibrate them on another part first."
    )
    return (
        f"The scores of {name} are not calibrated: {measured}. A fixed threshold of 0.65 means "
        f"little for them; {remedy}"
    )
