from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from fieldmark.core.errors import ImageError, StudyError
from fieldmark.images.augmentation import augmented
from fieldmark.images.preprocessing import load_uint8, normalise, preprocess_file
from fieldmark.images.presets import preset_of
from fieldmark.workflows import preview as module
from fieldmark.workflows.ground import Ground
from fieldmark.workflows.preview import contract_of_contender, own_preset, preview, write_sheet

Open = Callable[..., Ground]
TUNED = (
    "contenders.tuned={backbone: {name: test_resnet, weights: random},"
    " training: {augmentation: heavy}}"
)


def test_rows_show_the_photo_the_contract_and_what_training_sees(
    tiny_fungi: Path, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    ground = opened(tiny_fungi)
    seen = []
    real = module.contact_sheet

    def spy(title, notes, *, headings, rows):
        seen.append((headings, rows))
        return real(title, notes, headings=headings, rows=rows)

    monkeypatch.setattr(module, "contact_sheet", spy)
    found = preview(ground, "probe", images=4, epochs=2, preset="heavy", seed=5)
    (headings, rows) = seen[0]
    assert headings == ("photo", "contract, 48 px", "epoch 0", "epoch 1")
    assert len({row.caption.split("   ")[0] for row in rows}) == 4
    contract = contract_of_contender(ground, "probe")
    for image_id, row in zip(found.image_ids, rows, strict=True):
        path = ground.manifest.image_path(image_id)
        plain = load_uint8(path, contract)
        assert np.array_equal(row.pictures[1], plain)
        assert np.array_equal(normalise(plain[None], contract)[0], preprocess_file(path, contract))
        for epoch in (0, 1):
            expected = augmented(plain, preset_of("heavy"), seed=5, epoch=epoch, item_id=image_id)
            assert np.array_equal(row.pictures[2 + epoch], expected)


def test_without_augmentation_there_is_the_contract_alone(tiny_fungi: Path, opened: Open) -> None:
    ground = opened(tiny_fungi)
    plain, light = (
        preview(ground, "knn", images=2),
        preview(ground, "knn", images=2, preset="light"),
    )
    assert plain.preset.name == own_preset(ground, "knn") == "none"
    assert plain.sheet.width < light.sheet.width


def test_a_fine_tuned_contender_brings_its_own(tiny_fungi: Path, opened: Open) -> None:
    ground = opened(tiny_fungi, TUNED)
    assert own_preset(ground, "tuned") == "heavy"
    assert preview(ground, "tuned", images=1, epochs=1).preset.name == "heavy"


def test_unreadable_images_are_passed_over(fresh: Path, opened: Open) -> None:
    ground = opened(fresh)
    first = preview(ground, "probe", images=1).image_ids[0]
    ground.manifest.image_path(first).write_bytes(b"no picture")
    found = preview(ground, "probe", images=1)
    assert first not in found.image_ids
    assert len(found.left_out) == 1
    for path in ground.manifest.image_paths():
        path.write_bytes(b"no picture")
    with pytest.raises(ImageError, match="Expected a training image that can be read"):
        preview(ground, "probe")


@pytest.mark.parametrize(
    ("name", "settings", "message"),
    [
        ("prob", {}, "Unknown contender 'prob'; did you mean 'probe'"),
        ("probe", {"images": 0}, "Expected to show at least 1 image and 1 epoch; got 0 and 5"),
        ("incumbent", {}, "predictions of 'incumbent' were made elsewhere"),
    ],
)
def test_what_cannot_be_shown(
    fresh: Path, opened: Open, add_incumbent, write_scores, test_rows, name, settings, message
) -> None:
    add_incumbent(fresh)
    write_scores(fresh / "incumbent.csv", test_rows(fresh))
    with pytest.raises(StudyError, match=message):
        preview(opened(fresh), name, **settings)


def test_a_sheet_is_a_png(tiny_fungi: Path, opened: Open, tmp_path: Path) -> None:
    found = preview(opened(tiny_fungi), "probe", images=1)
    assert write_sheet(found, tmp_path / "new" / "a.png").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(StudyError, match=r"Expected a file that ends in \.png"):
        write_sheet(found, tmp_path / "a.jpg")
