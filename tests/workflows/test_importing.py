from pathlib import Path

import numpy as np
import pytest

from fieldmark.core.errors import FieldmarkError, PredictionsError
from fieldmark.core.progress import SilentProgress
from fieldmark.predictions.header import ScoreKind
from fieldmark.predictions.importers import ImportOptions, import_predictions
from fieldmark.predictions.store import load_predictions
from fieldmark.workflows import importing
from fieldmark.workflows.ground import Ground
from fieldmark.workflows.importing import take_in


def taken(ground: Ground, folder: Path):
    folder.mkdir(exist_ok=True)
    facts = take_in(
        ground,
        ground.cells[-1],
        ground.file.study.contenders["incumbent"],
        folder=folder,
        progress=SilentProgress(),
    )
    return load_predictions(folder / "predictions" / "test"), facts


def test_foreign_scores_stand_on_the_ground_of_the_study(
    judged_only: Path, opened, test_rows, write_scores, tmp_path: Path
) -> None:
    rows = test_rows(judged_only)
    write_scores(judged_only / "incumbent.csv", [*reversed(rows), ("elsewhere", rows[0][1])])
    ground = opened(judged_only)
    stored, facts = taken(ground, tmp_path / "cell")
    assert facts == {"source": "incumbent.csv", "items": len(rows), "classes": 4}
    assert stored.items["id"].to_list() == list(ground.split.ids("test"))
    assert stored.items["group"].null_count() == 0
    assert stored.header.contender == "incumbent"
    assert stored.header.split_digest == ground.split.digest
    assert stored.header.seed is None
    assert stored.taxonomy is not None
    assert (stored.scores.argmax(axis=1) == stored.label_positions).all()
    assert [entry.name for entry in (tmp_path / "cell").iterdir()] == ["predictions"]


@pytest.mark.parametrize("rows_at_once", [1, 7, 4096])
def test_the_scores_are_copied_in_blocks(
    judged_only: Path, opened, monkeypatch, tmp_path: Path, rows_at_once: int
) -> None:
    monkeypatch.setattr(importing, "_ROWS", rows_at_once)
    stored, _ = taken(opened(judged_only), tmp_path / "cell")
    assert (stored.scores.argmax(axis=1) == stored.label_positions).all()
    assert np.asarray(stored.scores).sum(axis=1) == pytest.approx(1)


def test_a_folder_that_was_imported_takes_part(
    judged_only: Path, opened, rewrite, tmp_path: Path
) -> None:
    import_predictions(
        judged_only / "incumbent.csv",
        kind=ScoreKind.PROBABILITIES,
        out=judged_only / "imported",
        options=ImportOptions(contender="somebody's model", split="all"),
    )
    rewrite(judged_only / "study.yaml", ("incumbent.csv", "imported"))
    stored, facts = taken(opened(judged_only), tmp_path / "cell")
    assert facts["source"] == "imported"
    assert (stored.header.contender, stored.header.split) == ("incumbent", "test")


def test_the_kind_of_scores_is_that_of_the_study(judged_only: Path, opened, tmp_path) -> None:
    ground = opened(judged_only, "contenders.incumbent.kind=similarities")
    stored, _ = taken(ground, tmp_path / "cell")
    assert stored.header.score_kind is ScoreKind.SIMILARITIES


def test_missing_items_are_refused(
    judged_only: Path, opened, test_rows, write_scores, tmp_path: Path
) -> None:
    rows = test_rows(judged_only)
    write_scores(judged_only / "incumbent.csv", rows[2:])
    first = sorted(image for image, _ in rows[:2])
    with pytest.raises(PredictionsError) as refused:
        taken(opened(judged_only), tmp_path / "cell")
    assert str(refused.value) == (
        f"The predictions of 'incumbent' lack 2 of the {len(rows)} images of the part 'test' "
        f"(first: '{first[0]}', '{first[1]}'); predict them too, or report on the images that all "
        "contenders have."
    )
    assert not list((tmp_path / "cell").iterdir())


def test_other_labels_are_refused(
    judged_only: Path, opened, test_rows, write_scores, tmp_path: Path
) -> None:
    (image, label), *rest = test_rows(judged_only)
    other = next(name for _, name in rest if name != label)
    write_scores(judged_only / "incumbent.csv", [(image, other), *rest])
    with pytest.raises(PredictionsError) as refused:
        taken(opened(judged_only), tmp_path / "cell")
    assert str(refused.value) == (
        "The predictions of 'incumbent' label 1 image otherwise than the manifest (first: "
        f"'{image}' is '{other}' there and '{label}' here); score both on one version of the "
        "labels."
    )


def test_classes_of_another_world_are_refused(
    judged_only: Path, opened, test_rows, write_scores, tmp_path: Path
) -> None:
    rows = test_rows(judged_only)
    labels = sorted({label for _, label in rows})
    write_scores(judged_only / "incumbent.csv", rows, classes=["ash", "oak"])
    with pytest.raises(PredictionsError) as refused:
        taken(opened(judged_only), tmp_path / "cell")
    assert str(refused.value) == (
        f"None of the {len(labels)} labels of the part 'test' (first: '{labels[0]}') is a class "
        "of the predictions of 'incumbent' (first: 'ash'); write the names alike."
    )


def test_fewer_classes_are_taken_and_labels_without_one_are_counted(
    judged_only: Path, opened, test_rows, write_scores, tmp_path: Path
) -> None:
    rows = test_rows(judged_only)
    known = sorted({label for _, label in rows})[1:]
    write_scores(judged_only / "incumbent.csv", rows, classes=known)
    stored, facts = taken(opened(judged_only), tmp_path / "cell")
    assert facts["classes"] == 3
    assert stored.unknown_label_count == sum(label not in known for _, label in rows)


def test_a_class_that_the_taxonomy_lacks_leaves_the_ranks_out(
    judged_only: Path, opened, test_rows, write_scores, tmp_path: Path
) -> None:
    rows = test_rows(judged_only)
    names = sorted({label for _, label in rows})
    write_scores(judged_only / "incumbent.csv", rows, classes=[*names, "none of these"])
    stored, _ = taken(opened(judged_only), tmp_path / "cell")
    assert stored.taxonomy is None


def test_without_a_taxonomy_there_are_no_ranks(
    judged_only: Path, opened, rewrite, tmp_path: Path
) -> None:
    ranks = "ranks: [phylum, class, order, family, genus, species]"
    rewrite(judged_only / "study.yaml", (ranks, "label: species"))
    stored, _ = taken(opened(judged_only), tmp_path / "cell")
    assert stored.taxonomy is None


def test_training_ids_among_the_items_are_refused(
    judged_only: Path, opened, rewrite, test_rows, tmp_path: Path
) -> None:
    """What was imported with its training ids must not have learnt from the reported part."""
    (tmp_path / "training.txt").write_text("some-other-image\n")
    import_predictions(
        judged_only / "incumbent.csv",
        kind=ScoreKind.PROBABILITIES,
        out=judged_only / "imported",
        options=ImportOptions(training_ids=tmp_path / "training.txt"),
    )
    rewrite(judged_only / "study.yaml", ("incumbent.csv", "imported"))
    stored, _ = taken(opened(judged_only), tmp_path / "cell")
    assert stored.training_ids == ("some-other-image",)
    (tmp_path / "training.txt").write_text(f"{test_rows(judged_only)[0][0]}\n")
    with pytest.raises(FieldmarkError, match="is a training item of this model"):
        import_predictions(
            judged_only / "incumbent.csv",
            kind=ScoreKind.PROBABILITIES,
            out=judged_only / "again",
            options=ImportOptions(training_ids=tmp_path / "training.txt"),
        )
