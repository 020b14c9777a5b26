"""What ``data`` says by itself: of FungiTastic's files, and of a table for each part."""

from collections.abc import Mapping
from typing import Any, Final

from fieldmark.manifest.fungitastic import COLUMNS
from fieldmark.manifest.table_parts import PART

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
    if content.get("format") == "fungitastic":
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
