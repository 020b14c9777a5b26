from typing import Any

import polars as pl
import pytest

from fieldmark.core.errors import SplitError
from fieldmark.manifest.identity_splits import (
    mark_identities,
    split_mixed_identities,
    split_new_identity,
    split_new_session,
)
from fieldmark.manifest.parts import Split
from fieldmark.manifest.table import Manifest

SHARES = {"train": 0.5, "validation": 0.2, "test": 0.3}


@pytest.fixture
def cats(tmp_path) -> Manifest:
    """Twelve cats, five days, two photos of each cat on each day."""
    rows = [
        (f"{cat:02}-{day}-{photo}", f"cat {cat}", f"day {day}", f"breed {cat % 3}")
        for cat in range(12)
        for day in range(5)
        for photo in range(2)
    ]
    frame = pl.DataFrame(rows, schema=["id", "cat", "day", "breed"], orient="row")
    return Manifest(frame.with_columns(path=pl.lit("x.png"), label=pl.col("cat")), tmp_path)


def values_by_part(manifest: Manifest, split: Split, column: str) -> dict[str, set[str]]:
    value_of = dict(manifest.frame.select("id", column).iter_rows())
    return {part: {value_of[id_] for id_ in ids} for part, ids in split.parts.items()}


def closed(manifest: Manifest, **settings: Any) -> Split:
    given = {"identity": "cat", "session": "day", "fractions": SHARES, "seed": 0}
    return split_new_session(manifest, **(given | settings))


def test_a_closed_split_knows_every_identity_and_tests_other_sessions(cats: Manifest) -> None:
    split = closed(cats)
    days = values_by_part(cats, split, "day")
    assert sum(map(len, days.values())) == 5
    found = values_by_part(cats, split, "cat")
    assert found["train"] == found["validation"] == found["test"] == set(cats.labels)
    assert closed(cats) == split
    assert len({closed(cats, seed=seed) for seed in range(6)}) > 1


def test_sessions_may_be_counted_anew_for_each_identity(cats: Manifest) -> None:
    split = closed(cats, session_within="identity")
    assert len(values_by_part(cats, split, "day")["train"]) == 5
    visits = cats.frame.with_columns(visit=pl.col("cat") + pl.col("day"))
    found = values_by_part(Manifest(visits, cats.root), split, "visit")
    assert sum(map(len, found.values())) == len(set.union(*found.values())) == 60
    assert len(values_by_part(cats, split, "cat")["train"]) == 12


def test_an_identity_of_one_session_is_refused_or_only_learnt(cats: Manifest) -> None:
    seen_once = (pl.col("cat") != "cat 3") | (pl.col("day") == "day 1")
    manifest = Manifest(cats.frame.filter(seen_once), cats.root)
    wanted = r"1 of 12 identities have one session only \('cat 3'\).*one_session: train"
    with pytest.raises(SplitError, match=wanted):
        closed(manifest, session_within="identity")
    split = closed(manifest, session_within="identity", one_session="train")
    found = values_by_part(manifest, split, "cat")
    assert "cat 3" in found["train"] - found["test"] - found["validation"]


def test_an_open_split_shares_no_identity(cats: Manifest) -> None:
    split = split_new_identity(cats, identity="cat", fractions=SHARES, seed=0)
    found = values_by_part(cats, split, "cat")
    assert [len(found[part]) for part in SHARES] == [6, 2, 4]
    assert len(set.union(*found.values())) == 12


def test_an_open_split_shares_out_the_classes_of_individuals(cats: Manifest) -> None:
    breeds = Manifest(cats.frame.with_columns(label=pl.col("breed")), cats.root)
    split = split_new_identity(breeds, identity="cat", fractions=SHARES, seed=0)
    assert all(len(one) == 3 for one in values_by_part(breeds, split, "label").values())
    found = values_by_part(breeds, split, "cat")
    assert sum(map(len, found.values())) == 12


def test_mixed_identities_are_both_and_are_marked(cats: Manifest) -> None:
    split = split_mixed_identities(
        cats, identity="cat", session="day", fractions=SHARES, new_identities=0.5, seed=0
    )
    found = values_by_part(cats, split, "cat")
    assert len(found["train"]) == 6
    assert found["train"] < found["test"]
    assert not (found["test"] - found["train"]) & found["validation"]
    assert found["validation"] - found["train"]
    assert sum(map(len, split.parts.values())) == len(cats)
    marked = mark_identities(cats, split, identity="cat").frame
    assert set(marked.filter(pl.col("identity_kind") == "known")["cat"]) == found["train"]
    assert marked["identity_kind"].n_unique() == 2
    known = cats.frame.filter(pl.col("cat").is_in(list(found["train"])))
    days = values_by_part(Manifest(known, cats.root), closed_part(split, known), "day")
    assert sum(map(len, days.values())) == 5


def closed_part(split: Split, known: pl.DataFrame) -> Split:
    ids = set(known["id"])
    parts = {part: tuple(set(own) & ids) for part, own in split.parts.items()}
    return Split(parts, name="known")


def test_a_column_of_the_same_name_is_not_overwritten(cats: Manifest) -> None:
    manifest = Manifest(cats.frame.with_columns(identity_kind=pl.lit("x")), cats.root)
    with pytest.raises(SplitError, match="has a column 'identity_kind' already"):
        mark_identities(manifest, closed(manifest), identity="cat")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"identity": "kat"}, "Unknown column of the identity 'kat'; did you mean 'cat'"),
        ({"session": "dax"}, "Unknown column of the session 'dax'; did you mean 'day'"),
        ({"fractions": {"learn": 0.5, "test": 0.5}}, "for each part, one of them 'train'; got"),
        ({"fractions": {"train": 1.0, "test": 0.0}}, "Expected a share above 0 for each part"),
        ({"session": "breed", "one_session": "train"}, "Part 'validation' stays empty: identities"),
    ],
)
def test_splits_of_identities_that_cannot_be_are_refused(cats, settings, message: str) -> None:
    with pytest.raises(SplitError, match=message):
        closed(cats, **settings)


@pytest.mark.parametrize(("share", "new"), [(0.01, 0), (0.99, 12), (1.0, 12)])
def test_a_share_that_leaves_nobody_is_refused(cats, share: float, new: int) -> None:
    wanted = rf"leaves some new and some known; {share:g} of 12 identities leaves {new} new"
    with pytest.raises(SplitError, match=wanted):
        split_mixed_identities(
            cats, identity="cat", session="day", fractions=SHARES, new_identities=share, seed=0
        )


def test_two_sessions_of_each_identity_fill_three_parts(cats: Manifest) -> None:
    twice = Manifest(cats.frame.filter(pl.col("day").is_in(["day 1", "day 2"])), cats.root)
    split = closed(twice, session_within="identity")
    assert [len(split.ids(part)) for part in SHARES] == [24, 10, 14]
    assert len(values_by_part(twice, split, "cat")["train"]) == 12
