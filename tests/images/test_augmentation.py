import numpy as np
import pytest

from fieldmark.core.errors import ImageError
from fieldmark.images.augmentation import augmented
from fieldmark.images.augmentation_cover import Leaf, covered, erased
from fieldmark.images.augmentation_geometry import cut, mirrored, turned
from fieldmark.images.augmentation_light import lit, shaded, tinted
from fieldmark.images.augmentation_motion import line_kernel, motion_blurred
from fieldmark.images.presets import PRESETS, preset_of

NOISE = np.random.default_rng(0).integers(0, 256, (48, 64, 3), dtype=np.uint8)


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 9, 3), (40, 40, 3), (31, 50, 3)])
def test_shape_and_dtype_stay_and_the_input_is_left_alone(name: str, shape) -> None:
    image = np.random.default_rng(1).integers(0, 256, shape, dtype=np.uint8)
    before = image.copy()
    for epoch in range(4):
        found = augmented(image, preset_of(name), seed=0, epoch=epoch, item_id="a")
        assert (found.shape, found.dtype) == (shape, np.uint8)
        assert found is image or not np.shares_memory(found, image)
    assert np.array_equal(image, before)


@pytest.mark.parametrize("name", sorted(set(PRESETS) - {"none"}))
def test_a_preset_depends_on_seed_epoch_and_id_and_on_nothing_else(name: str) -> None:
    keys = [(seed, epoch, id_) for seed in (0, 1) for epoch in range(4) for id_ in ("a", "b")]

    def all_of(order: list[tuple[int, int, str]]) -> dict[tuple[int, int, str], bytes]:
        return {
            key: augmented(
                NOISE, preset_of(name), seed=key[0], epoch=key[1], item_id=key[2]
            ).tobytes()
            for key in order
        }

    forward = all_of(keys)
    np.random.default_rng().random(3)
    assert all_of(keys[::-1]) == forward
    assert len(set(forward.values())) > len(keys) / 2


def test_none_returns_the_picture_itself() -> None:
    assert augmented(NOISE, preset_of("none"), seed=0, epoch=0, item_id="a") is NOISE


@pytest.mark.parametrize(
    "image", [NOISE / 255, NOISE[:, :, 0], NOISE[:, :, :2], NOISE[:0]], ids=str
)
def test_what_is_no_picture_is_refused(image) -> None:
    with pytest.raises(ImageError, match=r"Expected a picture as uint8 array \(height, width, 3\)"):
        augmented(image, preset_of("light"), seed=0, epoch=0, item_id="a")


def test_mirroring_twice_changes_nothing() -> None:
    assert np.array_equal(mirrored(mirrored(NOISE)), NOISE)
    assert not np.array_equal(mirrored(NOISE), NOISE)


def test_a_half_turn_mirrors_both_axes_and_a_whole_turn_nothing() -> None:
    square = NOISE[:40, :40]
    assert np.array_equal(turned(square, 360), square)
    assert np.array_equal(turned(square, 180), square[::-1, ::-1])


@pytest.mark.parametrize("degrees", [7, 45, -120])
def test_turning_brings_nothing_black_in(degrees: float) -> None:
    white = np.full((33, 50, 3), 255, dtype=np.uint8)
    assert turned(white, degrees).min() == 255


def test_cutting_all_changes_nothing_and_a_quarter_enlarges_it() -> None:
    assert np.array_equal(cut(NOISE, (0, 0, 1, 1)), NOISE)
    halves = np.zeros((20, 20, 3), dtype=np.uint8)
    halves[:, 10:] = 200
    assert cut(halves, (0.6, 0, 1, 1)).min() == 200


def test_light() -> None:
    assert np.array_equal(lit(NOISE), NOISE)
    assert lit(NOISE, brightness=0).max() == 0
    assert np.ptp(lit(NOISE, contrast=0)) == 0
    assert lit(NOISE, brightness=1.5).mean() > NOISE.mean()


def test_tint_keeps_greys_and_luma() -> None:
    assert np.abs(tinted(NOISE).astype(int) - NOISE).max() <= 1
    grey = np.repeat(NOISE[:, :, :1], 3, axis=2)
    assert np.abs(tinted(grey, saturation=1.7, hue_degrees=90).astype(int) - grey).max() <= 1
    muted = (NOISE // 4 + 96).astype(np.uint8)
    luma = np.array([0.299, 0.587, 0.114])
    shift = tinted(muted, hue_degrees=40) @ luma - muted @ luma
    assert np.abs(shift).max() < 1.5


def test_a_shadow_lies_on_the_side_that_it_points_to() -> None:
    white = np.full((40, 40, 3), 200, dtype=np.uint8)
    found = shaded(white, degrees=0, place=0, depth=0.5)
    assert found[:, -1].max() == 100
    assert found[:, 0].min() == 200
    above = shaded(white, degrees=90, place=0, depth=0.5)
    assert above[0].mean() < above[-1].mean()


@pytest.mark.parametrize("length", [0, 0.5, 1, 3.7, 12])
@pytest.mark.parametrize("degrees", [0, 20, 45, 90, 137])
def test_a_line_kernel_is_symmetric_and_as_long_and_thin_as_the_way(length, degrees) -> None:
    kernel = line_kernel(length, degrees).astype(np.float64)
    assert kernel.sum() == pytest.approx(1)
    assert np.allclose(kernel, kernel[::-1, ::-1], atol=1e-6)
    reach = len(kernel) // 2
    rows, columns = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    angle = np.deg2rad(degrees)
    along = columns * np.cos(angle) - rows * np.sin(angle)
    aside = columns * np.sin(angle) + rows * np.cos(angle)
    # A uniform way of this length, each point of which is spread over its four pixels.
    assert (kernel * along**2).sum() == pytest.approx(length**2 / 12, abs=0.26)
    assert (kernel * aside**2).sum() < 0.26


@pytest.mark.parametrize("degrees", [0, 30, 90])
def test_motion_takes_the_energy_along_its_direction_and_leaves_that_across(degrees) -> None:
    rng = np.random.default_rng(3)
    image = np.repeat(rng.integers(0, 256, (96, 96, 1), dtype=np.uint8), 3, axis=2)
    found = motion_blurred(image, length_pixels=9, degrees=degrees)
    spectra = [
        np.abs(np.fft.fftshift(np.fft.fft2(picture[:, :, 0] - picture[:, :, 0].mean()))) ** 2
        for picture in (image.astype(float), found.astype(float))
    ]
    rows, columns = np.mgrid[-48:48, -48:48]
    angle = np.deg2rad(degrees)
    along = columns * np.cos(angle) - rows * np.sin(angle)
    aside = columns * np.sin(angle) + rows * np.cos(angle)
    high_along = (np.abs(along) > 15) & (np.abs(aside) < 4)
    high_aside = (np.abs(aside) > 15) & (np.abs(along) < 4) & (np.abs(aside) < 30)
    kept = [spectra[1][where].sum() / spectra[0][where].sum() for where in (high_along, high_aside)]
    assert kept[0] < 0.05
    assert kept[1] > 0.5


def test_a_way_of_no_length_changes_nothing() -> None:
    assert np.array_equal(motion_blurred(NOISE, length_pixels=0, degrees=12), NOISE)


def test_erasing_changes_the_box_and_nothing_else() -> None:
    found = erased(NOISE, (0.25, 0.5, 0.75, 1), rng=np.random.default_rng(5))
    changed = (found != NOISE).any(axis=2)
    assert changed[24:, 16:48].mean() > 0.9
    changed[24:, 16:48] = False
    assert not changed.any()


def test_a_leaf_covers_its_middle_in_its_colour() -> None:
    sky = np.full((60, 60, 3), 240, dtype=np.uint8)
    leaf = Leaf(across=0.2, down=0.5, degrees=0, length=0.6, width=0.4, colour=(80, 130, 50))
    found = covered(sky, leaf)
    assert found[25, 28].tolist() == [80, 130, 50]
    assert found[2, 2].tolist() == [240, 240, 240]
    share = (found != sky).any(axis=2).mean()
    assert 0.08 < share < 0.24
