import pytest

from fieldmark.core.errors import ImageError
from fieldmark.images.presets import PRESETS, preset_of


def test_the_names_are_those_that_studies_write() -> None:
    assert list(PRESETS) == [
        "none", "light", "heavy", "any-orientation", "conveyor", "season", "occlusion",
    ]  # fmt: skip
    assert all(preset_of(name).name == name for name in PRESETS)


def test_a_preset_knows_whether_an_individual_stays_itself() -> None:
    safe = {name for name, preset in PRESETS.items() if preset.safe_for_metric_learning}
    assert safe == {"none", "light", "conveyor", "season"}
    assert {name for name, preset in PRESETS.items() if preset.mirrors} == {
        "heavy",
        "any-orientation",
    }
    assert {name for name, preset in PRESETS.items() if preset.hides} == {"heavy", "occlusion"}


def test_digests_differ_and_words_are_no_part_of_them() -> None:
    assert len({preset.digest for preset in PRESETS.values()}) == len(PRESETS)
    assert "summary" not in preset_of("heavy").to_dict()


def test_an_unknown_preset_is_refused_with_the_names() -> None:
    with pytest.raises(
        ImageError, match="Unknown augmentation preset 'hevy'; did you mean 'heavy'"
    ):
        preset_of("hevy")
