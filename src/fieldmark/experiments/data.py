"""The section ``data`` of a study file: the table of images, its ranks and its split."""

from typing import Annotated, Any, Literal, Self

from pydantic import Discriminator, Field, Tag, model_validator

from fieldmark.decision.policy_section import ColumnValues
from fieldmark.experiments.identity_rules import (
    MixedIdentitiesConfig,
    NewIdentityConfig,
    NewSessionConfig,
)
from fieldmark.experiments.section import Section, Text, refused
from fieldmark.experiments.split_rules import (
    FewShotConfig,
    GroupFoldsConfig,
    HoldoutConfig,
    LeaveOneGroupOutConfig,
    TimeConfig,
)
from fieldmark.experiments.table_sources import TableSources
from fieldmark.manifest.region_columns import RegionColumns

__all__ = ["DataConfig", "HoldoutConfig", "SplitRule"]


SplitRule = Annotated[
    HoldoutConfig
    | GroupFoldsConfig
    | LeaveOneGroupOutConfig
    | TimeConfig
    | FewShotConfig
    | NewSessionConfig
    | NewIdentityConfig
    | MixedIdentitiesConfig,
    Field(discriminator="kind"),
]


BoxColumns = Annotated[
    Annotated[Text, Tag("one")] | Annotated[tuple[Text, ...], Tag("four")],
    Discriminator(lambda content: "one" if isinstance(content, str) else "four"),
]


class HazardConfig(Section):
    """Which classes are poisonous, as a column of the table says, image by image.

    Example:
        >>> HazardConfig(column="poisonous", values=[1]).values
        ('1',)
    """

    column: Annotated[
        Text, Field(description="The column that tells of each image whether it is poisonous.")
    ]
    values: Annotated[
        ColumnValues,
        Field(
            description="The values that mean poisonous; every other value means harmless, and an "
            "empty cell that nothing is known. One value may be written without a list.",
        ),
    ] = ("1",)


class DataConfig(TableSources):
    """Which images, labels, groups and parts a study is about.

    Example:
        >>> DataConfig(manifest="m.csv", images="img", ranks=("genus", "species"), split="part").id
        'id'
    """

    id: Annotated[Text, Field(description="The column with the unique id of each image.")] = "id"
    path: Annotated[Text, Field(description="The column with the path of each image.")] = "path"
    ranks: Annotated[
        tuple[Text, ...],
        Field(description="The columns of the taxonomy, coarse to fine; the last is the label."),
    ] = ()
    label: Annotated[
        Text | None, Field(description="The column with the label, when there is no taxonomy.")
    ] = None
    group: Annotated[
        Text | None,
        Field(description="The column of what must not straddle a split, such as an observation."),
    ] = None
    mask: Annotated[
        Text | None,
        Field(description="The column with the path of each image's mask, under the image folder."),
    ] = None
    box_xywh_pixels: Annotated[
        BoxColumns | None,
        Field(
            description="The columns of the box of each upright image: left, top, width, height in "
            "pixels, as in COCO; four columns, or one that holds all four, separated by commas."
        ),
    ] = None
    box_xywh_shares: Annotated[
        BoxColumns | None,
        Field(
            description="The same as shares of the image's width and height, 0 to 1, as in "
            "MegaDetector; instead of pixels."
        ),
    ] = None
    split: Annotated[
        Annotated[Text, Tag("column")] | Annotated[SplitRule, Tag("rule")],
        Discriminator(lambda content: "column" if isinstance(content, str) else "rule"),
        Field(
            description="The column with the part of each image, or a rule that draws parts. It "
            "may be left out where each part has a table of its own."
        ),
    ]
    unreadable: Annotated[
        Literal["fail", "exclude"],
        Field(description="What to do with unreadable images: stop, or leave out and count."),
    ] = "fail"
    accept: Annotated[
        tuple[Text, ...],
        Field(
            description="Codes of audit errors that are meant; they are shown, and stop nothing."
        ),
    ] = ()
    two_parents: Annotated[
        Literal["refuse", "qualify"],
        Field(description="What to do with a name under two parents: refuse, or qualify it."),
    ] = "refuse"
    hazard: Annotated[
        HazardConfig | None,
        Field(description="Which classes are poisonous; the report counts dangerous mix-ups."),
    ] = None

    @model_validator(mode="after")
    def _check_labels(self) -> Self:
        if bool(self.ranks) == (self.label is not None):
            raise refused(
                "data needs either 'ranks' (columns, coarse to fine) or 'label' (one column); "
                f"{'both are' if self.ranks else 'neither is'} given."
            )
        if len(set(self.ranks)) < len(self.ranks):
            twice = next(rank for rank in self.ranks if self.ranks.count(rank) > 1)
            raise refused(f"data.ranks names '{twice}' twice.", "ranks")
        if self.box_xywh_pixels and self.box_xywh_shares:
            raise refused("data needs boxes in pixels or as shares; both are given.")
        for key in ("box_xywh_pixels", "box_xywh_shares"):
            columns = getattr(self, key)
            if isinstance(columns, tuple) and len(columns) != 4:
                raise refused(
                    f"data.{key} needs four columns (left, top, width, height), or the name of one "
                    f"that holds all four; got {len(columns)}.",
                    key,
                )
        return self

    @property
    def regions(self) -> RegionColumns:
        """The columns of masks and boxes."""
        box = self.box_xywh_pixels or self.box_xywh_shares or ()
        return RegionColumns(
            mask=self.mask,
            box=(box,) if isinstance(box, str) else box,
            box_unit="shares" if self.box_xywh_shares else "pixels",
        )

    def as_columns(self) -> dict[str, Any]:
        """Return the fields that say which column is which, for reading the table of images."""
        named = {"id", "path", "ranks", "label", "group", "two_parents"}
        columns = self.model_dump(include=named)
        split = self.split if isinstance(self.split, str) else None
        return columns | {"split": split, "regions": self.regions}
