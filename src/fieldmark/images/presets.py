"""What is done to training images, under the names that practitioners use."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from fieldmark.core.checks import unknown_choice
from fieldmark.core.digests import digest_of
from fieldmark.core.errors import ImageError

_MIRRORING: Final = frozenset({"mirror"})
_HIDING: Final = frozenset({"erase", "leaves"})


@dataclass(frozen=True, slots=True)
class Step:
    """One change of a picture; its strength is drawn anew each time.

    Attributes:
        kind: which change, such as "turn".
        chance: how often it is made, in [0, 1].
        settings: name and value of what bounds its strength.
        note: what it does, in words.
    """

    kind: str
    chance: float
    settings: tuple[tuple[str, float], ...]
    note: str

    @property
    def mirrors(self) -> bool:
        """Whether it may exchange left and right: wrong where a class or individual has a side."""
        return self.kind in _MIRRORING

    @property
    def hides(self) -> bool:
        """Whether it covers a part: wrong where that part alone tells two individuals apart."""
        return self.kind in _HIDING


@dataclass(frozen=True, slots=True)
class Preset:
    """What is done to a training image, one step after the other.

    Attributes:
        name: as studies write it.
        summary: what it is for, in words.
        steps: the changes, in order; none leaves the picture alone.

    Example:
        >>> preset_of("conveyor").safe_for_metric_learning, preset_of("heavy").mirrors
        (True, True)
    """

    name: str
    summary: str
    steps: tuple[Step, ...]

    @property
    def mirrors(self) -> bool:
        """Whether a step may exchange left and right."""
        return any(step.mirrors for step in self.steps)

    @property
    def hides(self) -> bool:
        """Whether a step covers a part of the picture."""
        return any(step.hides for step in self.steps)

    @property
    def safe_for_metric_learning(self) -> bool:
        """Whether an individual stays itself: nothing is mirrored and nothing is covered."""
        return not (self.mirrors or self.hides)

    @property
    def digest(self) -> str:
        """The digest of the name and of every step with its settings."""
        return digest_of(self.to_dict())

    def to_dict(self) -> dict[str, Any]:
        """Return what the result depends on, ready for JSON."""
        steps = [
            {"kind": step.kind, "chance": step.chance, "settings": dict(step.settings)}
            for step in self.steps
        ]
        return {"name": self.name, "steps": steps}


def preset_of(name: str) -> Preset:
    """Return the preset of a name.

    Raises:
        ImageError: there is none; the message lists what there is.
    """
    if name not in PRESETS:
        raise ImageError(unknown_choice("augmentation preset", name, PRESETS))
    return PRESETS[name]


def _step(kind: str, note: str, *, chance: float = 1.0, **settings: float) -> Step:
    return Step(kind, chance, tuple(sorted(settings.items())), note)


_MIRROR = _step("mirror", "left and right exchanged", chance=0.5)
_ALL = (
    Preset("none", "the picture as the contract leaves it", ()),
    Preset(
        "light",
        "small differences of framing and light; mirrors nothing",
        (
            _step("cut", "80 to 100 % of the area", least=0.8, stretch=1.1),
            _step("turn", "up to 10 degrees", degrees=10),
            _step("light", "brightness and contrast within 15 %", brightness=0.15, contrast=0.15),
        ),
    ),
    Preset(
        "heavy",
        "strong differences of framing, light and colour; mirrors",
        (
            _MIRROR,
            _step("cut", "35 to 100 % of the area", least=0.35, stretch=1.33),
            _step("turn", "up to 25 degrees", degrees=25, chance=0.7),
            _step("light", "brightness and contrast within 40 %", brightness=0.4, contrast=0.4),
            _step("tint", "colourfulness within 40 %, hue 12 degrees", saturation=0.4, hue=12),
            _step("erase", "a rectangle of 2 to 15 % of noise", least=0.02, most=0.15, chance=0.25),
        ),
    ),
    Preset(
        "any-orientation",
        "things without an up: every turn, and mirrored",
        (
            _MIRROR,
            _step("turn", "any angle", degrees=180),
            _step("cut", "80 to 100 % of the area", least=0.8, stretch=1.1),
            _step("light", "brightness and contrast within 15 %", brightness=0.15, contrast=0.15),
        ),
    ),
    Preset(
        "conveyor",
        "things that pass a camera: blurred along the belt, which runs from side to side",
        (
            _step("turn", "up to 5 degrees", degrees=5),
            _step(
                "motion",
                "a way of 2 to 10 % of the side, within 20 degrees of horizontal",
                chance=0.8,
                direction=0,
                cone=20,
                least=0.02,
                most=0.1,
            ),
            _step("light", "brightness within 30 %, contrast 15 %", brightness=0.3, contrast=0.15),
        ),
    ),
    Preset(
        "season",
        "other weather and time of year: colour, hue and shadows",
        (
            _step("tint", "colourfulness within 45 %, hue 18 degrees", saturation=0.45, hue=18),
            _step("light", "brightness and contrast within 30 %", brightness=0.3, contrast=0.3),
            _step("shade", "a shadow of 20 to 60 % depth", least=0.2, most=0.6, chance=0.6),
        ),
    ),
    Preset(
        "occlusion",
        "things partly hidden: erased rectangles and leaves",
        (
            _step("erase", "a rectangle of 4 to 20 % of noise", least=0.04, most=0.2, chance=0.5),
            _step("leaves", "up to 3 leaves from the borders", most=3, chance=0.8),
        ),
    ),
)

#: Every preset by its name.
PRESETS: Final[Mapping[str, Preset]] = MappingProxyType({preset.name: preset for preset in _ALL})
