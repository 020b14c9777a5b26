"""The rules of ``data.split``: how fieldmark draws parts, folds and few training images."""

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import Discriminator, Field, Tag, model_validator

from fieldmark.experiments.section import Name, Number, Section, Text, Whole, refused

Shares = dict[Name, Annotated[Number, Field(gt=0, lt=1)]]
Seed = Annotated[Whole, Field(ge=0, description="The seed that the split is drawn with.")]
AbsentClasses = Annotated[
    Literal["refuse", "allow"],
    Field(description="What to do when a fold tests a class that its training part lacks."),
]


def check_sum(fractions: Mapping[str, float]) -> None:
    """Refuse shares that do not sum to 1."""
    total = sum(fractions.values())
    if abs(total - 1) > 1e-6:
        raise refused(f"the fractions should sum to 1; they sum to {total:g}.", "fractions")


def _with_validation(share: float) -> tuple[str, ...]:
    return ("train", "validation", "test") if share else ("train", "test")


class Drawn(Section):
    """A rule that draws parts of stated shares."""

    fractions: Annotated[
        Shares, Field(min_length=2, description="The share of each part; the shares sum to 1.")
    ]

    @model_validator(mode="after")
    def _check_sum(self) -> Self:
        check_sum(self.fractions)
        return self

    @property
    def parts(self) -> tuple[str, ...]:
        """The parts that the split will have."""
        return tuple(self.fractions)


class HoldoutConfig(Drawn):
    """A split drawn by fieldmark: whole groups, stratified by label, the same for the same seed.

    Example:
        >>> HoldoutConfig(kind="holdout", fractions={"train": 0.8, "test": 0.2}).seed
        0
    """

    kind: Annotated[Literal["holdout"], Field(description="The rule: 'holdout'.")]
    seed: Seed = 0


class GroupFoldsConfig(Section):
    """Cross-validation: k folds of whole groups, stratified by label; each image is tested once.

    Example:
        >>> GroupFoldsConfig(kind="group_kfold", folds=5).parts
        ('train', 'validation', 'test')
    """

    kind: Annotated[Literal["group_kfold"], Field(description="The rule: 'group_kfold'.")]
    folds: Annotated[Whole, Field(ge=2, description="How many folds.")]
    validation: Annotated[
        Number,
        Field(ge=0, lt=1, description="The share of the images not tested that validates; or 0."),
    ] = 0.2
    absent_classes: AbsentClasses = "refuse"
    seed: Seed = 0

    @property
    def parts(self) -> tuple[str, ...]:
        """The parts that each fold will have."""
        return _with_validation(self.validation)


class LeaveOneGroupOutConfig(Section):
    """Cross-validation with one fold a group: it is tested, some others validate.

    Example:
        >>> LeaveOneGroupOutConfig(kind="leave_one_group_out", validation=0).parts
        ('train', 'test')
    """

    kind: Annotated[
        Literal["leave_one_group_out"], Field(description="The rule: 'leave_one_group_out'.")
    ]
    by: Annotated[
        Text | None,
        Field(description="The column that is left out value by value; without it data.group."),
    ] = None
    validation: Annotated[
        Whole, Field(ge=0, description="How many other groups validate, of each stratum; or 0.")
    ] = 1
    strata: Annotated[
        Text | None,
        Field(description="The column with the stratum of each group; without it, draw from all."),
    ] = None
    absent_classes: AbsentClasses = "refuse"
    seed: Seed = 0

    @property
    def parts(self) -> tuple[str, ...]:
        """The parts that each fold will have."""
        return _with_validation(self.validation)


class TimeConfig(Section):
    """A split by time: train before, test after.

    Example:
        >>> cuts = {"validation": "2024-05-01", "test": "2024-06-01"}
        >>> TimeConfig(kind="time", column="date", cuts=cuts).parts
        ('train', 'validation', 'test')
    """

    kind: Annotated[Literal["time"], Field(description="The rule: 'time'.")]
    column: Annotated[
        Text, Field(description="The time of each image: ISO 8601, or numbers such as days.")
    ]
    cuts: Annotated[
        dict[Name, Text | Number] | None,
        Field(description="The first time of each part after train, in order."),
    ] = None
    fractions: Annotated[
        Shares | None,
        Field(description="Instead of cuts: the share of each part, in the order of time."),
    ] = None
    straddling: Annotated[
        Literal["refuse", "keep_latest", "allow"],
        Field(
            description="Groups in several parts: refuse, leave out all but their images in the "
            "latest part, or allow."
        ),
    ] = "refuse"

    @model_validator(mode="after")
    def _check(self) -> Self:
        if (self.cuts is None) == (self.fractions is None):
            given = "neither is" if self.cuts is None else "both are"
            raise refused(f"a split by time needs either 'cuts' or 'fractions'; {given} given.")
        if self.cuts is not None and (not self.cuts or "train" in self.cuts):
            raise refused(
                "cuts name the first time of each part after 'train', such as {test: 2024-06-01}.",
                "cuts",
            )
        if self.fractions is not None:
            check_sum(self.fractions)
        return self

    @property
    def parts(self) -> tuple[str, ...]:
        """The parts that the split will have."""
        return tuple(self.fractions or ("train", *(self.cuts or ())))


class FewShotConfig(Section):
    """Few training images of each class, one plan row for each number; the test part is the same.

    Example:
        >>> FewShotConfig(kind="few_shot", shots=[1, 5], within="split").seed
        0
    """

    kind: Annotated[Literal["few_shot"], Field(description="The rule: 'few_shot'.")]
    shots: Annotated[
        tuple[Annotated[Whole, Field(ge=1)], ...],
        Field(min_length=1, description="The numbers of training images of each class."),
    ]
    within: Annotated[
        Annotated[Text, Tag("column")] | Annotated[HoldoutConfig, Tag("holdout")],
        Discriminator(lambda content: "column" if isinstance(content, str) else "holdout"),
        Field(description="The split that they are drawn from: a column, or a holdout rule."),
    ]
    too_few: Annotated[
        Literal["refuse", "take_all"],
        Field(description="What to do with a class that has fewer images: refuse, or take all."),
    ] = "refuse"
    seed: Seed = 0

    @model_validator(mode="after")
    def _check_shots(self) -> Self:
        if len(set(self.shots)) < len(self.shots):
            twice = next(number for number in self.shots if self.shots.count(number) > 1)
            raise refused(f"shots names {twice} twice.", "shots")
        return self

    @property
    def parts(self) -> tuple[str, ...] | None:
        """The parts that each split will have; None where a column names them."""
        return None if isinstance(self.within, str) else self.within.parts
