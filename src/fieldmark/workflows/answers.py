"""What a contender says of one image, for people and for programs."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Answer:
    """What a contender says of one image.

    Attributes:
        image: path of the file.
        contender: who answers.
        path: the names of the best class and everything above it, by rank, coarse to fine.
        candidates: (class, score) of the best classes, best first.
        score_kind: "probabilities" (of logits too, through a softmax) or "similarities".
    """

    image: str
    contender: str
    path: dict[str, str]
    candidates: tuple[tuple[str, float], ...]
    score_kind: str

    def sentence(self) -> str:
        """Return the answer for people."""
        named = "; ".join(f"{name} {self._in_words(score)}" for name, score in self.candidates)
        above = " > ".join(list(self.path.values())[:-1])
        return f"{self.image}: {named}{f' ({above})' if above else ''}"

    def to_dict(self) -> dict[str, Any]:
        """Return the answer as it is written to JSON."""
        candidates = [{"class": name, "score": score} for name, score in self.candidates]
        return asdict(self) | {"candidates": candidates}

    def _in_words(self, score: float) -> str:
        return f"{score:.1%}" if self.score_kind == "probabilities" else f"{score:.3f}"
