import pytest

from fieldmark.manifest.part_names import usual_part_name


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("train", "train"),
        ("Training", "train"),
        ("VAL", "validation"),
        ("dev", "validation"),
        ("Test", "test"),
        ("dna-test", "dna-test"),
        ("Field", "Field"),
    ],
)
def test_usual_names_are_read_alike_and_others_stay(written: str, read: str) -> None:
    assert usual_part_name(written) == read
