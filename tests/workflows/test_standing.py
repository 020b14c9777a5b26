from fieldmark.core.progress import SilentProgress
from fieldmark.experiments.beating import beating
from fieldmark.experiments.locks import try_lock
from fieldmark.experiments.records import CellState
from fieldmark.training.traces import Trace, write_trace
from fieldmark.workflows.standing import Curve, standing_of


def test_a_study_that_has_not_run(fresh, opened) -> None:
    found = standing_of(opened(fresh))
    assert found.contenders == ("probe", "probe", "knn")
    assert (found.count(CellState.PLANNED), found.is_settled) == (3, False)
    assert found.seconds_left is None
    assert found.curves == {}


def test_a_study_that_is_done(ran, opened) -> None:
    found = standing_of(opened(ran))
    assert found.is_settled
    assert found.seconds_left == 0
    more = standing_of(opened(ran, "protocol.seeds=[0, 1, 2]"))
    assert not more.is_settled
    assert more.seconds_left is not None
    assert more.seconds_left > 0


def test_a_running_cell_shows_its_curves_in_the_direction_of_the_metric(fresh, opened) -> None:
    for metric, sign in (("macro_f1", 1), ("log_loss", -1)):
        ground = opened(fresh, f"protocol.selection.metric={metric}")
        spec, ledger = ground.cells[0], ground.ledger
        with (
            try_lock(ledger.lock_path(spec)),
            beating(ledger.heartbeat_path(spec), SilentProgress()),
        ):
            assert standing_of(ground).curves == {}
            write_trace(Trace(5, (0.9, 0.7), (0.1, 0.2), 2), ledger.work_folder(spec))
            found = standing_of(ground)
        assert found.records[0].state is CellState.RUNNING
        assert found.curves == {
            spec.id: (Curve("loss", (0.9, 0.7)), Curve(metric, (sign * 0.1, sign * 0.2)))
        }
        assert standing_of(ground).curves == {}
