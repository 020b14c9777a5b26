"""A split by time: what is learnt from lies before what is tested."""

import datetime
import itertools
import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from fieldmark.core.checks import count_of, first_few
from fieldmark.core.errors import SplitError
from fieldmark.manifest.parts import Split
from fieldmark.manifest.split_columns import split_values
from fieldmark.manifest.table import Manifest

Straddling = Literal["refuse", "keep_latest", "allow"]
_SUM_TOLERANCE = 1e-6


def split_by_time(
    manifest: Manifest,
    *,
    column: str,
    cuts: Mapping[str, str] | None = None,
    fractions: Mapping[str, float] | None = None,
    straddling: Straddling = "refuse",
) -> Split:
    """Return the split whose parts follow each other in time.

    Either ``cuts`` or ``fractions`` is given. Images of the same time are never torn apart, so
    that shares are met as nearly as times allow.

    Args:
        manifest: the images.
        column: the time of each image: dates and times of ISO 8601 ("2024-05-31",
            "2024-05-31 12:30"), or numbers, such as days.
        cuts: part -> the first time that belongs to it, in order; what lies before the first is
            the part "train".
        fractions: part -> share of the images, in the order of time; the shares sum to 1.
        straddling: what to do with groups that lie in several parts: "refuse"; "keep_latest"
            leaves out all of their images but those in their latest part; "allow".

    Raises:
        SplitError: the column is missing, or holds what is no time; cuts are not in order; shares
            are none; a part stays empty; or a group straddles.

    Example:
        >>> import polars as pl
        >>> from pathlib import Path
        >>> frame = pl.DataFrame({"id": list("abc"), "day": ["2", "9", "10"]})
        >>> manifest = Manifest(frame.with_columns(path="id", label="id"), Path("images"))
        >>> split_by_time(manifest, column="day", cuts={"test": "9"}).ids("test")
        ('b', 'c')
    """
    if (cuts is None) == (fractions is None):
        raise SplitError("A split by time needs either cuts or fractions; give one of them.")
    texts = split_values(manifest, column, "time").to_list()
    times = _parsed(texts, what=f"column '{column}'")
    if cuts is not None:
        names, firsts = _cut(cuts, like=times[0])
    else:
        names, firsts = _quantiles(times, fractions or {})
    try:
        places = [bisect_right(firsts, time) for time in times]
    except TypeError:
        raise SplitError(
            f"The cuts and column '{column}' do not go together: one states a time zone and the "
            "other does not. State it in both, or in neither."
        ) from None
    kept = _kept(manifest, places, names, straddling)
    parts: dict[str, list[str]] = {name: [] for name in names}
    for id_, place, keep in zip(manifest.ids, places, kept, strict=True):
        if keep:
            parts[names[place]].append(id_)
    empty = [name for name in names if not parts[name]]
    if empty:
        raise SplitError(
            f"Part '{empty[0]}' stays empty: the times of column '{column}' reach from "
            f"{min(times)} to {max(times)}. Move the cuts, or give it a larger share."
        )
    return Split({name: tuple(ids) for name, ids in parts.items()}, name=f"by time, '{column}'")


def _parsed(texts: Sequence[str], *, what: str) -> list[Any]:
    """Return times as numbers where all of them are, otherwise as dates with times."""
    try:
        numbers = [float(text) for text in texts]
    except ValueError:
        numbers = [math.nan]
    if all(math.isfinite(number) for number in numbers):
        return numbers
    found = []
    for text in texts:
        try:
            found.append(datetime.datetime.fromisoformat(text))
        except ValueError:
            raise SplitError(
                f"Expected times in {what}, all numbers or all of ISO 8601 (2024-05-31, or "
                f"2024-05-31 12:30); got '{text}'. Write them so."
            ) from None
    if len({time.tzinfo is None for time in found}) > 1:
        raise SplitError(
            f"Some times in {what} state a time zone and others do not, so that they have no "
            "order. State it in all of them, or in none."
        )
    return found


def _cut(cuts: Mapping[str, str], *, like: Any) -> tuple[list[str], list[Any]]:
    firsts = _parsed(list(cuts.values()), what="the cuts")
    if isinstance(like, float) != isinstance(firsts[0], float):
        kinds = {True: "numbers", False: "dates"}
        raise SplitError(
            f"The cuts are {kinds[isinstance(firsts[0], float)]}, and the times are "
            f"{kinds[isinstance(like, float)]}. Write the cuts as the column does."
        )
    if any(not first < second for first, second in itertools.pairwise(firsts)):
        raise SplitError(
            f"Expected cuts that follow each other in time; got {', '.join(cuts.values())}. Put "
            "them in order."
        )
    return ["train", *cuts], firsts


def _quantiles(times: Sequence[Any], fractions: Mapping[str, float]) -> tuple[list[str], list[Any]]:
    """Return the first time of each part but the first, nearest to the shares asked for."""
    if any(not share > 0 for share in fractions.values()) or (
        abs(sum(fractions.values()) - 1) > _SUM_TOLERANCE
    ):
        raise SplitError(
            f"Expected shares above 0 that sum to 1; got {dict(fractions)}. Correct them."
        )
    ordered = sorted(times)
    starts = [0] + [row for row in range(1, len(ordered)) if ordered[row] != ordered[row - 1]]
    firsts, wanted = [], 0.0
    for share in list(fractions.values())[:-1]:
        wanted += share * len(ordered)
        firsts.append(ordered[min(starts, key=lambda row: (abs(row - wanted), row))])
    return list(fractions), firsts


def _kept(
    manifest: Manifest, places: Sequence[int], names: Sequence[str], straddling: Straddling
) -> list[bool]:
    """Return which images stay, once groups that lie in several parts are dealt with."""
    if manifest.groups is None or straddling == "allow":
        return [True] * len(manifest)
    groups = manifest.groups.to_list()
    first: dict[str, int] = {}
    latest: dict[str, int] = {}
    for group, place in zip(groups, places, strict=True):
        first[group] = min(place, first.get(group, place))
        latest[group] = max(place, latest.get(group, place))
    torn = sorted(group for group in latest if first[group] != latest[group])
    if torn and straddling == "refuse":
        ends = f"'{names[first[torn[0]]]}' and '{names[latest[torn[0]]]}'"
        raise SplitError(
            f"{count_of(len(torn), 'group')} would straddle the parts ({first_few(torn)}; the "
            f"first stands in {ends}). State 'straddling: keep_latest', which leaves out their "
            "earlier images, or 'straddling: allow' where a group known before is what is asked."
        )
    return [place == latest[group] for group, place in zip(groups, places, strict=True)]
