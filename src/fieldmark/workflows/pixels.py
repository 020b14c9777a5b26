"""What the prepared images of a study's parts look like, measured once and kept."""

from collections.abc import Mapping
from typing import Any

from pydantic import JsonValue

from fieldmark.core.digests import digest_of
from fieldmark.core.progress import Progress
from fieldmark.core.storage import read_json, write_json
from fieldmark.images.contract import PreprocessSpec
from fieldmark.images.pixel_statistics import PixelStatistics, drift_of
from fieldmark.images.seen_pixels import seen_pixels
from fieldmark.workflows.ground import Ground
from fieldmark.workflows.regions import regions_of

_NAME_LENGTH = 32


def pixels_of(ground: Ground, contract: PreprocessSpec, part: str) -> PixelStatistics | None:
    """Return the statistics of up to 300 images of a part, prepared as a contract says.

    They are measured once for each contract and content of the study, so that many heads on one
    backbone ask for them at no cost.

    Args:
        ground: the study.
        contract: how the images are prepared.
        part: of the split.

    Returns:
        statistics; None where no image of the part can be read.

    Raises:
        ImageError: the pixels contradict the range that the contract states.
        StudyError: the contract asks for masks or boxes that the study does not name.
    """
    name = digest_of([contract.digest, ground.content_digest, part])[:_NAME_LENGTH]
    path = ground.results / "pixels" / f"{name}.json"
    if path.is_file():
        content: dict[str, Any] | None = read_json(path)
        return None if content is None else PixelStatistics.from_dict(content)
    images = ground.manifest.select(ground.split.ids(part))
    regions = regions_of(images, contract)
    own = None if regions is None else list(regions.values())
    found = seen_pixels(images.image_paths(), contract, regions=own)
    write_json(path, None if found is None else found.to_dict())
    return found


def pixel_worries(
    trained: PixelStatistics | None,
    judged: Mapping[str, PixelStatistics | None],
    progress: Progress,
) -> list[dict[str, JsonValue]]:
    """Return, and say, which judged parts are far from the training images; none where none is.

    Args:
        trained: of the training part.
        judged: of each part that is predicted.
        progress: who is told.
    """
    found: list[dict[str, JsonValue]] = []
    for part, seen in judged.items():
        drift = None if trained is None or seen is None else drift_of(trained, seen)
        if drift is not None:
            sentence = f"Part '{part}': {drift}"
            progress.say(sentence)
            found.append({"code": "pixels_unlike_training", "sentence": sentence, "dead": False})
    return found
