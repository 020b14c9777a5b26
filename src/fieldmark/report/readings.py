"""What an inspection shows of an answer besides its best leaf: decoders and decisions."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class DecodedReply:
    """How one decoder reads the scores.

    Attributes:
        decoder: its name, such as "greedy".
        rank: the finest rank that it answers; "" where it answers none.
        name: what it answers there; "" for no answer.
        is_right: whether the label lies there; None where no label is known, or without an answer.
    """

    decoder: str
    rank: str
    name: str
    is_right: bool | None = None

    @property
    def in_words(self) -> str:
        """Rank and name, such as "genus Amanita"."""
        return f"{self.rank} {self.name}" if self.rank else "no answer"


@dataclass(frozen=True, slots=True, kw_only=True)
class DecidedReply:
    """What one decision of the study makes of the scores.

    Attributes:
        decision: its name in the study.
        answer: a rank and a name, or another word of the rule; "" where it gives no answer.
        promise: what the rule promises where it answers, or why it cannot be taken.
        is_right: whether the label lies at the answered name; None where that cannot be said.
        is_taken: whether the decision could be fitted at all.
    """

    decision: str
    answer: str
    promise: str
    is_right: bool | None = None
    is_taken: bool = True

    @property
    def in_words(self) -> str:
        """The answer, that there is none, or that the decision could not be taken."""
        return self.answer or ("no answer" if self.is_taken else "could not be taken")
