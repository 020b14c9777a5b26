from pathlib import Path

import pytest

from fieldmark.core.progress import SilentProgress
from fieldmark.workflows.miniatures import miniature_of
from fieldmark.workflows.trials import Trial, try_contender

TUNED = """\
  tuned:
    backbone: *net
    training: {epochs: 3, batch_size: 8, learning_rate: 0.002}
reference: knn"""


def tried(ground, *names: str) -> list[Trial]:
    with miniature_of(ground, names) as small:
        return [try_contender(ground, small, name, progress=SilentProgress()) for name in names]


def test_heads_learn_and_share_their_embeddings(fresh: Path, opened) -> None:
    probe, knn = tried(opened(fresh), "probe", "knn")
    assert probe.error is None
    assert probe.learns == (True, "8 of its 8 images right")
    assert probe.stored_equal
    assert knn.stored_equal
    assert probe.cell_seconds > 0
    assert probe.shared_seconds > 0
    assert probe.shared_bytes == knn.shared_bytes > 0
    assert probe.cell_bytes > 0
    assert probe.work_bytes == 0


def test_hierarchical_heads_learn_and_their_raw_tables_count(fresh: Path, opened, rewrite) -> None:
    trees = """\
  leaves: {backbone: *net, head: {kind: hierarchical}}
  ranks: {backbone: *net, head: {kind: hierarchical, structure: ranks}}
reference: knn"""
    rewrite(fresh / "study.yaml", ("reference: knn", trees))
    leaves, ranks = tried(opened(fresh), "leaves", "ranks")
    assert leaves.error is None
    assert ranks.error is None
    assert leaves.learns[0]
    assert ranks.learns[0]
    assert leaves.stored_equal
    assert ranks.stored_equal
    assert ranks.cell_bytes > leaves.cell_bytes > 0


def test_a_head_that_moves_nowhere_is_seen(fresh: Path, opened) -> None:
    ground = opened(fresh, "contenders.probe.head.learning_rate=1e-12")
    (probe,) = tried(ground, "probe")
    assert probe.error is None
    assert not probe.learns[0]


@pytest.mark.slow
@pytest.mark.parametrize(("rate", "learns"), [("0.002", True), ("1e-12", False)])
def test_a_network_learns_its_few_images_or_not(
    fresh: Path, opened, rewrite, rate: str, learns: bool
) -> None:
    rewrite(fresh / "study.yaml", ("reference: knn", TUNED), ("0.002", rate))
    (trial,) = tried(opened(fresh), "tuned")
    assert trial.error is None
    assert trial.learns[0] is learns, trial.learns
    assert trial.learns[1].endswith(" in 6 steps")
    assert trial.stored_equal
    assert 0 < trial.cell_seconds < 600
    assert trial.work_bytes > trial.cell_bytes / 2 > 0


def test_what_a_contender_cannot_do_is_told(fresh: Path, opened, rewrite) -> None:
    rewrite(fresh / "study.yaml", ("weights: random", "weights: random, options: {depth: x}"))
    (knn,) = tried(opened(fresh), "knn")
    assert str(knn.error).startswith("timm cannot build test_resnet")
