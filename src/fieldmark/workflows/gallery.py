"""Which images a report shows, and small copies of them."""

import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from fieldmark.core.errors import FieldmarkError
from fieldmark.evaluation.measuring import Judged
from fieldmark.images.decoding import decode
from fieldmark.report.exhibits import ExampleImage
from fieldmark.workflows.behaviour import Answered

_THUMBNAIL_SIDE: Final = 160
_SUREST, _LEAST_SURE, _CRITICAL = 8, 4, 12
_MOST_CONTENDERS = 4
_DEPARTING, _MOST_OTHERS, _SMALL_SIDE = 2, 3, 80
_Rows = npt.NDArray[np.int64]
ImagePath = Callable[[str], Path]


class Thumbnails:
    """Small copies of images, each made once; an image that cannot be read has none.

    Attributes:
        image_path: where the image of an id lies.
        side: greatest width and height in pixels.
    """

    def __init__(self, image_path: ImagePath, side: int = _THUMBNAIL_SIDE) -> None:
        self._image_path, self._side = image_path, side
        self._made: dict[str, bytes | None] = {}

    def of(self, image_id: str) -> bytes | None:
        """Return the JPEG file of an image, at most ``side`` pixels wide and high, or None."""
        if image_id not in self._made:
            self._made[image_id] = self._make(image_id)
        return self._made[image_id]

    def _make(self, image_id: str) -> bytes | None:
        try:
            image = decode(self._image_path(image_id))
        except (FieldmarkError, FileNotFoundError):
            return None
        image.thumbnail((self._side, self._side))
        stream = io.BytesIO()
        image.save(stream, format="JPEG", quality=80)
        return stream.getvalue()


@dataclass(frozen=True, eq=False, slots=True)
class _Pictures:
    """Pictures of the images that are shown, and smaller ones of those beside them."""

    large: Thumbnails
    small: Thumbnails


def gallery_of(
    found: Sequence[Answered], image_path: ImagePath, *, critical: Sequence[str] = ()
) -> tuple[ExampleImage, ...]:
    """Return images that contenders answered wrongly and rightly, the surest and the least sure.

    The photos of one observation (a group) stay together: one of them stands for it, the others
    beside it with their own answers. Wrong answers of each rank at which they depart are there. Of
    each of the first four contenders, and in addition for each critical class those of the first:
    images of the class, and images taken for it. An image that cannot be read is left out.

    Args:
        found: one a contender, in the order of the page.
        image_path: where the image of an id lies.
        critical: classes with a dossier.
    """
    thumbnails = _Pictures(Thumbnails(image_path), Thumbnails(image_path, _SMALL_SIDE))
    examples: list[ExampleImage] = []
    for one in found[:_MOST_CONTENDERS]:
        for rows in _telling(one):
            examples += _readable(one, rows, thumbnails)
    for one in found[:1]:
        for name in critical:
            examples += _readable(one, _of_class(one, name), thumbnails, critical=name)
    return tuple(examples)


def _telling(one: Answered) -> tuple[_Rows, _Rows]:
    """Return wrong, then right answers: the surest, and the least sure of the others.

    Of wrong ones in addition the surest that depart from the label at each rank.
    """
    surest = _surest_first(one)
    is_right = one.judged.leaf.right[surest]
    wrong, right = surest[~is_right], surest[is_right]
    departing = departures(one.judged, _leaf_rank(one))[wrong]
    kept = [_ends(wrong, _SUREST, _LEAST_SURE)]
    kept += [wrong[departing == rank][:_DEPARTING] for rank in sorted(set(departing.tolist()))]
    chosen = wrong[np.isin(wrong, np.concatenate(kept))]
    return _one_of_each(one, chosen), _one_of_each(one, _ends(right, _SUREST, _LEAST_SURE))


def departures(judged: Judged, leaf_rank: str) -> npt.NDArray[np.str_]:
    """Return the coarsest rank at which each answer is not the label, str (n,); "" where right.

    Args:
        judged: the answers of one table.
        leaf_rank: name of the finest rank.
    """
    leaf, *above = judged.levels
    found = np.where(leaf.right, "", leaf_rank)
    for answers in reversed(above):
        found = np.where(answers.right, found, answers.rank or leaf_rank)
    return found


def _leaf_rank(one: Answered) -> str:
    return "class" if one.table.taxonomy is None else one.table.taxonomy.ranks[-1]


def _one_of_each(one: Answered, rows: _Rows) -> _Rows:
    """Return the first row of each group: the others of it are shown beside it."""
    if one.table.groups is None:
        return rows
    groups = one.table.groups.gather(rows).to_list()
    first: dict[str, int] = {}
    for row, group in zip(rows.tolist(), groups, strict=True):
        first.setdefault(group, row)
    return np.array(list(first.values()), dtype=np.int64)


def _of_class(one: Answered, name: str) -> _Rows:
    """Return images of the class answered wrongly, those taken for it, those answered rightly."""
    leaf = one.judged.leaf
    if name not in leaf.classes:
        return np.array([], dtype=np.int64)
    code, surest = leaf.classes.index(name), _surest_first(one)
    of_class, as_class = leaf.truth[surest] == code, leaf.predicted[surest] == code
    kinds = (of_class & ~as_class, ~of_class & as_class, of_class & as_class)
    return np.concatenate([_one_of_each(one, surest[kind])[:_CRITICAL] for kind in kinds])


def _surest_first(one: Answered) -> _Rows:
    confidence = one.judged.leaf.confidence
    if confidence is None:
        return np.arange(one.table.n)
    order: _Rows = np.argsort(-confidence, kind="stable")
    return order


def _ends(rows: _Rows, first: int, last: int) -> _Rows:
    return rows if len(rows) <= first + last else np.concatenate([rows[:first], rows[-last:]])


def _readable(
    one: Answered, rows: _Rows, thumbnails: _Pictures, *, critical: str = ""
) -> Iterator[ExampleImage]:
    departing = departures(one.judged, _leaf_rank(one))
    for row in rows.tolist():
        beside = _beside(one, row)
        others = [_example(one, other, thumbnails.small, departing) for other in beside]
        example = _example(one, row, thumbnails.large, departing)
        if example is not None:
            yield replace(
                example,
                critical=critical,
                others=tuple(other for other in others if other is not None),
            )


def _beside(one: Answered, row: int) -> list[int]:
    """Return the other rows of a row's group, at most three."""
    if one.table.groups is None:
        return []
    group = one.table.groups[row]
    rows: list[int] = (one.table.groups == group).arg_true().to_list()
    return [other for other in rows if other != row][:_MOST_OTHERS]


def _example(
    one: Answered, row: int, thumbnails: Thumbnails, departing: npt.NDArray[np.str_]
) -> ExampleImage | None:
    leaf, image_id = one.judged.leaf, str(one.table.ids[row])
    thumbnail = thumbnails.of(image_id)
    if thumbnail is None:
        return None
    is_tree = one.table.taxonomy is not None
    groups = one.table.groups
    return ExampleImage(
        thumbnail=thumbnail,
        identifier=image_id,
        truth=leaf.classes[leaf.truth[row]],
        predicted=leaf.classes[leaf.predicted[row]],
        contender=one.contender,
        probability=None if leaf.confidence is None else float(leaf.confidence[row]),
        departs_at=str(departing[row]) if is_tree else "",
        observation="" if groups is None else str(groups[row]),
    )
