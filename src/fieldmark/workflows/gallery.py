"""Which images a report shows, and small copies of them."""

import io
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from fieldmark.core.errors import FieldmarkError
from fieldmark.images.decoding import decode
from fieldmark.report.exhibits import ExampleImage
from fieldmark.workflows.behaviour import Answered

_THUMBNAIL_SIDE: Final = 160
_SUREST, _LEAST_SURE, _CRITICAL = 8, 4, 12
_MOST_CONTENDERS = 4
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


def gallery_of(
    found: Sequence[Answered], image_path: ImagePath, *, critical: Sequence[str] = ()
) -> tuple[ExampleImage, ...]:
    """Return images that contenders answered wrongly and rightly, the surest and the least sure.

    Of each of the first four contenders, and in addition for each critical class those of the
    first: images of the class, and images taken for it. An image that cannot be read is left out.

    Args:
        found: one a contender, in the order of the page.
        image_path: where the image of an id lies.
        critical: classes with a dossier.
    """
    thumbnails = Thumbnails(image_path)
    examples: list[ExampleImage] = []
    for one in found[:_MOST_CONTENDERS]:
        for rows in _telling(one):
            examples += _readable(one, rows, thumbnails)
    for one in found[:1]:
        for name in critical:
            examples += _readable(one, _of_class(one, name), thumbnails, critical=name)
    return tuple(examples)


def _telling(one: Answered) -> tuple[_Rows, _Rows]:
    """Return wrong, then right answers: the surest, then the least sure of the others."""
    surest = _surest_first(one)
    is_right = one.judged.leaf.right[surest]
    wrong, right = (
        _ends(rows, _SUREST, _LEAST_SURE) for rows in (surest[~is_right], surest[is_right])
    )
    return wrong, right


def _of_class(one: Answered, name: str) -> _Rows:
    """Return images of the class answered wrongly, those taken for it, those answered rightly."""
    leaf = one.judged.leaf
    if name not in leaf.classes:
        return np.array([], dtype=np.int64)
    code, surest = leaf.classes.index(name), _surest_first(one)
    of_class, as_class = leaf.truth[surest] == code, leaf.predicted[surest] == code
    kinds = (of_class & ~as_class, ~of_class & as_class, of_class & as_class)
    return np.concatenate([surest[kind][:_CRITICAL] for kind in kinds])


def _surest_first(one: Answered) -> _Rows:
    confidence = one.judged.leaf.confidence
    if confidence is None:
        return np.arange(one.table.n)
    order: _Rows = np.argsort(-confidence, kind="stable")
    return order


def _ends(rows: _Rows, first: int, last: int) -> _Rows:
    return rows if len(rows) <= first + last else np.concatenate([rows[:first], rows[-last:]])


def _readable(
    one: Answered, rows: _Rows, thumbnails: Thumbnails, *, critical: str = ""
) -> Iterator[ExampleImage]:
    leaf = one.judged.leaf
    for row in rows.tolist():
        image_id = str(one.table.ids[row])
        thumbnail = thumbnails.of(image_id)
        if thumbnail is not None:
            yield ExampleImage(
                thumbnail=thumbnail,
                identifier=image_id,
                truth=leaf.classes[leaf.truth[row]],
                predicted=leaf.classes[leaf.predicted[row]],
                contender=one.contender,
                probability=None if leaf.confidence is None else float(leaf.confidence[row]),
                critical=critical,
            )
