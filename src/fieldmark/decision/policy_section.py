"""What the parts of a policy share: frozen, no unknown keys, and the sections of costs."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, Strict, model_validator
from pydantic_core import PydanticCustomError

from fieldmark.core.checks import nearest

Share = Annotated[float, Strict(), Field(gt=0, lt=1)]
SharePerLot = Annotated[float, Strict(), Field(gt=0, le=1)]
Cost = Annotated[float, Strict(), Field(gt=0)]
Name = Annotated[str, Field(min_length=1)]


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _as_written(value: Any) -> Any:
    """Return whole numbers as a table writes them, and one value as a list of one."""
    values = value if isinstance(value, list | tuple) else [value]
    return [str(one) if type(one) is int else one for one in values]


ColumnValues = Annotated[tuple[Name, ...], BeforeValidator(_as_written), Field(min_length=1)]
Names = Annotated[tuple[Name, ...], BeforeValidator(_as_list), Field(min_length=1)]


class PolicySection(BaseModel):
    """A part of a policy; an unknown key is refused with the nearest known one.

    Raises:
        pydantic.ValidationError: a key is unknown or missing, or a value is not what it should be.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
    in_words: ClassVar[str] = "the policy"

    @model_validator(mode="before")
    @classmethod
    def _check_keys(cls, content: Any) -> Any:
        if isinstance(content, Mapping):
            for key in content:
                if key not in cls.model_fields:
                    raise _unknown_key(str(key), tuple(cls.model_fields))
            for key, field in cls.model_fields.items():
                if field.is_required() and key not in content:
                    raise refused(f"{cls.in_words} needs the key '{key}': {field.description}")
        return content


class CostsSection(PolicySection):
    """What mistakes cost, in any unit."""

    in_words: ClassVar[str] = "the section of costs"

    miss: Cost = Field(description="Cost of a positive that is let pass.")
    false_alarm: Cost = Field(description="Cost of a negative that raises the alarm.")
    review: Cost | None = Field(default=None, description="Cost of looking at one item.")


class PoisonSection(PolicySection):
    """Taking a poisonous class for a harmless one."""

    in_words: ClassVar[str] = "the section of poison costs"

    classes: Names | None = Field(
        default=None, description="The poisonous classes; or 'column' instead."
    )
    column: Name | None = Field(
        default=None,
        description="The column of the items that tells of each whether its class is poisonous.",
    )
    values: ColumnValues = Field(
        default=("1",), description="The values of that column that mean poisonous."
    )
    cost: Annotated[float, Strict(), Field(gt=1)] = Field(
        description="Cost of answering a harmless class for a poisonous one; other mistakes cost 1."
    )

    @model_validator(mode="after")
    def _check_source(self) -> "PoisonSection":
        if (self.classes is None) == (self.column is None):
            given = "neither is" if self.classes is None else "both are"
            raise refused(
                "poison needs either 'classes' (their names) or 'column' (of the items, with its "
                f"'values'); {given} given."
            )
        return self


def refused(sentence: str) -> PydanticCustomError:
    """Return the error that refuses a section with a sentence of its own."""
    return PydanticCustomError("refused", "{sentence}", {"sentence": sentence, "where": ()})


def _unknown_key(key: str, known: tuple[str, ...]) -> PydanticCustomError:
    guess = nearest(key, known)
    hint = f"; did you mean '{guess}'?" if guess else "."
    return PydanticCustomError(
        "unknown_key",
        "unknown key '{key}'{remedy}",
        {"key": key, "remedy": f"{hint} Known keys: {', '.join(known)}.", "where": (key,)},
    )
