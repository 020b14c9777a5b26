"""The study: one question put to several contenders on equal ground."""

import unicodedata
from typing import Annotated, Self

from pydantic import Field, model_validator

from fieldmark.core.checks import nearest, unknown_choice
from fieldmark.core.digests import digest_of
from fieldmark.experiments.ablation import AblationConfig
from fieldmark.experiments.contenders import (
    Contender,
    FineTunedContender,
    TrainedContender,
)
from fieldmark.experiments.data import DataConfig
from fieldmark.experiments.decisions import DecisionPolicy, check_decisions
from fieldmark.experiments.head_sections import LogisticHead
from fieldmark.experiments.hierarchy_section import hierarchy_problem
from fieldmark.experiments.protocol import ClaimConfig, ProtocolConfig
from fieldmark.experiments.section import Name, Section, Text, refused
from fieldmark.experiments.tree_section import TreeSection, rank_problem


class Study(Section):
    """A study file as a record: everything is stated or has its default.

    Paths stay as they are written; ``StudyFile.locate`` resolves them.

    Example:
        >>> study = Study(
        ...     study="fungi",
        ...     task="taxonomy",
        ...     data={"manifest": "m.csv", "images": "img", "label": "species", "split": "part"},
        ...     contenders={"today": {"predictions": "today.csv", "kind": "logits"}},
        ... )
        >>> study.protocol.seeds, len(study.digest)
        ((0,), 64)
    """

    study: Annotated[Name, Field(description="The name of the study; its results lie under it.")]
    task: Annotated[Text, Field(description="What is asked, such as taxonomy.")]
    data: Annotated[DataConfig, Field(description="Images, labels, groups and parts.")]
    protocol: Annotated[
        ProtocolConfig, Field(description="What is chosen and reported, where, and how often.")
    ] = ProtocolConfig()
    contenders: Annotated[
        dict[Name, Contender],
        Field(min_length=1, description="What is compared: a name and its settings each."),
    ]
    reference: Annotated[
        Name | None, Field(description="The contender that all others are compared with.")
    ] = None
    ablation: Annotated[
        AblationConfig | None,
        Field(description="Contenders that state only what differs from one of the others."),
    ] = None
    claims: Annotated[
        tuple[ClaimConfig, ...], Field(description="Numbers that are checked, not believed.")
    ] = ()
    decisions: Annotated[
        dict[Name, DecisionPolicy],
        Field(
            default_factory=dict,
            description="Decision rules by a name: each is fitted for every contender on the part "
            "that selects (protocol.selection.on), and shown on the part that is reported.",
        ),
    ]

    @model_validator(mode="after")
    def _check_names(self) -> Self:
        if self.reference is not None:
            self._check_contender("reference", self.reference, "reference")
        for index, claim in enumerate(self.claims):
            where = ("claims", index)
            self._check_contender("contender of a claim", claim.contender, *where, "contender")
            if claim.rank is not None and claim.rank not in self.data.ranks:
                sentence = unknown_choice("rank", claim.rank, self.data.ranks or ("none",))
                raise refused(sentence, *where, "rank")
        return self

    @model_validator(mode="after")
    def _check_decisions(self) -> Self:
        check_decisions(self.decisions, self.data, self.protocol)
        return self

    @model_validator(mode="after")
    def _check_ablation(self) -> Self:
        if self.ablation is None:
            return self
        reference, rows = self.ablation.reference, self.ablation.rows
        self._check_contender("reference of the ablation", reference, "ablation", "reference")
        if reference in rows:
            sentence = f"the reference '{reference}' of the ablation cannot be one of its rows."
            raise refused(sentence, "ablation", "reference")
        missing = [name for name in rows if name not in self.contenders]
        if missing:
            sentence = f"the row '{missing[0]}' of the ablation is no contender; read the study "
            raise refused(f"{sentence}from its file, which makes it one.", "ablation", "rows")
        return self

    def reference_of(self, name: str) -> str | None:
        """Return the contender that another one is compared with; None for a reference itself."""
        is_row = self.ablation is not None and name in self.ablation.rows
        found = self.ablation.reference if self.ablation is not None and is_row else self.reference
        return None if found == name else found

    @model_validator(mode="after")
    def _check_folders(self) -> Self:
        folders: dict[str, str] = {}
        for name in self.contenders:
            other = folders.setdefault(unicodedata.normalize("NFC", name).casefold(), name)
            if other != name:
                sentence = (
                    f"the contenders '{other}' and '{name}' would share a folder where case does "
                    "not count; give one of them another name."
                )
                raise refused(sentence, "contenders", name)
        return self

    @model_validator(mode="after")
    def _check_inner_folds(self) -> Self:
        selection = self.protocol.selection
        if selection is None or selection.inner is None:
            return self
        heads = {
            name: contender.head
            for name, contender in self.contenders.items()
            if isinstance(contender, TrainedContender) and isinstance(contender.head, LogisticHead)
        }
        where = ("protocol", "selection", "inner")
        if not heads:
            sentence = (
                "no contender has a logistic head, which alone chooses a penalty on inner folds; "
                "leave protocol.selection.inner out."
            )
            raise refused(sentence, *where)
        for name, head in heads.items():
            if "inner_folds" in head.model_fields_set and head.inner_folds != selection.inner.folds:
                sentence = (
                    f"the contender '{name}' asks for {head.inner_folds} inner folds, and "
                    f"protocol.selection.inner for {selection.inner.folds}; state one of them."
                )
                raise refused(sentence, *where)
        return self

    @model_validator(mode="after")
    def _check_trees(self) -> Self:
        for name, contender in self.contenders.items():
            head = contender.head if isinstance(contender, TrainedContender) else None
            found = rank_problem(head, self.data.ranks) if isinstance(head, TreeSection) else None
            if found is not None:
                key, sentence = found
                raise refused(sentence, "contenders", name, "head", key)
            if isinstance(contender, FineTunedContender) and contender.training.hierarchy:
                problem = hierarchy_problem(contender.training.hierarchy, self.data.ranks)
                if problem is not None:
                    keys, sentence = problem
                    raise refused(sentence, "contenders", name, "training", *keys)
        return self

    @model_validator(mode="after")
    def _check_parts(self) -> Self:
        parts = None if isinstance(self.data.split, str) else self.data.split.parts
        if parts is not None:
            if self.protocol.report_on not in parts:
                sentence = unknown_choice("part of the split", self.protocol.report_on, parts)
                raise refused(sentence, "protocol", "report_on")
            selection = self.protocol.selection
            if selection is not None and selection.on not in parts:
                sentence = unknown_choice("part of the split", selection.on, parts)
                raise refused(sentence, "protocol", "selection", "on")
        return self

    def _check_contender(self, what: str, name: str, *where: str | int) -> None:
        if name not in self.contenders:
            guess = nearest(name, self.contenders)
            hint = f"; did you mean '{guess}'?" if guess else "."
            known = ", ".join(self.contenders)
            raise refused(f"the {what} '{name}' is no contender{hint} There are: {known}.", *where)

    @property
    def digest(self) -> str:
        """64 hexadecimal characters: what is written and every default."""
        return digest_of(self.model_dump(mode="json"))
