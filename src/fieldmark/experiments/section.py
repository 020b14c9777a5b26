"""What every part of a study file shares: frozen, no unknown keys, numbers that are numbers."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Strict, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from fieldmark.core.checks import nearest

Whole = Annotated[int, Strict()]
Number = Annotated[float, Strict()]
Truth = Annotated[bool, Strict()]
Text = Annotated[str, StringConstraints(min_length=1)]
Name = Annotated[str, StringConstraints(pattern=r"^\w[\w.+-]*$", max_length=100)]


class Section(BaseModel):
    """A part of a study file; an unknown key is refused with the nearest known one.

    Raises:
        pydantic.ValidationError: a key is unknown or missing, or a value is not what it should be.

    Example:
        >>> class Net(Section):
        ...     backbone: str
        >>> Net.model_validate({"bakcbone": "resnet18"})
        Traceback (most recent call last):
        pydantic_core._pydantic_core.ValidationError: 1 validation error for Net
          unknown key 'bakcbone'; did you mean 'backbone'? Known keys: backbone. ...
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _refuse_unknown_keys(cls, content: Any) -> Any:
        if isinstance(content, dict):
            for key in content:
                if key not in cls.model_fields:
                    raise unknown_key(str(key), tuple(cls.model_fields))
        return content


def refused(sentence: str, *where: str | int) -> PydanticCustomError:
    """Return the error that refuses the value at ``where`` with a sentence of its own.

    Args:
        sentence: what was expected, what came, what to do.
        where: the keys that lead from the section at hand to the value.
    """
    return PydanticCustomError("refused", "{sentence}", {"sentence": sentence, "where": where})


def unknown_key(key: str, known: tuple[str, ...]) -> PydanticCustomError:
    """Return the error that refuses a key and names the nearest and all known ones."""
    guess = nearest(key, known)
    hint = f"; did you mean '{guess}'?" if guess else "."
    return PydanticCustomError(
        "unknown_key",
        "unknown key '{key}'{remedy}",
        {"key": key, "remedy": f"{hint} Known keys: {', '.join(known)}.", "where": (key,)},
    )
