from pathlib import Path

from fieldmark.workflows.exhibits import curves_of


def test_nothing_has_run(fresh: Path, opened) -> None:
    assert curves_of(opened(fresh)) == ()


def test_cells_that_were_trained_in_epochs_have_a_curve(finished: Path, opened) -> None:
    found = curves_of(opened(finished))
    assert [curve.cell for curve in found] == ["probe/seed-0", "probe/seed-1"]
    for curve in found:
        assert curve.metric == "Macro F1 on the part 'validation'"
        assert len(curve.values) == 8
        assert curve.values[curve.chosen_epoch - 1] == max(curve.values)


def test_a_metric_whose_lower_value_is_better_is_shown_as_it_is(ran: Path, opened, call) -> None:
    settings = ["protocol.selection.metric=log_loss", "protocol.seeds=[0]"]
    assert call("run", ran, *(word for one in settings for word in ("--set", one))).code == 0
    (curve,) = curves_of(opened(ran, *settings))
    assert min(curve.values) > 0
    assert curve.values[curve.chosen_epoch - 1] == min(curve.values)


def test_without_a_selection_there_is_no_curve(finished: Path, fresh, opened, rewrite) -> None:
    rewrite(fresh / "study.yaml", ("  selection: {metric: macro_f1, on: validation}\n", ""))
    assert curves_of(opened(fresh)) == ()
