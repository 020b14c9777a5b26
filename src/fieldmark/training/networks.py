"""A network with a new classifier, opened for fine-tuning and opened again afterwards."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch

from fieldmark.backbones.networks import (
    build_network,
    configuration_of,
    contract_of,
)
from fieldmark.backbones.specs import BackboneSpec
from fieldmark.backbones.weight_files import load_weights_into, weight_file
from fieldmark.backbones.weights import load_state
from fieldmark.core.errors import StudyError
from fieldmark.core.randomness import seed_for
from fieldmark.heads.fine_to_coarse import FineToCoarse
from fieldmark.heads.tree_layout import TreeLayout
from fieldmark.images.contract import PreprocessSpec
from fieldmark.training.lora import add_adapters
from fieldmark.training.settings import TrainingSettings
from fieldmark.training.tree_outputs import TreeOutputs
from fieldmark.training.warm_start import load_by_prefix


@dataclass(frozen=True, slots=True, eq=False)
class OpenNetwork:
    """A network that is ready to be fine-tuned.

    Attributes:
        module: the network with its classifier.
        contract: how pictures must be prepared.
        before: the values of everything but the classifier, before any step; no adapters.
        loaded: what of the weights fitted, in words.
    """

    module: torch.nn.Module
    contract: PreprocessSpec
    before: Mapping[str, torch.Tensor]
    loaded: str


def open_network(
    spec: BackboneSpec,
    *,
    classes: int,
    seed: int,
    settings: TrainingSettings,
    outputs: TreeOutputs | None = None,
) -> OpenNetwork:
    """Return a network with its weights and a new classifier drawn from a seed.

    The global random generators are left as they were.

    Args:
        spec: network, weights and options.
        classes: number of classes: the width of the classifier without a tree.
        seed: of the classifier and the adapters.
        settings: warm start and LoRA.
        outputs: what the classifier gives where the classes are leaves of a tree.

    Raises:
        WeightsError: the network or its weights are not known, not reachable or do not fit.
        StudyError: the network takes no classifier, or has nothing to adapt.
    """
    configuration = configuration_of(spec)
    contract = contract_of(spec, configuration)
    module = build_network(spec)
    loaded = _load(module, spec, settings)
    if settings.norms == "count" and spec.source != "random":
        _require_counted_norms(module, spec)
    before = {name: value.detach().clone() for name, value in module.state_dict().items()}
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed_for("classifier", seed))
        give_classifier(module, classes, outputs)
        if settings.lora is not None:
            add_adapters(module, settings.lora, classifier=classifier_name(module))
    return OpenNetwork(module.to(memory_format=torch.channels_last), contract, before, loaded)


def give_classifier(
    module: torch.nn.Module, classes: int, outputs: TreeOutputs | None = None
) -> None:
    """Give a network a new classifier, changed in place.

    Args:
        module: a network of timm.
        classes: number of classes.
        outputs: what it gives where the classes are leaves of a tree; None for one logit a class.

    Raises:
        StudyError: the network has no place for one, or for one with hidden blocks.
    """
    reset = getattr(module, "reset_classifier", None)
    if reset is None:
        raise StudyError(
            f"{type(module).__name__} takes no new classifier, so it cannot be fine-tuned; take a"
            " network of timm."
        )
    reset(classes if outputs is None else outputs.width)
    if outputs is not None and outputs.hidden is not None:
        _give_blocks(module, outputs.layout, outputs.hidden)


def _give_blocks(module: torch.nn.Module, layout: TreeLayout, hidden: int) -> None:
    """Put hidden blocks and their heads in the place of a linear classifier."""
    classifier = module.get_classifier()
    if not isinstance(classifier, torch.nn.Linear):
        raise StudyError(
            f"Expected one linear classifier in {type(module).__name__}, in whose place a block for"
            f" each rank can stand; it has another one ({type(classifier).__name__}). Take the"
            " structure 'ranks', or another network."
        )
    parent, _, name = classifier_name(module).rpartition(".")
    blocks = FineToCoarse(layout, width=classifier.in_features, hidden=hidden)
    setattr(module.get_submodule(parent), name, blocks)


def classifier_name(module: torch.nn.Module) -> str:
    """Return the name of the module that is the classifier.

    Raises:
        StudyError: there are several.
    """
    classifier = module.get_classifier()
    names: list[str] = [name for name, part in module.named_modules() if part is classifier]
    if not names:
        raise StudyError(
            f"{type(module).__name__} has several classifiers, so adapters cannot be put beside"
            " all else; train its last stages."
        )
    return names[0]


def batch_norms(module: torch.nn.Module) -> list[torch.nn.Module]:
    """Return the batch norms of a network that have statistics."""
    kind = torch.nn.modules.batchnorm._BatchNorm  # noqa: SLF001 - the base of all batch norms
    return [
        part for part in module.modules() if isinstance(part, kind) and part.track_running_stats
    ]


def _require_counted_norms(module: torch.nn.Module, spec: BackboneSpec) -> None:
    """Refuse weights whose batch norms were folded away: counting anew would undo the weights."""
    norms = batch_norms(module)
    folded = [
        norm
        for norm in norms
        if not bool(norm.running_mean.any()) and bool((norm.running_var == 1).all())
    ]
    if 2 * len(folded) > len(norms):
        raise StudyError(
            f"{len(folded)} of {len(norms)} batch norms in the weights of {spec.name} have mean 0"
            " and variance 1: their statistics were folded into other weights, and counting anew"
            " would destroy what was learnt. Write norms: unfold, or norms: hold."
        )


def _load(module: torch.nn.Module, spec: BackboneSpec, settings: TrainingSettings) -> str:
    file = weight_file(spec)
    said = "random weights" if file is None else str(load_weights_into(module, spec, file))
    warm = settings.warm_start
    if warm is not None:
        report = load_by_prefix(
            module,
            load_state(Path(warm.file)),
            prefix=warm.prefix,
            minimum_coverage=warm.minimum_coverage,
        )
        said = f"warm start: {report}"
    return said
