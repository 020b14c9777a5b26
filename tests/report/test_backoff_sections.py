import re
from dataclasses import replace

from fieldmark.decision.policy import Backoff
from fieldmark.evaluation.backoff_curve import backoff_curve
from fieldmark.report.backoff_figure import backoff_figure, share_figure
from fieldmark.report.backoff_sections import backoff_section, settings_table
from fieldmark.report.backoff_settings import always_finest, from_decision, from_fixed_threshold
from fieldmark.report.content import ContenderRow


def settings(fungi, take, contender: str = "probe"):
    table = fungi("test", 1500, contender=contender)
    return (
        always_finest(table),
        from_fixed_threshold(table),
        from_fixed_threshold(table, temperature=2.0),
        from_decision(take(Backoff(error_limit=0.2), contender=contender)),
    )


def test_a_row_for_each_way_with_its_shares_and_errors(fungi, take) -> None:
    found = settings(fungi, take)
    table = settings_table(found, name="settings")
    assert [column.title for column in table.columns] == [
        "Contender",
        "Answers",
        "Answered",
        "Wrong",
        "species",
        "genus",
    ]
    assert [row[1].text for row in table.rows] == [one.name for one in found]
    species, genus = table.rows[0][4:]
    assert (species.text, genus.text, genus.detail) == ("100.00 %", "0.00 %", "none")
    assert table.rows[3][1].detail == f"from {found[3].thresholds[0]:.3f} at every rank"


def test_thresholds_of_each_rank_are_told_fine_to_coarse(fungi, take) -> None:
    each = from_decision(take(Backoff(error_limit=0.25, among="each-rank")))
    withheld = replace(each, thresholds=(None, 0.5))
    (row,) = settings_table([withheld], name="settings").rows
    assert row[1].detail == "species from 0.500, genus never"


def test_whom_nothing_is_answered_has_no_error(fungi) -> None:
    one = from_fixed_threshold(fungi("test", 60))
    nothing = replace(one, error=replace(one.error, value=None, low=None, high=None))
    (row,) = settings_table([nothing], name="settings").rows
    assert (row[3].text, row[3].detail) == ("?", "no answer")


def test_the_fixed_threshold_and_the_promise_are_marked_on_the_curve(fungi, take) -> None:
    curve = backoff_curve(fungi("test", 1500))
    svg = backoff_figure([curve], settings(fungi, take), name="back-off").svg
    for said in ("fixed threshold 0.65", "0.65 after temperature scaling", "a decision of the"):
        assert said in svg
    assert "probe, fixed 0.65, scores as they are: " in svg
    assert "always the species" not in svg
    foreign = backoff_figure([curve], settings(fungi, take, "knn"), name="back-off").svg
    assert "fixed threshold" not in foreign


def test_the_shares_of_all_ranks_have_the_thresholds_across(fungi, take) -> None:
    curve = backoff_curve(fungi("test", 1500))
    bare = share_figure(curve, name="ranks").svg
    marked = share_figure(curve, settings(fungi, take), name="ranks").svg
    assert "species" in bare
    assert len(re.findall("stroke-dasharray", marked)) == 1 + len(
        re.findall("stroke-dasharray", bare)
    )


def test_a_threshold_on_calibrated_scores_is_not_drawn_across_others(fungi, take) -> None:
    curve = backoff_curve(fungi("test", 1500))
    bare = share_figure(curve, name="ranks").svg
    calibrated = from_decision(take(Backoff(error_limit=0.2, calibrator="temperature")))
    assert calibrated.is_calibrated
    assert share_figure(curve, [calibrated], name="ranks").svg == bare
    (row,) = settings_table([calibrated], name="settings").rows
    assert row[1].detail.endswith(" at every rank, after calibration")


def test_uncalibrated_scores_are_named_with_what_to_look_at(make, fungi, take) -> None:
    def remarks(value: float, low: float, settings) -> tuple[str, ...]:
        gap = make.estimate(value, low=low, high=0.3, metric="ece_equal_width", contender="probe")
        content = make.content([ContenderRow("probe", (gap,))])
        return backoff_section(replace(content, backoff_settings=settings)).remarks

    found = settings(fungi, take)
    (said,) = remarks(0.2, 0.1, found)
    assert said.startswith(
        "The scores of probe are not calibrated: confidence and accuracy differ by 20.00 % on "
        "average (95 % interval 10.0 to 30.0). A fixed threshold of 0.65 means little for them;"
    )
    assert said.endswith("see what it does after temperature scaling.")
    assert remarks(0.2, 0.1, found[:2])[0].endswith("calibrate them on another part first.")
    (said,) = remarks(0.2, 0.0, found)
    assert said.startswith("Whether the scores of probe are calibrated is open: ")
    assert said.endswith("within chance.")
    assert remarks(0.04, 0.0, found) == ()
    content = make.content([make.row("probe")], backoff_settings=found)
    assert backoff_section(content).remarks == ()


def test_the_first_contender_is_in_the_open_and_the_others_folded(make) -> None:
    curves = tuple(make.back_off(name) for name in "abcdef")
    section = backoff_section(make.content([], backoffs=curves))
    assert [picture.title for picture in section.pictures] == [
        "Backing off to a coarser rank",
        "At which rank a answers",
    ]
    assert [fold.title for fold in section.folded] == [f"At which rank {n} answers" for n in "bcd"]
    assert backoff_section(make.content([])).is_empty


def test_of_three_contenders_the_first_has_its_settings_in_the_open(make, fungi, take) -> None:
    found = tuple(one for name in "abc" for one in settings(fungi, take, name))
    section = backoff_section(make.content([], backoff_settings=found))
    assert {row[0].text for table in section.tables for row in table.rows} == {"a"}
    (fold,) = section.folded
    assert fold.title == "What came of it for the 2 other contenders"
    assert {row[0].text for table in fold.tables for row in table.rows} == {"b", "c"}
    few = backoff_section(make.content([], backoff_settings=found[:8]))
    assert {row[0].text for table in few.tables for row in table.rows} == {"a", "b"}


def test_many_contenders_are_named_in_short_after_the_first(make, fungi) -> None:
    found = tuple(always_finest(fungi("test", 60, contender=name)) for name in "abcdef")
    lows = {"a": 0.1, "b": 0.1, "c": 0.0, "d": 0.1, "e": 0.0, "f": 0.1}
    rows = [
        ContenderRow(
            name,
            (make.estimate(0.2, low=low, high=0.3, metric="ece_equal_width", contender=name),),
        )
        for name, low in lows.items()
    ]
    first, off, is_open = backoff_section(make.content(rows, backoff_settings=found)).remarks
    assert first.startswith("The scores of a are not calibrated: ")
    assert off == "Scores are not calibrated either, so that 0.65 means little, for: b, d, f."
    assert is_open == "Whether scores are calibrated is open, within chance, for: c, e."
