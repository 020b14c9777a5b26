from pathlib import Path

import numpy as np

from fieldmark.predictions.header import ScoreKind
from fieldmark.predictions.rank_heads import load_rank_heads
from fieldmark.predictions.store import load_predictions
from fieldmark.workflows.parts import (
    header_of,
    items_of,
    label_space_of,
    training_label_counts,
    write_part,
)


def test_the_label_space_holds_every_class_of_the_manifest(fresh: Path, opened, rewrite) -> None:
    with_ranks = label_space_of(opened(fresh))
    ranks = "ranks: [phylum, class, order, family, genus, species]"
    rewrite(fresh / "study.yaml", (ranks, "label: species"))
    plain = opened(fresh)
    assert set(label_space_of(plain).classes) == set(with_ranks.classes)
    assert label_space_of(plain).classes == plain.manifest.label_names


def test_items_come_in_the_order_asked_for(fresh: Path, opened) -> None:
    ground = opened(fresh)
    ids = list(reversed(ground.split.ids("test")))
    assert items_of(ground, ids)["id"].to_list() == ids


def test_training_images_are_counted_by_label(fresh: Path, opened) -> None:
    ground = opened(fresh)
    counts = training_label_counts(ground)
    assert sum(counts.values()) == len(ground.split.ids("train"))
    assert set(counts) <= set(ground.manifest.label_names)
    assert list(counts) == sorted(counts)


def test_blocks_become_the_predictions_of_a_part(fresh: Path, opened, tmp_path: Path) -> None:
    ground = opened(fresh)
    ids = ground.split.ids("test")
    space = label_space_of(ground)
    scores = np.arange(len(ids) * len(space), dtype=np.float32).reshape(len(ids), -1)
    write_part(
        tmp_path,
        header_of(ground, ground.cells[1], part="test", kind=ScoreKind.LOGITS, facts={}),
        items=items_of(ground, ids),
        label_space=space,
        blocks=np.array_split(scores, 3),
        taxonomy=ground.manifest.taxonomy,
        training_ids=ground.split.ids("train"),
    )
    stored = load_predictions(tmp_path / "predictions" / "test", verify=True)
    assert np.array_equal(stored.scores, scores)
    assert (stored.header.contender, stored.header.seed) == ("probe", 1)
    assert stored.header.split_digest == ground.split.digest
    assert stored.header.provenance["fieldmark"]


def test_raw_heads_of_ranks_lie_beside_the_predictions(fresh: Path, opened, tmp_path: Path) -> None:
    ground = opened(fresh)
    ids, space, tree = ground.split.ids("test"), label_space_of(ground), ground.manifest.taxonomy
    digest = write_part(
        tmp_path,
        header_of(ground, ground.cells[1], part="test", kind=ScoreKind.LOGITS, facts={}),
        items=items_of(ground, ids),
        label_space=space,
        blocks=[np.zeros((len(ids), len(space)), dtype=np.float32)],
        taxonomy=tree,
        rank_scores=[np.zeros((len(ids), len(names)), dtype=np.float32) for names in tree.nodes],
    )
    assert load_rank_heads(tmp_path / "rank-heads" / "test").digest == digest
