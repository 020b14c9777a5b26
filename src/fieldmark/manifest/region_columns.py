"""Which columns say what of each image counts: a mask beside it, a box within it."""

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

from fieldmark.core.checks import count_of, first_few, unknown_choice
from fieldmark.core.errors import ManifestError

if TYPE_CHECKING:
    import polars as pl

BoxUnit = Literal["pixels", "shares"]

_UNITS: Final = get_args(BoxUnit)
_SIDES: Final = ("x", "y", "width", "height")


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionColumns:
    """The columns of masks and boxes; without any, whole images count.

    Attributes:
        mask: the column with the path of each image's mask, relative to the image root.
        box: the columns x, y, width, height, counted from the upper left corner of the upright
            image, or one column that holds all four, separated by commas; empty without boxes.
        box_unit: "pixels", as in COCO, or "shares" of the image's width and height.

    Raises:
        ManifestError: there are neither one nor four columns of the box, or the unit is unknown.

    Example:
        >>> RegionColumns(mask="mask", box=("x", "y", "w", "h")).names
        ('mask', 'x', 'y', 'w', 'h')
        >>> bool(RegionColumns())
        False
    """

    mask: str | None = None
    box: tuple[str, ...] = ()
    box_unit: BoxUnit = "pixels"

    def __post_init__(self) -> None:
        object.__setattr__(self, "box", tuple(self.box))
        if len(self.box) not in (0, 1, 4):
            raise ManifestError(
                "Expected one column with x, y, width, height, or four columns in that order; got "
                f"{len(self.box)}: {', '.join(self.box)}."
            )
        if self.box_unit not in _UNITS:
            raise ManifestError(unknown_choice("unit of a box", self.box_unit, _UNITS))

    def __bool__(self) -> bool:
        return bool(self.names)

    @property
    def names(self) -> tuple[str, ...]:
        """The columns, the mask first."""
        return (*(() if self.mask is None else (self.mask,)), *self.box)

    def to_dict(self) -> dict[str, Any]:
        """Return every field under its name, ready for JSON."""
        return asdict(self) | {"box": list(self.box)}


WHOLE_IMAGES: Final = RegionColumns()
"""No columns: whole images count."""


def boxes_in(frame: "pl.DataFrame", columns: RegionColumns) -> "pl.DataFrame":
    """Return the boxes of a table: float columns x, y, width, height, in row order.

    Raises:
        ManifestError: cells are no numbers or not finite, or a width or height is not above 0;
            names the first rows by their id and how many there are.

    Example:
        >>> import polars as pl
        >>> frame = pl.DataFrame({"id": ["a"], "bbox": ["[10, 20, 300, 200]"]})
        >>> boxes_in(frame, RegionColumns(box=("bbox",))).row(0)
        (10.0, 20.0, 300.0, 200.0)
    """
    import polars as pl

    found = frame.select(**_sides(columns.box))
    sound = pl.all_horizontal(pl.all().is_finite().fill_null(value=False)) & (
        pl.min_horizontal("width", "height") > 0
    )
    wrong = found.select(~sound).to_series().fill_null(value=True).arg_true().to_list()
    if wrong:
        cells = frame.select(columns.box).cast(pl.String)[wrong[:3]].rows()
        first = [
            f"{name}: {', '.join('empty' if cell is None else cell for cell in box)}"
            for name, box in zip(frame["id"][wrong[:3]], cells, strict=True)
        ]
        raise ManifestError(
            f"Expected a box in every row of {', '.join(map(repr, columns.box))}, as numbers x, y, "
            f"width, height, the last two above 0; {len(wrong):,} of "
            f"{count_of(len(frame), 'row')} have none (first by id: {first_few(first)}). Correct "
            "them, or leave the rows out."
        )
    return found


def _sides(columns: tuple[str, ...]) -> "dict[str, pl.Expr]":
    import polars as pl

    if len(columns) == 1:
        parts = (
            pl.col(columns[0])
            .cast(pl.String)
            .str.strip_chars("[]() ")
            .str.replace_all(";", ",")
            .str.split(",")
        )
        whole = pl.when(parts.list.len() == len(_SIDES)).then(parts)
        cells = [whole.list.get(place, null_on_oob=True) for place in range(len(_SIDES))]
    else:
        cells = [pl.col(name).cast(pl.String) for name in columns]
    return {
        side: cell.str.strip_chars().cast(pl.Float64, strict=False)
        for side, cell in zip(_SIDES, cells, strict=True)
    }
