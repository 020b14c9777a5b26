"""Cross-validation by whole groups: k folds, or one for each group."""

from collections.abc import Iterable, Mapping
from typing import Literal

import polars as pl

from fieldmark.core.checks import count_of, first_few
from fieldmark.core.errors import SplitError
from fieldmark.core.randomness import seed_for
from fieldmark.manifest.fold_dealing import deal_groups
from fieldmark.manifest.holdout import assign_groups
from fieldmark.manifest.parts import Split
from fieldmark.manifest.split_columns import one_value_each, split_values
from fieldmark.manifest.split_set import SplitSet, safe_names
from fieldmark.manifest.table import Manifest

AbsentClasses = Literal["refuse", "allow"]
_TRAIN, _VALIDATION, _TEST = "train", "validation", "test"


def split_group_kfold(
    manifest: Manifest,
    *,
    folds: int,
    seed: int,
    validation: float = 0.0,
    absent_classes: AbsentClasses = "refuse",
) -> SplitSet:
    """Return k folds of whole groups, stratified by label as far as whole groups allow.

    Every image is tested in one fold. Depends on ids, groups, labels and the settings alone, never
    on the order of the rows.

    Args:
        manifest: the images; without groups each image is its own.
        folds: how many; at least 2.
        seed: which of the possible assignments.
        validation: share of the images that are not tested, 0 to below 1; 0 for no such part.
        absent_classes: "refuse" when a fold tests a class that its training part lacks, or "allow".

    Raises:
        SplitError: there are too few folds or groups, or a fold tests what it cannot learn.

    Example:
        >>> from pathlib import Path
        >>> frame = pl.DataFrame({"id": list("abcd"), "group": list("xxyz")})
        >>> frame = frame.with_columns(path=pl.lit("x.png"), label=pl.lit("oak"))
        >>> found = split_group_kfold(Manifest(frame, Path("images")), folds=3, seed=0)
        >>> [split.ids("test") for split in found.splits.values()]
        [('a', 'b'), ('d',), ('c',)]
    """
    units = manifest.ids if manifest.groups is None else manifest.groups
    if folds < 2 or units.n_unique() < folds:
        raise SplitError(
            f"Expected 2 to {units.n_unique():,} folds, as many as there are groups; got {folds}."
        )
    names = [str(number) for number in range(1, folds + 1)]
    dealt = deal_groups(units.to_list(), manifest.labels.to_list(), folds=folds, seed=seed)
    tested = {
        name: {unit for unit, fold in dealt.items() if fold == place}
        for place, name in enumerate(names)
    }
    splits = {}
    for name in names:
        judged = _drawn(manifest, units, tested[name], share=validation, seed=seed, fold=name)
        parts = {_VALIDATION: judged, _TEST: tested[name]}
        splits[name] = _split(manifest, units, parts, name=f"fold {name} of {folds}, seed {seed}")
    if absent_classes == "refuse":
        refuse_absent_classes(manifest, splits)
    return SplitSet(splits, "folds")


def split_leave_one_group_out(
    manifest: Manifest,
    *,
    by: str | None = None,
    validation: int = 0,
    strata: str | None = None,
    seed: int = 0,
    absent_classes: AbsentClasses = "refuse",
) -> SplitSet:
    """Return one fold for each group: it is tested, some others validate, the rest is learnt from.

    The validating groups are drawn anew in each fold, the same for the same seed: from each
    stratum as many, never the tested one.

    Args:
        manifest: the images.
        by: the column whose values are left out one by one; None for the groups.
        validation: how many groups validate, of each stratum; 0 for no such part.
        strata: the column with the stratum of each group; None draws from all.
        seed: which of the possible draws.
        absent_classes: as in `split_group_kfold`.

    Raises:
        SplitError: a column is missing or empty, there are too few groups, a group has two strata,
            or a fold tests what it cannot learn.

    Example:
        >>> from pathlib import Path
        >>> frame = pl.DataFrame({"id": list("abcd"), "tree": list("xxyz")})
        >>> frame = frame.with_columns(path=pl.lit("x.png"), label=pl.lit("oak"))
        >>> found = split_leave_one_group_out(Manifest(frame, Path("images")), by="tree")
        >>> {name: split.ids("test") for name, split in found.splits.items()}
        {'x': ('a', 'b'), 'y': ('c',), 'z': ('d',)}
    """
    units = split_values(manifest, by, "groups that are left out")
    groups = sorted(units.unique())
    stratum = dict.fromkeys(groups, "all groups")
    if strata is not None:
        values = split_values(manifest, strata, "strata")
        stratum = one_value_each(units, values, unit="group", what="stratum")
    names = safe_names(groups)
    splits = {}
    for tested in groups:
        judged = _of_each_stratum(tested, stratum, count=validation, seed=seed)
        if len(judged) + 1 >= len(groups):
            raise SplitError(
                f"Expected at least {len(judged) + 2} groups, so that some are learnt from while "
                f"'{tested}' is tested; got {len(groups)}. Validate on fewer."
            )
        parts = {_VALIDATION: judged, _TEST: {tested}}
        splits[names[tested]] = _split(
            manifest, units, parts, name=f"'{tested}' left out, seed {seed}"
        )
    if absent_classes == "refuse":
        refuse_absent_classes(manifest, splits)
    return SplitSet(splits, "folds")


def refuse_absent_classes(manifest: Manifest, splits: Mapping[str, Split]) -> None:
    """Refuse splits whose test part has a class that the training part lacks.

    Raises:
        SplitError: there is such a class; the first ones are named.
    """
    label_of = dict(zip(manifest.ids.to_list(), manifest.labels.to_list(), strict=True))
    for name, split in splits.items():
        learnt = {label_of[id_] for id_ in split.ids(_TRAIN)}
        absent = sorted({label_of[id_] for id_ in split.ids(_TEST)} - learnt)
        if absent:
            raise SplitError(
                f"In split '{name}' {count_of(len(absent), 'class', 'classes')} of the test part "
                f"(first: {first_few(absent)}) cannot be learnt, since no image is left in the "
                "training part. Leave such classes out, give them more groups, or state "
                "'absent_classes: allow', which counts their images as wrong."
            )


def _drawn(
    manifest: Manifest, units: pl.Series, tested: set[str], *, share: float, seed: int, fold: str
) -> set[str]:
    """Return the units that validate in a fold, drawn from those that are not tested."""
    if not 0 <= share < 1:
        raise SplitError(f"Expected a share of validation from 0 to below 1; got {share}.")
    if share == 0:
        return set()
    rows = [
        (unit, label)
        for unit, label in zip(units.to_list(), manifest.labels.to_list(), strict=True)
        if unit not in tested
    ]
    assigned = assign_groups(
        [unit for unit, _ in rows],
        [label for _, label in rows],
        fractions={_TRAIN: 1 - share, _VALIDATION: share},
        seed=seed_for("validation", seed, fold),
    )
    found = {unit for unit, part in assigned.items() if part == _VALIDATION}
    if not found:
        raise SplitError(
            f"The validation part of fold {fold} stays empty: {count_of(len(assigned), 'group')} "
            f"are too few for a share of {share:g} beside every class in the training part. Give "
            "it a larger share, or ask for more folds."
        )
    return found


def _of_each_stratum(tested: str, stratum: Mapping[str, str], *, count: int, seed: int) -> set[str]:
    if count < 0:
        raise SplitError(f"Expected 0 or more validating groups; got {count}.")
    found: set[str] = set()
    for value in sorted(set(stratum.values())) if count else ():
        others = [group for group, own in stratum.items() if own == value and group != tested]
        if len(others) < count:
            raise SplitError(
                f"Expected at least {count_of(count, 'group')} to validate in stratum '{value}' "
                f"besides the tested '{tested}'; there are {len(others)}. Ask for fewer, or name "
                "another column of strata."
            )
        turns = sorted(others, key=lambda group: (seed_for("left out", seed, tested, group), group))
        found.update(turns[:count])
    return found


def _split(
    manifest: Manifest, units: pl.Series, parts: Mapping[str, Iterable[str]], *, name: str
) -> Split:
    """Return the split that puts whole units into parts, and all others into the training part."""
    part_of = {unit: part for part, members in parts.items() for unit in members}
    found: dict[str, list[str]] = {_TRAIN: [], _VALIDATION: [], _TEST: []}
    for id_, unit in zip(manifest.ids.to_list(), units.to_list(), strict=True):
        found[part_of.get(unit, _TRAIN)].append(id_)
    return Split({part: tuple(ids) for part, ids in found.items() if ids}, name=name)
