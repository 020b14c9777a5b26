import json
from pathlib import Path

from fieldmark.comparison.selection import Choice, SelectionLedger
from fieldmark.core.progress import SilentProgress
from fieldmark.evaluation.evaluate import evaluate_many
from fieldmark.workflows.choices import ledger_of, shown_choices
from fieldmark.workflows.evidence import gather
from fieldmark.workflows.reporting import report_study


def test_nothing_has_run(fresh: Path, opened) -> None:
    assert ledger_of(opened(fresh)) == SelectionLedger()


def test_every_trained_cell_chose_an_epoch(finished: Path, opened) -> None:
    found = ledger_of(opened(finished)).choices
    assert [(one.contender, one.what, one.candidates) for one in found] == [
        ("probe", "epoch", 8),
        ("probe", "epoch", 8),
    ]
    assert found[0].chosen.endswith("of seed 0")
    assert {(one.metric, one.part) for one in found} == {("macro_f1", "validation")}


def test_a_setting_that_inner_folds_chose_is_a_choice_too(ran: Path, opened) -> None:
    ground = opened(ran)
    (record,) = ran.rglob("cells/probe/seed-0/result/record.json")
    content = json.loads(record.read_text())
    plateau = {"setting": "inverse_penalty", "values": [0.1, 1.0], "chosen": 1.0}
    content["facts"]["training"] = {"plateau": plateau}
    record.write_text(json.dumps(content))
    found = [one for one in ledger_of(ground).choices if one.chosen.endswith("of seed 0")]
    assert found == [
        Choice(
            contender="probe",
            what="inverse penalty by inner folds",
            chosen="1 of seed 0",
            candidates=2,
            metric="log_loss",
            part="train",
        )
    ]


def test_choices_on_another_part_are_not_stamped(finished: Path, opened) -> None:
    ground = opened(finished)
    evidence = gather(ground, progress=SilentProgress())
    found = shown_choices(ledger_of(ground), evidence.predictions, evidence.evaluations)
    assert [one.optimism for one in found] == [None, None]
    assert all(one.is_reported for one in found)


def test_choices_on_the_reported_part_are_stamped(finished: Path, opened) -> None:
    evidence = gather(opened(finished), progress=SilentProgress())
    facts = {"contender": "probe", "what": "epoch", "candidates": 8, "part": "test"}
    ledger = SelectionLedger(
        (
            Choice(metric="macro_f1", **facts),
            Choice(metric="log_loss", optimism=0.02, **facts),
            Choice(metric="pr_auc", **facts),
            Choice(metric="accuracy", **(facts | {"contender": "stranger"})),
        )
    )
    found = shown_choices(ledger, evidence.predictions, evidence.evaluations)
    share, loss, unknown, stranger = found
    assert share.optimism.startswith("expected optimism at most ")
    assert "x expected maximum of 8 normal numbers" in share.optimism
    assert loss.optimism == "expected optimism 0.02"
    assert unknown.optimism == "its optimism is not known without the candidates' predictions"
    assert (stranger.optimism, stranger.is_reported) == (None, False)


def test_a_study_that_chooses_where_it_reports_is_stamped(ran: Path, opened, call) -> None:
    settings = (
        "protocol.selection.on=test",
        "protocol.allow_selection_on_report=true",
        "protocol.seeds=[0]",
    )
    assert call("run", ran, *(word for one in settings for word in ("--set", one))).code == 0
    page, _ = report_study(opened(ran, *settings))
    for text in (page.read_text(), (page.parent / "report.md").read_text()):
        assert "Made on the reported items: 1 of 1 choice." in text
        assert "chosen where it is reported" in text
        assert "expected optimism at most" in text
        assert "by how much stands under Selection" in text


def test_seeds_are_measured_together(finished: Path, opened) -> None:
    evidence = gather(opened(finished), progress=SilentProgress())
    tables = evidence.predictions["probe"]
    alone = {"probe": evaluate_many(tables, resamples=200)}
    choice = Choice(contender="probe", what="epoch", candidates=1, metric="accuracy", part="test")
    (found,) = shown_choices(SelectionLedger((choice,)), {"probe": tables}, alone)
    assert found.optimism is None
