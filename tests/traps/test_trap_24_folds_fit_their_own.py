"""Trap 24: over folds, whatever is fitted is fitted anew on each fold's own training part."""

from pathlib import Path

import numpy as np

from fieldmark.core.progress import SilentProgress
from fieldmark.evaluation.metrics import METRICS
from fieldmark.experiments.study_file import read_study
from fieldmark.heads.standardisation import standardisation_of
from fieldmark.heads.storage import load_head
from fieldmark.workflows.ground import open_ground
from fieldmark.workflows.learning import HEAD, backbone_spec
from fieldmark.workflows.shared_embeddings import SharedEmbeddings
from fieldmark.workflows.taxonomy import run_study

FOLDS = "data.split={kind: group_kfold, folds: 3, validation: 0.2}"


def test_trap_24_every_fold_standardises_by_its_own_training_part(fresh: Path) -> None:
    settings = [FOLDS, "protocol.seeds=[0]"]
    ground = open_ground(read_study(fresh, settings, tasks=("taxonomy",), metrics=METRICS))
    run_study(ground)
    config = ground.file.study.contenders["probe"].backbone
    shared, means = SharedEmbeddings(), []
    for spec in ground.cells[:3]:
        own, backbone = ground.at(spec), backbone_spec(ground.file, config)
        found = shared.of_parts(own, backbone, ["train", "test"], SilentProgress())
        head = load_head(ground.ledger.result(spec) / HEAD)
        mean, scale = standardisation_of(found["train"].vectors)
        assert np.array_equal(head.mean, mean)
        assert np.array_equal(head.scale, scale)
        everything = np.concatenate([one.vectors for one in found.values()])
        assert not np.array_equal(head.mean, standardisation_of(everything)[0])
        means.append(mean)
    assert not np.array_equal(means[0], means[1])
