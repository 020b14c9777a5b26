"""What is known of the licence of weights, in sentences."""

from pathlib import Path

from fieldmark.backbones.networks import configuration_of
from fieldmark.backbones.specs import BackboneSpec


def licence_notes(spec: BackboneSpec) -> tuple[str, ...]:
    """Return what is known of the licence of a backbone's weights, one sentence each.

    Example:
        >>> licence_notes(BackboneSpec("resnet18"))
        ('The weights of resnet18 began as random numbers: nobody else has rights in them.',)
    """
    if spec.licence:
        return (f"The weights of {spec.name} are under the licence {spec.licence}.",)
    if spec.source == "random":
        return (
            f"The weights of {spec.name} began as random numbers: nobody else has rights in them.",
        )
    if spec.source == "file":
        return (
            f"The weights of {spec.name} came from the file {Path(spec.weights).name}, which states"
            " no licence: ask where it came from before passing them on.",
        )
    if spec.source == "hub":
        return (
            f"The weights of {spec.name} came from {spec.weights}, where their licence stands: look"
            " it up before passing them on.",
        )
    record = configuration_of(spec)
    licence, origin = record.get("license"), record.get("origin_url")
    where = f" (origin: {origin})" if origin else ""
    if not licence:
        return (
            f"The weights {spec.name}.{spec.weights} are published without a recorded"
            f" licence{where}: look it up before passing them on.",
        )
    return (f"The weights {spec.name}.{spec.weights} are under the licence {licence}{where}.",)
