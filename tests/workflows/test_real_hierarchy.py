"""On a real hierarchy: raw heads of ranks contradict themselves, whole paths do not."""

from pathlib import Path

import numpy as np
import pytest

from fieldmark.predictions.rank_heads import load_rank_heads
from fieldmark.predictions.store import load_predictions

SHARED = Path(__file__).resolve().parents[2].parent / "shared"
GROCERY = SHARED / "data" / "grocery_produce"
WEIGHTS = SHARED / "weights" / "mobilenetv2_100.safetensors"
STUDY = """\
study: grocery
task: taxonomy
data:
  manifest: {images}/manifest.csv
  images: {images}
  id: path
  ranks: [kind, coarse, fine]
  split: {{kind: holdout, fractions: {{train: 0.6, test: 0.4}}, seed: 0}}
contenders:
  ranks:
    backbone: &net
      name: mobilenetv2_100
      weights: {weights}
      options: {{pad_type: same}}
      preprocessing: {{resize_size: 64, crop_size: 64}}
    head: {{kind: hierarchical, structure: ranks, epochs: 30}}
  leaves:
    backbone: *net
    head: {{kind: hierarchical, loss: ancestors, epochs: 30}}
reference: leaves
"""

pytestmark = [
    pytest.mark.real,
    pytest.mark.slow,
    pytest.mark.skipif(
        not (GROCERY.is_dir() and WEIGHTS.is_file()),
        reason="needs the grocery photographs and the weights beside the checkout",
    ),
]


def test_whole_paths_are_right_more_often_than_all_heads_of_ranks_at_once(
    call, tmp_path: Path
) -> None:
    (tmp_path / "study.yaml").write_text(STUDY.format(images=GROCERY, weights=WEIGHTS))
    assert call("run", tmp_path).code == 0
    cells = tmp_path / "results" / "grocery" / "cells"
    result = cells / "ranks" / "seed-0" / "result"
    joint = load_predictions(result / "predictions" / "test")
    tree = joint.taxonomy
    assert tree is not None
    truth = tree.leaves.positions(joint.labels.to_list())
    raw = load_rank_heads(result / "rank-heads" / "test")
    said = np.stack([np.asarray(table.scores).argmax(axis=1) for table in raw.tables], axis=1)
    paths = {tuple(path) for path in tree.paths.tolist()}
    contradicting = np.array([tuple(row) not in paths for row in said.tolist()])
    assert 0.02 < contradicting.mean() < 0.5
    found = tree.paths[np.asarray(joint.scores).argmax(axis=1)]
    all_right_raw = (said == tree.paths[truth]).all(axis=1).mean()
    all_right_joint = (found == tree.paths[truth]).all(axis=1).mean()
    assert all_right_joint > all_right_raw > 0.5
    leaves = load_predictions(cells / "leaves" / "seed-0" / "result" / "predictions" / "test")
    assert (np.asarray(leaves.scores).argmax(axis=1) == truth).mean() > 0.7
    assert not (cells / "leaves" / "seed-0" / "result" / "rank-heads").exists()
