"""The packages that fieldmark runs with here, as a list that pip installs elsewhere."""

import importlib.metadata
import re
from collections.abc import Iterator

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_OWN = "fieldmark"


def installed_requirements() -> tuple[str, ...]:
    """Return "name==version" of every installed package that fieldmark rests on, in order of names.

    What only an extra of another package asks for is left out, and so is fieldmark itself. A local
    mark of a version ("+cpu") is left out too, because a package index has none.

    Example:
        >>> any(line.startswith("numpy==") for line in installed_requirements())
        True
    """
    found: dict[str, str] = {}
    waiting = list(_needs(_OWN, with_extras=True))
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        try:
            version = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue  # another platform's, or an extra that is not installed here
        found[name] = version.split("+")[0]
        waiting.extend(_needs(name, with_extras=False))
    return tuple(f"{name}=={version}" for name, version in sorted(found.items()))


def _needs(package: str, *, with_extras: bool) -> Iterator[str]:
    try:
        needed = importlib.metadata.requires(package) or []
    except importlib.metadata.PackageNotFoundError:
        needed = []
    for requirement in needed:
        name = _NAME.match(requirement)
        if name and (with_extras or "extra ==" not in requirement):
            yield name[0].lower().replace("_", "-")
