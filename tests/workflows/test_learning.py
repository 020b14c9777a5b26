import shutil
from pathlib import Path

import numpy as np
import pytest

from fieldmark.core.errors import ImageError
from fieldmark.core.progress import SilentProgress
from fieldmark.heads.storage import load_head
from fieldmark.predictions.rank_heads import joint, load_rank_heads
from fieldmark.predictions.store import load_predictions
from fieldmark.workflows.learning import HEAD, backbone_spec, train


def trained(ground, contender: str, folder: Path):
    folder.mkdir(exist_ok=True)
    spec = next(cell for cell in ground.cells if cell.contender == contender)
    config = ground.file.study.contenders[contender]
    return train(ground, spec, config, folder=folder, progress=SilentProgress())


def test_a_cell_holds_the_head_and_the_predictions_of_the_other_parts(
    finished: Path, opened
) -> None:
    ground = opened(finished)
    for spec in ground.cells:
        result = ground.ledger.result(spec)
        head = load_head(result / HEAD)
        assert head.origin.training_ids == ground.split.ids("train")
        assert head.label_space == ground.manifest.taxonomy.leaves
        for part in ("validation", "test"):
            stored = load_predictions(result / "predictions" / part, verify=True)
            assert stored.items["id"].to_list() == list(ground.split.ids(part))
            assert (stored.header.contender, stored.header.seed) == (spec.contender, spec.seed)
            assert stored.header.split == part
            assert stored.header.split_digest == ground.split.digest
            assert stored.header.tap["backbone"] == "test_resnet"
            assert stored.header.contract["crop_size"] == 48
            assert stored.training_ids == ground.split.ids("train")
            assert sum(stored.header.training_label_counts.values()) == len(
                ground.split.ids("train")
            )


def test_the_same_seed_gives_the_same_scores_and_another_seed_others(
    ran: Path, opened, tmp_path: Path
) -> None:
    ground = opened(ran)
    facts = trained(ground, "probe", tmp_path / "again")
    again = load_predictions(tmp_path / "again" / "predictions" / "test")
    first, second = (
        load_predictions(ground.ledger.result(spec) / "predictions" / "test")
        for spec in ground.cells[:2]
    )
    assert np.array_equal(again.scores, first.scores)
    assert not np.array_equal(again.scores, second.scores)
    assert facts["head"] == ground.ledger.settled_record(ground.cells[0]).facts["head"]


def test_the_facts_tell_what_was_learnt_from(finished: Path, opened) -> None:
    ground = opened(finished)
    facts = ground.ledger.settled_record(ground.cells[0]).facts
    assert facts["trained_on"] == len(ground.split.ids("train"))
    assert facts["excluded"] == {"train": 0, "validation": 0, "test": 0}
    assert len(facts["training"]["monitor_curve"]) == 8
    assert ground.ledger.settled_record(ground.cells[-1]).facts["training"] == {}


RANKS = """\
  ranks:
    backbone: *net
    head: {kind: hierarchical, structure: ranks, epochs: 3, learning_rate: 0.01}
reference: knn"""


def test_raw_heads_of_ranks_are_stored_beside_the_predictions(
    ran: Path, opened, rewrite, tmp_path: Path
) -> None:
    rewrite(ran / "study.yaml", ("reference: knn", RANKS))
    ground = opened(ran)
    facts = trained(ground, "ranks", tmp_path / "cell")
    for part in ("validation", "test"):
        raw = load_rank_heads(tmp_path / "cell" / "rank-heads" / part)
        stored = load_predictions(tmp_path / "cell" / "predictions" / part)
        assert facts["rank_heads"][part] == raw.digest
        assert raw.taxonomy == ground.manifest.taxonomy
        assert raw.leaf.header.split == part
        assert raw.leaf.training_ids == ground.split.ids("train")
        again = joint(raw)
        assert again.items.equals(stored.items)
        assert again.label_space == stored.label_space
        np.testing.assert_allclose(again.scores, stored.scores, atol=1e-5)
    assert "rank_heads" not in trained(ground, "probe", tmp_path / "probe")
    assert not (tmp_path / "probe" / "rank-heads").exists()


def test_the_embeddings_are_computed_once(ran: Path, opened, tmp_path: Path, monkeypatch) -> None:
    from fieldmark.backbones.encoders import Encoder

    def refuse(*_: object) -> None:
        raise AssertionError("a vector was computed again")

    ground = opened(ran)
    monkeypatch.setattr(Encoder, "encode", refuse)
    trained(ground, "knn", tmp_path / "again")


def test_without_a_selection_only_the_reported_part_is_predicted(
    ran: Path, opened, rewrite, tmp_path: Path
) -> None:
    rewrite(ran / "study.yaml", ("  selection: {metric: macro_f1, on: validation}\n", ""))
    trained(opened(ran), "probe", tmp_path / "cell")
    assert [part.name for part in (tmp_path / "cell" / "predictions").iterdir()] == ["test"]


def test_excluded_images_are_counted_in_every_part(ran: Path, opened, tmp_path: Path) -> None:
    ground = opened(ran)
    spoilt = {part: ground.split.ids(part)[0] for part in ("train", "test")}
    for image in spoilt.values():
        ground.manifest.image_path(image).write_bytes(b"no picture")
    with pytest.raises(ImageError, match="found a file that begins with b'no picture'"):
        trained(opened(ran), "knn", tmp_path / "fail")
    facts = trained(opened(ran, "data.unreadable=exclude"), "knn", tmp_path / "cell")
    assert facts["excluded"] == {"train": 1, "validation": 0, "test": 1}
    stored = load_predictions(tmp_path / "cell" / "predictions" / "test")
    assert stored.header.excluded == 1
    assert spoilt["test"] not in stored.items["id"].to_list()
    assert facts["trained_on"] == len(ground.split.ids("train")) - 1


def test_files_of_weights_are_found_beside_the_study(fresh: Path, opened, rewrite) -> None:
    ground = opened(fresh)
    config = ground.file.study.contenders["probe"].backbone
    assert backbone_spec(ground.file, config).weights == "random"
    shutil.copy(fresh / "study.yaml", fresh / "net.safetensors")
    rewrite(fresh / "study.yaml", ("weights: random", "weights: net.safetensors"))
    ground = opened(fresh)
    spec = backbone_spec(ground.file, ground.file.study.contenders["probe"].backbone)
    assert spec.weights == str(fresh.resolve() / "net.safetensors")
    assert dict(spec.preprocessing) == {"resize_size": 48, "crop_size": 48}


@pytest.mark.parametrize("kind", ["logistic", "ridge", "mlp"])
def test_every_other_head_is_fitted_in_a_study(
    finished: Path, opened, tmp_path: Path, kind: str
) -> None:
    name = next(iter(opened(finished).file.study.contenders))
    ground = opened(finished, f"contenders.{name}.head={{kind: {kind}}}")
    facts = trained(ground, name, tmp_path / "cell")
    head = load_head(tmp_path / "cell" / HEAD)
    assert (head.kind, head.digest) == (kind, facts["head"])
    found = facts["training"]
    assert len(found["monitor_curve"]) > 0 if kind == "mlp" else found["plateau"]["chosen"] > 0


def test_the_inner_folds_of_the_protocol_reach_the_head(fresh: Path, opened, tmp_path) -> None:
    inner = "protocol.selection.inner={kind: group_kfold, folds: 3}"
    head = "contenders.probe.head={kind: logistic}"
    ground = opened(fresh, inner, head)
    trained(ground, "probe", tmp_path / "cell")
    assert load_head(tmp_path / "cell" / HEAD).settings.inner_folds == 3
