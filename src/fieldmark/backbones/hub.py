"""Published weights: from the local cache, or fetched from the model hub, or one sentence, soon."""

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from fieldmark.core.errors import WeightsError

_FILE_NAMES: Final = ("model.safetensors", "pytorch_model.bin")
_HEADER_SECONDS: Final = 3.0
_PATIENCE_SECONDS: Final = 5.0


def published_weights(
    name: str, configuration: Mapping[str, Any], *, cache: Path | None = None
) -> Path:
    """Return the local file of published weights, fetched when the cache lacks it.

    Args:
        name: the full name for messages, such as "mobilenetv2_100.ra_in1k".
        configuration: timm's record of the weights.
        cache: the cache folder; None takes the hub's own.

    Raises:
        WeightsError: nothing is published; or the file is not in the cache and the hub does not
            answer within five seconds: the message says what to download from where.
    """
    found = cached_weights(name, configuration, cache=cache)
    if found is not None:
        return found
    repository, file_names, revision = _place_of(name, configuration)
    return _fetched(name, repository, file_names[0], revision, cache)


def cached_weights(
    name: str, configuration: Mapping[str, Any], *, cache: Path | None = None
) -> Path | None:
    """Return the local file of published weights, or None when the cache lacks it; asks nobody.

    Args:
        name: the full name for messages.
        configuration: timm's record of the weights.
        cache: the cache folder; None takes the hub's own.

    Raises:
        WeightsError: nothing is published.
    """
    from huggingface_hub import try_to_load_from_cache

    repository, file_names, revision = _place_of(name, configuration)
    for file_name in file_names:
        found = try_to_load_from_cache(repository, file_name, cache_dir=cache, revision=revision)
        if isinstance(found, str):
            return Path(found)
    return None


def address_of(name: str, configuration: Mapping[str, Any]) -> str:
    """Return where published weights can be downloaded; asks nobody.

    Args:
        name: the full name for messages.
        configuration: timm's record of the weights.

    Raises:
        WeightsError: nothing is published.
    """
    from huggingface_hub import hf_hub_url

    repository, file_names, revision = _place_of(name, configuration)
    return hf_hub_url(repository, file_names[0], revision=revision)


def _place_of(
    name: str, configuration: Mapping[str, Any]
) -> tuple[str, tuple[str, ...], str | None]:
    """Return the repository, the file names that it may have, and the revision."""
    place = configuration.get("hf_hub_id")
    if not place:
        raise WeightsError(_unpublished(name, configuration.get("url")))
    repository, _, revision = str(place).partition("@")
    stated = configuration.get("hf_hub_filename")
    return repository, (stated,) if stated else _FILE_NAMES, revision or None


def _fetched(
    name: str, repository: str, file_name: str, revision: str | None, cache: Path | None
) -> Path:
    from huggingface_hub import hf_hub_download, hf_hub_url

    url = hf_hub_url(repository, file_name, revision=revision)
    try:
        problem = _problem_with(url)
        if problem is None:
            return Path(hf_hub_download(repository, file_name, cache_dir=cache, revision=revision))
    except _transport_errors() as error:
        problem = _first_line(error)
    raise WeightsError(
        f"The weights of {name} are not in the local cache and cannot be fetched ({problem}): "
        f"download {url} elsewhere and give the file's path as `weights:`."
    )


def _problem_with(url: str) -> str | None:
    """Return why the hub does not have or give the file, or None; the name service may hang."""
    from huggingface_hub import get_hf_file_metadata

    expected = _transport_errors()

    answers: list[str | None] = []

    def ask() -> None:
        try:
            get_hf_file_metadata(url, timeout=_HEADER_SECONDS)
        except expected as error:
            answers.append(_first_line(error))
        else:
            answers.append(None)

    thread = threading.Thread(target=ask, name="fieldmark-hub", daemon=True)
    thread.start()
    thread.join(_PATIENCE_SECONDS)
    return answers[0] if answers else f"no answer within {_PATIENCE_SECONDS:g} s"


def _transport_errors() -> tuple[type[Exception], ...]:
    # The hub's own name for it: which HTTP library it uses has changed twice.
    from huggingface_hub.errors import HTTPError  # type: ignore[attr-defined]

    return OSError, HTTPError


def _unpublished(name: str, url: object) -> str:
    if url:
        return (
            f"The weights of {name} are not on the model hub: download {url} and give the file's "
            "path as `weights:`."
        )
    return f"No weights of {name} are published: give a file as `weights:`, or `weights: random`."


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:160]
