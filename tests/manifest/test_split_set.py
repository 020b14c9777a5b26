import pytest

from fieldmark.core.errors import SplitError
from fieldmark.manifest.parts import Split
from fieldmark.manifest.split_set import SplitSet, as_set, safe_names, single

ONE = Split({"train": ("a", "b"), "test": ("c",)}, name="one")
OTHER = Split({"train": ("a", "c"), "test": ("b",)}, name="other")


def test_a_single_split_needs_no_name() -> None:
    found = single(ONE)
    assert found.named(None) is ONE
    assert found.names == ()
    assert found.digest == ONE.digest
    assert found.file_name("split") == "split.csv"
    assert as_set(found) is found
    assert as_set(ONE).named(None) is ONE


def test_folds_have_to_be_named() -> None:
    folds = SplitSet({"x": ONE, "y": OTHER}, "folds")
    assert folds.named("y") is OTHER
    assert folds.file_name("y") == "fold-y.csv"
    assert folds.digest not in (ONE.digest, OTHER.digest)
    with pytest.raises(
        SplitError, match=r"This study has 2 splits \(x, y\); name one of them: --fold"
    ):
        folds.named(None)
    with pytest.raises(SplitError, match=r"Unknown split 'z'\. There are: x, y\."):
        folds.named("z")


def test_an_image_is_tested_in_one_fold_but_with_every_number_of_shots() -> None:
    with pytest.raises(SplitError, match="'c' is tested in fold '1' and in fold '2'"):
        SplitSet({"1": ONE, "2": ONE}, "folds")
    assert SplitSet({"1": ONE, "2": ONE}, "shots").file_name("1") == "shots-1.csv"


def test_no_split_at_all_is_refused() -> None:
    with pytest.raises(SplitError, match="Expected at least one split; got none"):
        SplitSet({}, "folds")


def test_names_are_made_safe_for_folders() -> None:
    assert safe_names(["../x", "..", ""]) == {"../x": "x", "..": "unnamed", "": "unnamed-2"}
