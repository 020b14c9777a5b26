"""The sections ``observations``, ``metadata_prior`` and ``prior_shift`` of the protocol."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from fieldmark.experiments.section import Number, Section, Text, Whole, refused


class ObservationsConfig(Section):
    """What several photos show one of, and how their scores become one.

    Example:
        >>> ObservationsConfig(by="observation").rule
        'arithmetic'
    """

    by: Annotated[Text, Field(description="The column that names what several photos show one of.")]
    rule: Annotated[
        Literal["arithmetic", "log", "vote", "maximum"],
        Field(description="How the scores of its photos become one, after calibration."),
    ] = "arithmetic"


class YearsConfig(Section):
    """Which training items a metadata prior counts, by a column of numbers such as years.

    Example:
        >>> YearsConfig(column="year", before=2021).in_words
        'year before 2021'
    """

    column: Annotated[Text, Field(description="The column of years, whole numbers.")]
    since: Annotated[Whole | None, Field(description="The first year that is counted.")] = None
    before: Annotated[
        Whole | None, Field(description="The year from which on nothing is counted.")
    ] = None

    @model_validator(mode="after")
    def _check_bounds(self) -> Self:
        if self.since is None and self.before is None:
            raise refused("years needs 'since' or 'before'; neither is given.")
        if self.since is not None and self.before is not None and self.since >= self.before:
            raise refused(
                f"years counts from {self.since} to before {self.before}, which is no year; "
                "let 'since' lie below 'before'.",
                "before",
            )
        return self

    @property
    def in_words(self) -> str:
        """Which items are counted."""
        since = "" if self.since is None else f" since {self.since}"
        return f"{self.column}{since}{'' if self.before is None else f' before {self.before}'}"


class MetadataPriorConfig(Section):
    """Metadata as a prior: counted on training items, weighed on another part.

    Example:
        >>> MetadataPriorConfig(columns=("habitat", "month")).on
        'validation'
    """

    columns: Annotated[
        tuple[Text, ...],
        Field(min_length=1, description="Columns that are known before the answer: habitat, month"),
    ]
    bins: Annotated[
        dict[Text, Annotated[Whole, Field(ge=2)]],
        Field(
            default_factory=dict,
            description="How many bins of equally many training items a column of numbers is cut "
            "into, such as {latitude: 8}; a column without is one of categories.",
        ),
    ]
    years: Annotated[
        YearsConfig | None,
        Field(description="Which training items are counted; without it all of them."),
    ] = None
    on: Annotated[
        Text, Field(description="The part that weights are fitted on, never the reported one.")
    ] = "validation"
    accept: Annotated[
        tuple[Text, ...],
        Field(
            description="Columns with one value only for each label, which are known before the "
            "answer all the same."
        ),
    ] = ()

    @model_validator(mode="after")
    def _check_names(self) -> Self:
        for name in self.columns:
            if self.columns.count(name) > 1:
                raise refused(
                    f"metadata_prior.columns names '{name}' twice; name it once.", "columns"
                )
        for key, names in (("bins", tuple(self.bins)), ("accept", self.accept)):
            for name in names:
                if name not in self.columns:
                    raise refused(
                        f"metadata_prior.{key} names '{name}', which is not among the columns "
                        f"({', '.join(self.columns)}); name it there too, or leave it out.",
                        key,
                    )
        return self

    @property
    def is_fitted(self) -> bool:
        """Whether something is fitted on the part ``on``: always."""
        return True


class PriorShiftConfig(Section):
    """How far scores are freed of the prior of training: a given tau, or one that is chosen.

    Example:
        >>> PriorShiftConfig(by="macro_f1").is_fitted, PriorShiftConfig(tau=1.0).is_fitted
        (True, False)
    """

    tau: Annotated[
        Number | None,
        Field(ge=0, description="0 leaves scores as they are, 1 takes the whole prior out."),
    ] = None
    by: Annotated[
        Literal["macro_f1", "balanced_accuracy"] | None,
        Field(description="The metric that tau is chosen by, instead of a given tau."),
    ] = None
    on: Annotated[
        Text, Field(description="The part that tau is chosen on, never the reported one.")
    ] = "validation"

    @model_validator(mode="after")
    def _check_one(self) -> Self:
        if (self.tau is None) == (self.by is None):
            given = "neither is" if self.tau is None else "both are"
            raise refused(f"prior_shift needs either 'tau' or 'by'; {given} given.")
        return self

    @property
    def is_fitted(self) -> bool:
        """Whether tau is chosen on the part ``on``."""
        return self.tau is None


def prior_correction(contender: Section) -> str | None:
    """Return what in a contender's training frees its scores of the prior; None for nothing.

    Whatever section states it: a logit-adjusted loss, class weights, or balanced batches.

    Example:
        >>> from fieldmark.experiments.head_sections import LinearHead
        >>> prior_correction(LinearHead(kind="linear", class_weights="balanced"))
        'class weights'
        >>> prior_correction(LinearHead(kind="linear")) is None
        True
    """
    for key, value in _settings(contender.model_dump()):
        if value == "logit-adjusted":
            return "a logit-adjusted loss"
        if key == "class_weights" and value != "none":
            return "class weights"
        if key == "balance" and isinstance(value, float) and value > 0:
            return "balanced batches"
    return None


def _settings(content: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in content.items():
        if isinstance(value, Mapping):
            yield from _settings(value)
        yield key, value
