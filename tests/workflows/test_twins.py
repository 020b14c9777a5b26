import csv
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from fieldmark.core.errors import ManifestError, StudyError
from fieldmark.core.progress import SilentProgress
from fieldmark.predictions.store import load_predictions
from fieldmark.workflows.auditing import audit_study
from fieldmark.workflows.ground import Ground
from fieldmark.workflows.twin_groups import write_duplicates
from fieldmark.workflows.twins import (
    find_duplicates,
    find_duplicates_of_study,
    inflation,
    twins_in_training,
)

Open = Callable[..., Ground]


def plant(ground: Ground) -> tuple[str, str, str, str]:
    """Copy a training image over one test image, and a smaller JPEG of another over a second."""
    train, test = ground.split.ids("train"), ground.split.ids("test")
    source, near = (ground.manifest.image_path(id_) for id_ in train[:2])
    shutil.copyfile(source, ground.manifest.image_path(test[0]))
    with Image.open(near) as image:
        image.convert("RGB").save(ground.manifest.image_path(test[1]), "JPEG", quality=80)
    return train[0], test[0], train[1], test[1]


def test_planted_twins_are_found_by_bytes_and_by_look(fresh: Path, opened: Open) -> None:
    ground = opened(fresh)
    a, b, c, d = plant(ground)
    found = find_duplicates_of_study(ground, by=("bytes", "hash"), progress=SilentProgress())
    groups = {(group.by, frozenset(group.ids)) for group in found.twins}
    assert {("bytes", frozenset({a, b})), ("hash", frozenset({a, b}))} <= groups
    assert ("hash", frozenset({c, d})) in groups
    assert ("bytes", frozenset({c, d})) not in groups
    assert {frozenset(group.ids) for group in found.straddling()} >= {frozenset({a, b})}
    assert found.sentences()[0].startswith(
        "bytes (the same file content): 1 group of 2 images; 1 in more than one part; "
    )


def test_the_audit_warns_of_near_copies_in_the_pass_that_reads_pixels(
    fresh: Path, opened: Open
) -> None:
    ground = opened(fresh)
    plant(ground)
    unread, read = (
        {
            finding.code: finding
            for finding in audit_study(ground, read_images=pixels, progress=SilentProgress())
        }
        for pixels in (False, True)
    )
    assert "near_copy_in_two_parts" not in unread
    assert read["near_copy_in_two_parts"].severity == "warning"
    assert read["near_copy_in_two_parts"].count == 1
    assert read["same_bytes_in_two_parts"].count == 1


def test_rows_of_the_csv(fresh: Path, opened: Open, tmp_path: Path) -> None:
    ground = opened(fresh)
    a, b, *_ = plant(ground)
    found = find_duplicates(ground.manifest, ground.split, by=("bytes",), progress=SilentProgress())
    write_duplicates(found, tmp_path / "twins.csv")
    with (tmp_path / "twins.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert {(row["id"], row["part"]) for row in rows} == {(a, "train"), (b, "test")}
    assert found.to_dict()["groups"][0]["parts"].count("train") == 1


def test_embeddings_find_a_copy(fresh: Path, opened: Open) -> None:
    ground = opened(fresh)
    a, b, *_ = plant(ground)
    found = find_duplicates_of_study(
        ground, by=("embedding",), progress=SilentProgress(), cosine=0.999999
    )
    assert any({a, b} <= set(group.ids) for group in found.twins)
    assert "under the backbone of 'probe'" in found.thresholds["embedding"]


def test_twins_of_training_images_change_the_accuracy(ran: Path, opened: Open) -> None:
    ground = opened(ran)
    predictions = load_predictions(
        next((ran / "results").rglob("predictions/test/header.json")).parent
    )
    _, b, _, d = plant(ground)
    found = find_duplicates_of_study(ground, by=("bytes", "hash"), progress=SilentProgress())
    assert twins_in_training(found, predictions) >= {b, d}
    measured = inflation(found, predictions, resamples=100)
    assert measured.with_twins.n == predictions.n
    assert measured.without_twins.n == predictions.n - measured.twins


def test_what_cannot_be_searched(fresh: Path, judged_only: Path, opened: Open) -> None:
    ground, silent = opened(judged_only), SilentProgress()
    with pytest.raises(ManifestError, match="Unknown likeness 'byte'; did you mean 'bytes'"):
        find_duplicates(ground.manifest, None, by=("byte",), progress=silent)
    with pytest.raises(ManifestError, match="name a study instead of a manifest"):
        find_duplicates(ground.manifest, None, by=("embedding",), progress=silent)
    for contender, message in (
        (None, "needs a contender with a backbone; this study has none"),
        ("incumbent", "'incumbent' has no backbone to embed with"),
        ("nobody", "Unknown contender 'nobody'"),
    ):
        with pytest.raises(StudyError, match=message):
            find_duplicates_of_study(
                ground, by=("embedding",), progress=silent, contender=contender
            )


def test_training_must_be_known(ran: Path, opened: Open) -> None:
    import dataclasses

    ground = opened(ran)
    predictions = load_predictions(
        next((ran / "results").rglob("predictions/test/header.json")).parent
    )
    unknown = dataclasses.replace(
        predictions,
        training_ids=None,
        header=predictions.header.model_copy(update={"training_ids_digest": None}),
    )
    found = find_duplicates(ground.manifest, None, by=("bytes",), progress=SilentProgress())
    with pytest.raises(ManifestError, match="Expected predictions that name their training images"):
        twins_in_training(found, unknown)
