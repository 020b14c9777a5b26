from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldmark.core.errors import SplitError
from fieldmark.manifest.splits import Split, read_split, split_holdout, write_split
from fieldmark.manifest.table import Manifest

SHARES = {"train": 0.5, "validation": 0.25, "test": 0.25}


@st.composite
def manifests(draw: st.DrawFn) -> Manifest:
    size = draw(st.integers(1, 40))
    ids = [f"i{number}" for number in range(size)]
    labels = draw(st.lists(st.sampled_from("xyz"), min_size=size, max_size=size))
    frame = {"id": ids, "path": ids, "label": labels}
    if draw(st.booleans()):
        frame["group"] = draw(
            st.lists(st.sampled_from("abcdefghijkl"), min_size=size, max_size=size)
        )
    return Manifest(pl.DataFrame(frame), Path())


def holdout(manifest: Manifest, seed: int) -> Split | None:
    """Return the split, or None when there are too few groups for three parts."""
    try:
        return split_holdout(manifest, fractions=SHARES, seed=seed)
    except SplitError:
        return None


@given(manifests(), st.integers(0, 5), st.randoms(use_true_random=False))
def test_a_holdout_depends_on_content_alone(manifest: Manifest, seed: int, random: object) -> None:
    order = list(range(len(manifest)))
    random.shuffle(order)  # type: ignore[attr-defined]
    shuffled = Manifest(manifest.frame[order], Path("elsewhere"))
    assert holdout(manifest, seed) == holdout(manifest, seed) == holdout(shuffled, seed)


@given(manifests(), st.integers(0, 5))
def test_parts_are_disjoint_and_complete_and_groups_do_not_straddle(
    manifest: Manifest, seed: int
) -> None:
    split = holdout(manifest, seed)
    if split is None:
        return
    together = [id_ for part in SHARES for id_ in split.ids(part)]
    assert sorted(together) == sorted(manifest.ids)
    if manifest.groups is not None:
        parts: dict[str, set[str]] = {}
        for id_, group in zip(manifest.ids, manifest.groups, strict=True):
            parts.setdefault(group, set()).add(split.part_of(id_))
        assert {len(held) for held in parts.values()} == {1}


@given(manifests(), st.integers(0, 5))
def test_every_class_is_in_train(manifest: Manifest, seed: int) -> None:
    split = holdout(manifest, seed)
    if split is not None:
        assert manifest.select(split.ids("train")).label_names == manifest.label_names


@given(st.integers(1, 400), st.integers(0, 3))
def test_shares_of_one_class_are_met_to_the_image(size: int, seed: int) -> None:
    ids = [str(number) for number in range(size)]
    frame = pl.DataFrame({"id": ids, "path": ids, "label": ["x"] * size})
    split = holdout(Manifest(frame, Path()), seed)
    if split is None:
        assert size < 4
    else:
        for part, share in SHARES.items():
            assert abs(len(split.ids(part)) - share * size) <= 1


@given(
    st.dictionaries(
        st.text(min_size=1, max_size=5),
        st.lists(st.text(max_size=5), min_size=1, max_size=4),
        min_size=1,
        max_size=3,
    )
)
def test_a_stored_split_comes_back(
    tmp_path_factory: pytest.TempPathFactory, parts: dict[str, list[str]]
) -> None:
    numbered = {
        part: tuple(f"{place}{number}{text}" for number, text in enumerate(texts))
        for place, (part, texts) in enumerate(parts.items())
    }
    split = Split(numbered, name="any name")
    path = tmp_path_factory.mktemp("splits") / "split.csv"
    write_split(split, path)
    assert read_split(path) == split


@given(manifests())
def test_moving_one_image_changes_the_digest(manifest: Manifest) -> None:
    split = holdout(manifest, 0)
    if split is None or len(split.ids("train")) < 2:
        return
    first, *rest = split.ids("train")
    moved = dict(split.parts) | {"train": tuple(rest), "test": (*split.ids("test"), first)}
    assert Split(moved, name=split.name).digest != split.digest
