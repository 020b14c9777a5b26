"""The keys of ``data`` that say where the table of images comes from, and whose table it is."""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal, Self

from pydantic import ConfigDict, Discriminator, Field, Tag, model_validator

from fieldmark.experiments.section import Name, Section, Text, Truth, refused
from fieldmark.manifest.fungitastic_columns import COLUMNS
from fieldmark.manifest.part_names import PART

_LATER: Final = ("format", "resolution", "open_set", "synonyms", "unnamed")
_SPARED: Final = ("manifest", "split")


def with_defaults(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return a section with what follows from its format and from tables that are named by part.

    Args:
        content: the section as it was written.

    Example:
        >>> filled = with_defaults({"format": "fungitastic", "images": "data"})
        >>> filled["manifest"], filled["group"], filled["split"]
        ('data/metadata/FungiTastic', 'observationID', 'part')
    """
    defaults: dict[str, Any] = {}
    images = content.get("images")
    if content.get("format", "table") != "table":
        defaults = COLUMNS | {"split": PART, "unnamed": "exclude", "resolution": "300p"}
        if isinstance(images, str):
            defaults["manifest"] = f"{images.rstrip('/')}/metadata/FungiTastic"
        if content.get("label") is not None:
            del defaults["ranks"]
    elif isinstance(content.get("manifest"), Mapping):
        defaults = {"split": PART}
    return defaults | dict(content)


def spare_keys(schema: dict[str, Any]) -> None:
    """Let the JSON schema do without the keys that a format or tables by part make needless."""
    schema["required"] = [key for key in schema["required"] if key not in _SPARED]


class TableSources(Section):
    """Which tables and images a study reads, and what is done to names before anything else."""

    format: Annotated[
        Literal["table", "fungitastic"],
        Field(
            description="Whose tables these are. With fungitastic, FungiTastic's files are read as "
            "they are: it names the columns, the parts and the paths by itself, and any of these "
            "keys may still be given."
        ),
    ] = "table"
    manifest: Annotated[
        Annotated[Text, Tag("one")] | Annotated[dict[Name, Text], Tag("parts")],
        Discriminator(lambda content: "parts" if isinstance(content, dict) else "one"),
        Field(
            description="The table of images: CSV, TSV or Parquet, beside the study file; or one "
            "table for each part, as {train: a.csv, validation: b.csv, test: c.csv}, whose rows "
            "get a column part. With fungitastic: the folder of the tables, or one table for each "
            "part; it may be left out there, for metadata/FungiTastic below the images."
        ),
    ]
    images: Annotated[
        Text,
        Field(
            description="The folder that the image paths start from. With fungitastic: the one "
            "that holds FungiTastic/train/300p."
        ),
    ]
    resolution: Annotated[
        Literal["300p", "500p", "720p", "fullsize"] | None,
        Field(description="Which size of FungiTastic's photographs to read; 300p unless given."),
    ] = None
    open_set: Annotated[
        Truth,
        Field(
            description="Whether to take FungiTastic's tables of the open set, where validation "
            "and test have species that training lacks."
        ),
    ] = False
    synonyms: Annotated[
        Text | None,
        Field(
            description="A table of names that gave way to others: columns name, accepted and, "
            "where it matters, rank. Applied before anything else, chains resolved."
        ),
    ] = None
    unnamed: Annotated[
        Literal["fail", "exclude"],
        Field(
            description="What to do with images that have no label: stop, or leave out and count "
            "(with fungitastic: exclude unless given)."
        ),
    ] = "fail"
    model_config = ConfigDict(json_schema_extra=spare_keys)

    @model_validator(mode="before")
    @classmethod
    def _fill_in(cls, content: Any) -> Any:
        return with_defaults(content) if isinstance(content, dict) else content

    @model_validator(mode="after")
    def _check_format(self) -> Self:
        if self.format == "table":
            for key in ("resolution", "open_set"):
                if getattr(self, key):
                    raise refused(
                        f"data.{key} is of FungiTastic's files; set data.format: fungitastic, or "
                        "leave it out.",
                        key,
                    )
        return self

    def bearing(self) -> dict[str, Any]:
        """Return what results depend on; keys that came later count only where they are given.

        Example:
            >>> tables = TableSources(manifest="m.csv", images="i")
            >>> tables.bearing(), tables.tables
            ({'manifest': 'm.csv', 'images': 'i'}, ('m.csv',))
        """
        fields = type(self).model_fields
        unsaid = {key for key in _LATER if getattr(self, key) == fields[key].default}
        return self.model_dump(mode="json", exclude={"accept", "hazard", *unsaid})

    @property
    def tables(self) -> tuple[str, ...]:
        """The files and folders that hold tables: those of the images, and synonyms."""
        named = (self.manifest,) if isinstance(self.manifest, str) else self.manifest.values()
        return (*named, *((self.synonyms,) if self.synonyms else ()))
