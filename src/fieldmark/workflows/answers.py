"""What a contender says of one image, for people and for programs."""

from dataclasses import asdict, dataclass
from typing import Any

from fieldmark.export.deciding import Decided


@dataclass(frozen=True, slots=True)
class Answer:
    """What a contender says of one image.

    Attributes:
        image: path of the file.
        contender: who answers.
        path: the names of the best class and everything above it, by rank, coarse to fine.
        candidates: (class, score) of the best classes, best first.
        score_kind: "probabilities" (of logits too, through a softmax) or "similarities".
        decision: what a decision rule says; None without one.
    """

    image: str
    contender: str
    path: dict[str, str]
    candidates: tuple[tuple[str, float], ...]
    score_kind: str
    decision: Decided | None = None

    def sentence(self) -> str:
        """Return the answer for people."""
        named = "; ".join(f"{name} {self._in_words(score)}" for name, score in self.candidates)
        above = " > ".join(list(self.path.values())[:-1])
        rule = self.decision
        told = "" if rule is None else f" [{rule.rule}: {rule.answer or 'no answer'}]"
        return f"{self.image}: {named}{f' ({above})' if above else ''}{told}"

    def to_dict(self) -> dict[str, Any]:
        """Return the answer as it is written to JSON; without a rule there is no decision."""
        candidates = [{"class": name, "score": score} for name, score in self.candidates]
        content = asdict(self) | {"candidates": candidates}
        if self.decision is None:
            del content["decision"]
        return content

    def _in_words(self, score: float) -> str:
        return f"{score:.1%}" if self.score_kind == "probabilities" else f"{score:.3f}"
