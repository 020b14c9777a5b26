"""A study of four folds, from the check to the page: each image judged by what has not seen it."""

import json
import shutil
from pathlib import Path

import pytest

from fieldmark.core.errors import SplitError, StudyError
from fieldmark.core.progress import SilentProgress
from fieldmark.heads.storage import load_head
from fieldmark.manifest.splits import read_split
from fieldmark.predictions.store import load_predictions
from fieldmark.workflows.answering import answer
from fieldmark.workflows.evidence import gather
from fieldmark.workflows.exporting import export_contender
from fieldmark.workflows.learning import HEAD
from fieldmark.workflows.reporting import report_content
from fieldmark.workflows.scoring import cell_of

FOLDS = "{kind: group_kfold, folds: 4, validation: 0.25}"
SHOTS = "{kind: few_shot, shots: [2, 5], within: split}"


def split_by(folder: Path, rule: str) -> None:
    study = folder / "study.yaml"
    text = study.read_text(encoding="utf-8")
    study.write_text(text.replace("split: split", f"split: {rule}"), encoding="utf-8")


@pytest.fixture(scope="module")
def folded(tiny_fungi: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the tiny study over four folds, after its run; for reading only."""
    from fieldmark.cli.main import main

    folder = Path(shutil.copytree(tiny_fungi, tmp_path_factory.mktemp("folded") / "tiny"))
    split_by(folder, FOLDS)
    assert main(["run", str(folder)]) == 0
    return folder


@pytest.fixture(scope="module")
def few(tiny_fungi: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the tiny study with 2 and 5 training images a class, after its run."""
    from fieldmark.cli.main import main

    folder = Path(shutil.copytree(tiny_fungi, tmp_path_factory.mktemp("few") / "tiny"))
    split_by(folder, SHOTS)
    assert main(["run", str(folder)]) == 0
    return folder


def test_every_cell_is_named_by_its_fold_and_names_its_split(folded: Path, opened) -> None:
    ground = opened(folded)
    assert [cell.part for cell in ground.cells if cell.contender == "knn"] == [
        f"fold-{name}-seed-free" for name in "1234"
    ]
    assert len(ground.cells) == 12
    for spec in ground.cells:
        split = ground.at(spec).split
        named = ground.ledger.record(spec).facts["split"]
        assert named == {"file": f"splits/fold-{spec.fold}.csv", "digest": split.digest}
        assert read_split(ground.results / named["file"]) == split
        stored = load_predictions(ground.ledger.result(spec) / "predictions" / "test")
        assert stored.header.fold == spec.fold
        assert stored.header.split_digest == split.digest
        assert stored.ids.to_list() == list(split.ids("test"))
        assert stored.training_ids == split.ids("train")


def test_a_study_of_folds_has_no_split_by_itself(folded: Path, opened) -> None:
    with pytest.raises(SplitError, match=r"This study has 4 splits \(1, 2, 3, 4\); name one"):
        _ = opened(folded).split
    assert opened(folded).on("2").split.name == "fold 2 of 4, seed 0"


def test_every_image_is_judged_once_for_each_seed(folded: Path, opened) -> None:
    ground = opened(folded)
    evidence = gather(ground, progress=SilentProgress())
    assert evidence.cells == {"probe": (8, 8), "knn": (4, 4)}
    for name, seeds in (("probe", [0, 1]), ("knn", [None])):
        tables = evidence.predictions[name]
        assert [table.header.seed for table in tables] == seeds
        assert all(table.ids.to_list() == sorted(ground.manifest.ids) for table in tables)
    for seed, table in enumerate(evidence.predictions["probe"]):
        right = [
            load_predictions(ground.ledger.result(spec) / "predictions" / "test")
            for spec in ground.cells
            if spec.contender == "probe" and spec.seed == seed
        ]
        assert sum(len(one.ids) for one in right) == table.n


def test_contenders_are_compared_item_by_item_and_fold_by_fold(folded: Path, opened) -> None:
    found = gather(opened(folded), progress=SilentProgress()).comparisons
    assert [one.metric for one in found] == [
        "macro_f1",
        "accuracy",
        "macro_f1_mean_of_folds",
        "accuracy_mean_of_folds",
    ]
    assert "corrected resampled t over 2 runs x 4 folds" in found[2].test


def test_the_page_speaks_of_folds(folded: Path, opened) -> None:
    ground = opened(folded)
    evidence = gather(ground, progress=SilentProgress())
    content = report_content(ground, evidence, progress=SilentProgress())
    assert content.question.endswith("judged on the part 'test' of 4 folds?")
    assert dict(content.data.split_sizes)["test"] == len(ground.manifest)
    assert dict(content.provenance)["digest of the split"] == ground.splits.digest
    assert any("mean of folds" in sentence for sentence in content.verdict)


def test_without_all_folds_nothing_is_measured_and_nothing_wins(
    folded: Path, tmp_path: Path, opened
) -> None:
    ground = opened(Path(shutil.copytree(folded, tmp_path / "part")))
    gone = next(spec for spec in ground.cells if spec.id == "knn/fold-3-seed-free")
    shutil.rmtree(ground.ledger.result_folder(gone))
    half = next(spec for spec in ground.cells if spec.id == "probe/fold-3-seed-1")
    shutil.rmtree(ground.ledger.result_folder(half))
    evidence = gather(ground, progress=SilentProgress())
    assert evidence.cells == {"probe": (7, 8), "knn": (3, 4)}
    assert evidence.evaluations["probe"].seeds == (0,)
    assert "knn" not in evidence.evaluations
    content = report_content(ground, evidence, progress=SilentProgress())
    assert content.verdict[0].startswith("Preliminary: 2 of 12 cells have no result")


def test_a_head_is_fitted_on_the_training_part_of_its_fold_alone(folded: Path, opened) -> None:
    ground = opened(folded)
    heads = {
        spec.fold: load_head(ground.ledger.result(spec) / HEAD)
        for spec in ground.cells
        if spec.contender == "probe" and spec.seed == 0
    }
    for fold, head in heads.items():
        assert head.origin.training_ids == ground.on(fold).split.ids("train")
    assert len({head.digest for head in heads.values()}) == 4


def test_an_answer_needs_to_know_the_fold(folded: Path, opened) -> None:
    ground = opened(folded)
    images = ground.manifest.image_paths()[:1]
    with pytest.raises(SplitError, match="name one of them: --fold"):
        answer(ground, "knn", images)
    with pytest.raises(SplitError, match="Unknown split '9'"):
        answer(ground, "knn", images, fold="9")
    with pytest.raises(StudyError, match="'probe' has no cell of seed 7; there are: 0, 1"):
        cell_of(ground, "probe", 7, "2")
    assert len(answer(ground, "knn", images, fold="2")) == 1


def test_a_bundle_is_of_one_fold(folded: Path, tmp_path: Path, opened) -> None:
    ground = opened(folded)
    with pytest.raises(SplitError, match="This study has 4 splits"):
        export_contender(ground, "knn", tmp_path / "bundle")
    bundle = export_contender(ground, "knn", tmp_path / "bundle", fold="3")
    assert ground.on("3").split.digest in json.dumps(bundle.model_dump(mode="json"))


def test_one_split_of_several_may_be_looked_at(folded: Path, call) -> None:
    said = call("duplicates", folded)
    assert said.code == 2
    assert "name one of them: --fold" in said.err
    assert call("duplicates", folded, "--fold", "2").code == 0
    said = call("check", folded)
    assert "; 4 folds, each train " in said.out


def test_few_training_images_are_rows_of_their_own(few: Path, opened) -> None:
    ground = opened(few)
    evidence = gather(ground, progress=SilentProgress())
    assert evidence.cells == {
        "probe, 2 a class": (2, 2),
        "probe, 5 a class": (2, 2),
        "knn, 2 a class": (1, 1),
        "knn, 5 a class": (1, 1),
    }
    assert {table.n for tables in evidence.predictions.values() for table in tables} == {21}
    assert {(one.a, one.b) for one in evidence.comparisons} == {
        ("probe, 2 a class", "knn, 2 a class"),
        ("probe, 5 a class", "knn, 5 a class"),
    }
    assert [claim.claim.contender for claim in evidence.claims] == [
        "probe, 2 a class",
        "probe, 5 a class",
    ]
    assert len(ground.on("2").split.ids("train")) == 8
    content = report_content(ground, evidence, progress=SilentProgress())
    assert dict(content.data.split_sizes)["train, 5 a class"] == 20
    assert (ground.results / "splits" / "shots-2.csv").is_file()
    assert len(answer(ground, "knn", ground.manifest.image_paths()[:1], fold="5")) == 1
