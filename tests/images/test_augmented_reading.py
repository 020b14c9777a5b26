import pickle

import numpy as np

from fieldmark.images.augmentation import augmented
from fieldmark.images.augmented_reading import AugmentedReader
from fieldmark.images.contract import PreprocessSpec
from fieldmark.images.preprocessing import load_uint8, normalise, preprocess_file
from fieldmark.images.presets import preset_of

SPEC = PreprocessSpec(resize_size=32, crop_size=24, mean=(0.5, 0.4, 0.3), std=(0.2, 0.3, 0.4))


def test_none_reads_what_evaluation_sees(photo, save) -> None:
    path = save("a.png", photo)
    reader = AugmentedReader(preset_of("none"), 0)
    assert np.array_equal(reader(path, SPEC, 4, "a"), preprocess_file(path, SPEC))


def test_the_augmentation_lies_between_resizing_and_normalising(photo, save) -> None:
    path, preset = save("a.png", photo), preset_of("heavy")
    reader = pickle.loads(pickle.dumps(AugmentedReader(preset, 3)))
    changed = augmented(load_uint8(path, SPEC), preset, seed=3, epoch=1, item_id="a")
    found = reader(path, SPEC, 1, "a")
    assert (found.dtype, found.shape) == (np.float32, (3, 24, 24))
    assert np.array_equal(found, normalise(changed[None], SPEC)[0])
    assert not np.array_equal(found, reader(path, SPEC, 2, "a"))
