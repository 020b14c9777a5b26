from pathlib import Path

import pytest

from fieldmark.core.progress import SilentProgress
from fieldmark.workflows.miniatures import (
    EPOCHS,
    Stopwatch,
    bytes_under,
    cell_of,
    free_bytes,
    miniature_of,
    nearest_folder,
)

TUNED = """\
  tuned:
    backbone: *net
    training: {epochs: 12, batch_size: 32, patience: 2, unfreezing: {0: frozen, 9: full},
      mixing: {mixup: 0.2}, augmentation: light, ema: 0.9, loggers: [tensorboard]}
  ridge: {backbone: *net, head: {kind: ridge}}
  logistic: {backbone: *net, head: {kind: logistic}}
  tree: {backbone: *net, head: {kind: hierarchical, patience: 3}}
reference: knn"""


def test_a_miniature_is_small_quick_and_gone_afterwards(fresh: Path, opened, rewrite) -> None:
    rewrite(fresh / "study.yaml", ("reference: knn", TUNED))
    ground = opened(fresh)
    with miniature_of(ground, ["probe", "tuned", "ridge", "logistic", "tree"]) as small:
        assert small.results.parent == ground.results.parent
        assert small.results.is_dir()
        assert [spec.id for spec in small.cells] == [
            "probe/seed-0", "tuned/seed-0", "ridge/seed-free", "logistic/seed-free",
            "tree/seed-0",
        ]  # fmt: skip
        assert cell_of(small, "tuned").contender == "tuned"
        labels = ground.manifest.select(small.split.ids("train")).labels.to_list()
        assert sorted(labels) == sorted(2 * list(set(labels)))
        assert len(small.split.ids("test")) == 8
        study = small.file.study
        assert study.protocol.selection is None
        assert study.contenders["probe"].head.epochs == 200
        tree = study.contenders["tree"].head
        assert (tree.epochs, tree.patience) == (200, None)
        assert study.contenders["ridge"].head.penalty == 1.0
        assert study.contenders["logistic"].head.inverse_penalty == 1.0
        training = study.contenders["tuned"].training
        assert (training.epochs, training.batch_size, training.ema) == (EPOCHS, 8, None)
        assert training.unfreezing == {0: "frozen"}
        assert (training.augmentation, training.loggers, training.patience) == ("none", (), None)
    assert not (fresh / "results").exists()
    assert ground.file.study.contenders["tuned"].training.epochs == 12


def test_a_watch_measures_what_happens_within_the_outermost_step() -> None:
    watch = Stopwatch(SilentProgress())
    with watch.step("cells", total=1) as cells:
        with watch.step("fit", total=3) as step:
            step.advance(2)
            step.advance()
        cells.advance()
    watch.say("nothing")
    assert 0 <= watch.shortest <= watch.seconds < 1


def test_a_watch_that_saw_nothing() -> None:
    watch = Stopwatch(SilentProgress())
    with watch.step("cells", total=1):
        pass
    assert (watch.seconds, watch.shortest) == (0.0, float("inf"))


def test_sizes(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "c").write_bytes(bytes(7))
    assert bytes_under(tmp_path) == 7
    assert bytes_under(tmp_path / "nowhere") == 0
    assert free_bytes(tmp_path / "not" / "yet") == pytest.approx(free_bytes(tmp_path), rel=0.1)
    assert nearest_folder(tmp_path / "not" / "yet") == tmp_path
