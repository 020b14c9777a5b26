"""What made an artefact: versions, platform and time."""

import datetime
import importlib.metadata
import platform
import sys

_PACKAGES = ("numpy", "scipy", "polars", "pillow", "torch", "timm", "open-clip-torch", "lightning")


def provenance() -> dict[str, str]:
    """Return the versions of fieldmark, Python and the packages that numbers depend on.

    A package that is not installed is left out. ``created`` is UTC in ISO 8601. Imports nothing.

    Example:
        >>> sorted(provenance())[:2]
        ['created', 'fieldmark']
    """
    found = {
        "fieldmark": version_of("fieldmark") or "not installed",
        "python": sys.version.split()[0],
        "platform": platform.platform(terse=True),
        "created": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
    }
    for package in _PACKAGES:
        version = version_of(package)
        if version is not None:
            found[package] = version
    return found


def version_of(package: str) -> str | None:
    """Return the installed version of a package, or None when it is not installed."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None
