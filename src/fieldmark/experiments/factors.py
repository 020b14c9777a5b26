"""What sets a contender apart from its reference: one factor, several, or unknown ones."""

from dataclasses import dataclass
from typing import Any

from fieldmark.core.checks import count_of, field_differences
from fieldmark.experiments.ablation import NAMED_BY
from fieldmark.experiments.config import Study
from fieldmark.experiments.contenders import ImportedContender

_ONE_SETTING = ("rank_weights",)


@dataclass(frozen=True, slots=True)
class FactorChange:
    """How a contender differs from the reference of its study.

    Attributes:
        contender: the contender.
        reference: the contender that it is compared with.
        factors: each difference in words; None when one of the two was made elsewhere, so that
            nobody here knows what else was changed.
    """

    contender: str
    reference: str
    factors: tuple[str, ...] | None

    @property
    def warning(self) -> str | None:
        """A sentence when a difference in the results has no single cause, else None."""
        if self.factors is None or len(self.factors) == 1:
            return None
        if not self.factors:
            return f"'{self.contender}' has the same settings as its reference '{self.reference}'."
        return (
            f"'{self.contender}' differs from its reference '{self.reference}' in "
            f"{count_of(len(self.factors), 'factor')} ({'; '.join(self.factors)}), so a difference "
            "between them has no single cause; change one factor at a time."
        )


def factor_changes(study: Study) -> tuple[FactorChange, ...]:
    """Return how each contender differs from its reference; nothing of those without one.

    A row of an ablation has the reference of the ablation, any other that of the study.

    Another network is one factor, with all that belongs to it, and so is another kind of head;
    so is a section that only one of the two has, such as a hierarchy; otherwise every setting that
    differs is a factor of its own.

    Example:
        >>> net = {"name": "resnet18", "weights": "random"}
        >>> study = Study(
        ...     study="fungi",
        ...     task="taxonomy",
        ...     data={"manifest": "m.csv", "images": "img", "label": "species", "split": "part"},
        ...     contenders={
        ...         "plain": {"backbone": net, "head": {"kind": "linear"}},
        ...         "longer": {"backbone": net, "head": {"kind": "linear", "epochs": 80}},
        ...     },
        ...     reference="plain",
        ... )
        >>> [change.factors for change in factor_changes(study)]
        [('head.epochs: 80 against 100',)]
    """
    references = {name: study.reference_of(name) for name in study.contenders}
    return tuple(
        FactorChange(name, reference, _factors(study, name, reference))
        for name, reference in references.items()
        if reference is not None
    )


def _factors(study: Study, name: str, reference: str) -> tuple[str, ...] | None:
    first, second = study.contenders[name], study.contenders[reference]
    if isinstance(first, ImportedContender) or isinstance(second, ImportedContender):
        return None
    found: list[str] = []
    own, other = first.model_dump(mode="json"), second.model_dump(mode="json")
    if own.keys() != other.keys():
        found.append(f"learnt: {_learnt(own)} against {_learnt(other)}")
    for section in [name for name in own if name in other]:
        key, a, b = NAMED_BY.get(section), own[section], other[section]
        if key is not None and a[key] != b[key]:
            found.append(f"{section}: {a[key]} against {b[key]}")
        else:
            first_flat, second_flat = _flat(_beside(a, b), section), _flat(_beside(b, a), section)
            found.extend(field_differences(first_flat, second_flat))
    return tuple(found)


def _learnt(content: dict[str, Any]) -> str:
    return "a head" if "head" in content else "the network"


def _beside(own: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Return a section in which what the other one lacks as a whole is one value, in words."""
    found: dict[str, Any] = {}
    for key, value in own.items():
        beside = other.get(key, value)
        if isinstance(value, dict) and beside is None:
            stated = _flat(value, "").items()
            words = [f"{name[1:]} {setting}" for name, setting in stated if setting is not None]
            found[key] = ", ".join(words)
        elif isinstance(value, dict) and isinstance(beside, dict):
            found[key] = _beside(value, beside)
        else:
            found[key] = value
    return found


def _flat(content: dict[str, Any], prefix: str) -> dict[str, object]:
    flat: dict[str, object] = {}
    for key, value in content.items():
        if isinstance(value, dict) and key not in _ONE_SETTING:
            flat |= _flat(value, f"{prefix}.{key}")
        else:
            flat[f"{prefix}.{key}"] = value
    return flat
