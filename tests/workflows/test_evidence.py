import json
from pathlib import Path

import pytest

from fieldmark.core.progress import SilentProgress
from fieldmark.workflows.evidence import gather, headline_metric


def gathered(ground):
    return gather(ground, progress=SilentProgress())


def test_everything_that_has_run_is_measured(finished: Path, opened) -> None:
    evidence = gathered(opened(finished))
    assert evidence.headline == "macro_f1"
    assert evidence.cells == {"probe": (2, 2), "knn": (1, 1)}
    assert [len(tables) for tables in evidence.predictions.values()] == [2, 1]
    assert evidence.evaluations["probe"].seeds == (0, 1)
    assert {table.header.split for table in evidence.predictions["probe"]} == {"test"}
    assert {(one.a, one.b) for one in evidence.comparisons} == {("probe", "knn")}
    assert evidence.refusals == ()
    assert [claim.status for claim in evidence.claims] == ["NOT met"]
    assert evidence.excluded == 0


def test_the_protocol_decides_on_draws_and_level(finished: Path, opened) -> None:
    ground = opened(finished, "protocol.level=0.8", "protocol.resamples=150")
    found = gathered(ground)
    assert found.evaluations["knn"].resamples == 150
    assert {estimate.level for estimate in found.evaluations["knn"].estimates} == {0.8}
    assert {one.level for one in found.comparisons} == {0.8}


def test_nothing_has_run(fresh: Path, opened) -> None:
    evidence = gathered(opened(fresh))
    assert evidence.cells == {"probe": (0, 2), "knn": (0, 1)}
    assert evidence.predictions == {}
    assert evidence.evaluations == {}
    assert evidence.comparisons == ()
    assert [claim.status for claim in evidence.claims] == ["?"]
    assert evidence.excluded == 0


def test_a_stale_cell_feeds_nothing(finished: Path, opened) -> None:
    evidence = gathered(opened(finished, "contenders.knn.head.neighbours=1"))
    assert evidence.cells == {"probe": (2, 2), "knn": (0, 1)}
    assert list(evidence.evaluations) == ["probe"]


def test_a_cell_of_one_seed_is_enough_to_be_measured(ran: Path, opened) -> None:
    evidence = gathered(opened(ran, "protocol.seeds=[0, 1, 2]"))
    assert evidence.cells["probe"] == (2, 3)
    assert evidence.evaluations["probe"].seeds == (0, 1)


def test_images_left_out_of_any_part_are_counted(ran: Path, opened) -> None:
    ground = opened(ran)
    record = ground.ledger.result_folder(ground.cells[0]) / "record.json"
    content = json.loads(record.read_text())
    content["facts"]["excluded"] = {"train": 3, "validation": 0, "test": 1}
    record.write_text(json.dumps(content))
    assert gathered(ground).excluded == 4


@pytest.mark.parametrize(
    ("metric", "headline"),
    [("macro_f1", "macro_f1"), ("accuracy", "accuracy"), ("accuracy_skill", "accuracy")],
)
def test_the_headline_is_what_was_chosen_by_where_it_can_be_compared(
    finished: Path, opened, metric: str, headline: str
) -> None:
    ground = opened(finished, f"protocol.selection.metric={metric}")
    assert headline_metric(ground.file.study) == headline


def test_without_a_selection_the_headline_is_accuracy(fresh: Path, opened, rewrite) -> None:
    rewrite(fresh / "study.yaml", ("  selection: {metric: macro_f1, on: validation}\n", ""))
    assert headline_metric(opened(fresh).file.study) == "accuracy"


def test_a_claim_at_the_finest_rank_is_the_claim_on_the_label(finished: Path, opened) -> None:
    ground = opened(
        finished,
        "claims=[{metric: accuracy, contender: probe, rank: species, "
        "at_least: 0.1}, {metric: accuracy, contender: probe, rank: phylum, "
        "at_least: 0.1}]",
    )
    assert [claim.status for claim in gathered(ground).claims] == ["met", "met"]
