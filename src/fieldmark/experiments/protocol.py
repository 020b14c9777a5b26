"""The sections ``protocol`` and ``claims``: what is chosen, reported and claimed, and where."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from fieldmark.experiments.observing import (
    MetadataPriorConfig,
    ObservationsConfig,
    PriorShiftConfig,
)
from fieldmark.experiments.section import Name, Number, Section, Text, Truth, Whole, refused

_ALIASES = {"val": "validation", "valid": "validation", "dev": "validation", "training": "train"}

_Fitted = MetadataPriorConfig | PriorShiftConfig


class InnerFoldsConfig(Section):
    """Folds within the training part, of whole groups, that a head's penalty is chosen on.

    Example:
        >>> InnerFoldsConfig(kind="group_kfold").folds
        5
    """

    kind: Annotated[Literal["group_kfold"], Field(description="The rule: 'group_kfold'.")]
    folds: Annotated[Whole, Field(ge=2, description="How many folds.")] = 5


class SelectionConfig(Section):
    """What a trained contender is chosen by: one metric, on one part of the split.

    Example:
        >>> SelectionConfig(metric="macro_f1").on
        'validation'
    """

    metric: Annotated[Text, Field(description="The metric that decides, such as macro_f1.")]
    on: Annotated[Text, Field(description="The part of the split that the choice is made on.")] = (
        "validation"
    )
    inner: Annotated[
        InnerFoldsConfig | None,
        Field(
            description="The inner folds on which logistic heads choose their penalty, within the "
            "training part of each fold; without it, each head's own number."
        ),
    ] = None


class ProtocolConfig(Section):
    """The equal ground of all contenders.

    Choosing and reporting on the same part is refused, unless the file says that it is meant; the
    results of such a study are stamped.

    Example:
        >>> ProtocolConfig(selection=SelectionConfig(metric="accuracy"), seeds=(0, 1)).report_on
        'test'
    """

    selection: Annotated[
        SelectionConfig | None,
        Field(description="How a trained contender is chosen; without it nothing is chosen."),
    ] = None
    report_on: Annotated[
        Text, Field(description="The part of the split that every reported number comes from.")
    ] = "test"
    seeds: Annotated[
        tuple[Annotated[Whole, Field(ge=0)], ...],
        Field(min_length=1, description="The seeds that each trained contender is run with."),
    ] = (0,)
    resamples: Annotated[
        Whole, Field(ge=100, description="How many bootstrap resamples an interval rests on.")
    ] = 2000
    level: Annotated[
        Number, Field(gt=0, lt=1, description="The level of every interval, such as 0.95.")
    ] = 0.95
    classes: Annotated[
        Literal["refuse", "common"],
        Field(description="Refuse to compare over other classes, or restrict to the common ones."),
    ] = "refuse"
    critical: Annotated[
        tuple[Text, ...], Field(description="The classes that the report gives a dossier each.")
    ] = ()
    observations: Annotated[
        ObservationsConfig | None,
        Field(description="What several photos show one of: judged as a level of its own."),
    ] = None
    metadata_prior: Annotated[
        MetadataPriorConfig | None,
        Field(description="Metadata as a prior of the classes, reported beside the bare scores."),
    ] = None
    prior_shift: Annotated[
        PriorShiftConfig | None,
        Field(
            description="Scores freed of how often training shows each class, reported beside the "
            "bare scores."
        ),
    ] = None
    allow_selection_on_report: Annotated[
        Truth, Field(description="Choose and report on the same part; the results are stamped.")
    ] = False

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.selects_on_report and not self.allow_selection_on_report:
            raise refused(
                f"the selection and the report both use '{self.report_on}', so the reported "
                "numbers would be optimistic: choose on another part, or state "
                "'allow_selection_on_report: true' in protocol, which stamps the results.",
                "selection",
                "on",
            )
        for key in ("metadata_prior", "prior_shift"):
            self._check_fitted_apart(key, getattr(self, key))
        self._check_one_part()
        # As many as a comparison asks for: ten resamples beyond the interval.
        fewest = round(10 / (1 - self.level))
        if self.resamples < fewest:
            raise refused(
                f"protocol.resamples should be at least {fewest:,} at level {self.level:g}; it is "
                f"{self.resamples:,}.",
                "resamples",
            )
        if len(set(self.seeds)) < len(self.seeds):
            twice = next(seed for seed in self.seeds if self.seeds.count(seed) > 1)
            raise refused(f"protocol.seeds names {twice} twice.", "seeds")
        return self

    def _check_fitted_apart(self, key: str, config: _Fitted | None) -> None:
        if config is not None and config.is_fitted and self._is_reported(config.on):
            raise refused(
                f"protocol.{key} is fitted on '{config.on}', which is the reported part, so that "
                "its numbers would be optimistic: fit it on another part.",
                key,
                "on",
            )

    def _check_one_part(self) -> None:
        prior, shift = self.metadata_prior, self.prior_shift
        if prior is not None and shift is not None and shift.is_fitted and prior.on != shift.on:
            raise refused(
                f"metadata_prior is fitted on '{prior.on}' and prior_shift on '{shift.on}'; "
                "fit both on one part, whose temperature they share.",
                "prior_shift",
                "on",
            )

    def _is_reported(self, part: str) -> bool:
        first, second = part.lower(), self.report_on.lower()
        return _ALIASES.get(first, first) == _ALIASES.get(second, second)

    @property
    def selects_on_report(self) -> bool:
        """Whether what is reported was chosen on the same part."""
        return self.selection is not None and self._is_reported(self.selection.on)


class ClaimConfig(Section):
    """A number that somebody holds to be true of a contender, checked against its interval.

    Example:
        >>> ClaimConfig(metric="accuracy", contender="probe", at_least=0.9).rank is None
        True
    """

    metric: Annotated[Text, Field(description="The metric that the claim is about.")]
    contender: Annotated[Name, Field(description="The contender that the claim is about.")]
    at_least: Annotated[
        Number | None, Field(description="The value that the metric is claimed to reach.")
    ] = None
    at_most: Annotated[
        Number | None, Field(description="The value that the metric is claimed not to exceed.")
    ] = None
    rank: Annotated[
        Text | None, Field(description="The rank of the taxonomy; without it the finest.")
    ] = None

    @model_validator(mode="after")
    def _check_bound(self) -> Self:
        if (self.at_least is None) == (self.at_most is None):
            given = "neither is" if self.at_least is None else "both are"
            raise refused(f"a claim needs either 'at_least' or 'at_most'; {given} given.")
        return self
