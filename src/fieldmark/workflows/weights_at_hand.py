"""Whether the weights of a contender can be had without a connection."""

from typing import Any

from fieldmark.backbones.hub import address_of, cached_weights
from fieldmark.backbones.networks import configuration_of
from fieldmark.backbones.specs import HUB_PREFIX
from fieldmark.experiments.study_file import StudyFile
from fieldmark.workflows.learning import backbone_spec


def weights_at_hand(file: StudyFile, contender: str) -> tuple[bool, str]:
    """Return whether the weights of a contender are here, and where, or what to download.

    Nobody is asked over the network.

    Args:
        file: the study; files that it names are there.
        contender: one that is trained here.

    Raises:
        WeightsError: the network or the tag is not known, or nothing is published.
    """
    config: Any = file.study.contenders[contender]
    spec = backbone_spec(file, config.backbone)
    configuration = configuration_of(spec)
    if spec.source == "random":
        return True, "drawn from a seed"
    if spec.source == "file":
        return True, spec.weights
    name = f"{spec.full_name}.{spec.weights}"
    if spec.source == "hub":
        name, configuration = spec.weights, {"hf_hub_id": spec.weights.removeprefix(HUB_PREFIX)}
    found = cached_weights(name, configuration)
    if found is not None:
        return True, str(found)
    return False, (
        f"{name} is not in the local cache: download {address_of(name, configuration)} and give"
        " the file's path as `weights:`, or run once with a connection."
    )
