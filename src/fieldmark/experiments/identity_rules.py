"""The rules of ``data.split`` for individuals: new sessions, new identities, and both."""

from typing import Annotated, Literal

from pydantic import Field

from fieldmark.experiments.section import Number, Text
from fieldmark.experiments.split_rules import Drawn, Seed


class NewSessionConfig(Drawn):
    """The closed split: known identities in sessions that were never learnt from.

    Example:
        >>> shares = {"train": 0.5, "test": 0.5}
        >>> rule = {"kind": "new_session", "identity": "cat", "session": "day"}
        >>> NewSessionConfig(**rule, fractions=shares).one_session
        'refuse'
    """

    kind: Annotated[Literal["new_session"], Field(description="The rule: 'new_session'.")]
    identity: Annotated[Text, Field(description="The column that names each individual.")]
    session: Annotated[Text, Field(description="The column that names the visit, day or view.")]
    session_within: Annotated[
        Literal["study", "identity"],
        Field(description="Whether equal names are one session, or each individual counts anew."),
    ] = "study"
    one_session: Annotated[
        Literal["refuse", "train"],
        Field(description="What to do with identities of one session: refuse, or learn only."),
    ] = "refuse"
    seed: Seed = 0


class NewIdentityConfig(Drawn):
    """The open split: no identity lies in two parts.

    Example:
        >>> shares = {"train": 0.5, "test": 0.5}
        >>> NewIdentityConfig(kind="new_identity", identity="cat", fractions=shares).parts
        ('train', 'test')
    """

    kind: Annotated[Literal["new_identity"], Field(description="The rule: 'new_identity'.")]
    identity: Annotated[Text, Field(description="The column that names each individual.")]
    seed: Seed = 0


class MixedIdentitiesConfig(Drawn):
    """New sessions of known identities, and new identities, marked in the column identity_kind.

    Example:
        >>> shares = {"train": 0.5, "test": 0.5}
        >>> rule = {"kind": "mixed_identities", "identity": "cat", "session": "day"}
        >>> MixedIdentitiesConfig(**rule, fractions=shares).new_identities
        0.3
    """

    kind: Annotated[Literal["mixed_identities"], Field(description="The rule: 'mixed_identities'.")]
    identity: Annotated[Text, Field(description="The column that names each individual.")]
    session: Annotated[Text, Field(description="The column that names the visit, day or view.")]
    new_identities: Annotated[
        Number, Field(gt=0, lt=1, description="The share of the identities that are new.")
    ] = 0.3
    session_within: Annotated[
        Literal["study", "identity"],
        Field(description="Whether equal names are one session, or each individual counts anew."),
    ] = "study"
    one_session: Annotated[
        Literal["refuse", "train"],
        Field(description="What to do with identities of one session: refuse, or learn only."),
    ] = "refuse"
    seed: Seed = 0
