"""Where the weights of a spec lie, and how they get into its network."""

from pathlib import Path
from typing import TYPE_CHECKING

from fieldmark.backbones.hub import published_weights
from fieldmark.backbones.loading import LoadReport, load_into
from fieldmark.backbones.networks import classifier_modules, configuration_of
from fieldmark.backbones.open_clip_towers import tower_state
from fieldmark.backbones.specs import HUB_PREFIX, BackboneSpec
from fieldmark.backbones.weights import check_recorded_options, load_state

if TYPE_CHECKING:
    import torch


def weight_file(spec: BackboneSpec) -> Path | None:
    """Return the local file of a spec's weights, fetched if need be; None for random weights.

    Raises:
        WeightsError: the weights are not known or not reachable; says what to download from where.
    """
    if spec.source == "random":
        return None
    if spec.source == "file":
        return Path(spec.weights)
    if spec.source == "hub":
        place = {"hf_hub_id": spec.weights.removeprefix(HUB_PREFIX)}
        return published_weights(spec.weights, place)
    return published_weights(f"{spec.full_name}.{spec.weights}", configuration_of(spec))


def load_weights_into(model: "torch.nn.Module", spec: BackboneSpec, file: Path) -> LoadReport:
    """Load a weight file into a network that was built for a spec; return what fitted.

    Raises:
        WeightsError: the file is damaged or does not fit, or records other options.
    """
    state = load_state(file)
    if spec.family == "open_clip":
        state = tower_state(state)
    report = load_into(model, state, classifier=classifier_modules(configuration_of(spec)))
    check_recorded_options(file, spec.options)
    return report
