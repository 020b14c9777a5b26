"""The record of a fusion: how two contenders are fused, what chose that, and whether it is kept."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from fieldmark.core.checks import count_of, unknown_choice
from fieldmark.core.digests import digest_of
from fieldmark.core.errors import DecisionError
from fieldmark.decision.calibrators import Calibrator, calibrator_from_dict
from fieldmark.decision.fusion_choice import TEMPERATURES, Plateau
from fieldmark.decision.fusion_rules import METHODS, FusionMethod, Parameters


@dataclass(frozen=True, slots=True, kw_only=True)
class FusionSettings:
    """How two sources are fused.

    Attributes:
        method: "linear", "log-linear", "per-class" or "stacked".
        metric: what weights are chosen by, and what the gain is in.
        temperatures: what the second source may be divided by, after calibration.
        level: coverage of the one-sided bound that the gain must clear, in (0, 1).
        resamples: number of bootstrap draws.
        seed: of folds and draws.

    Raises:
        DecisionError: an unknown method, no temperature above 0, or no level.
    """

    method: FusionMethod = "log-linear"
    metric: str = "accuracy"
    temperatures: tuple[float, ...] = tuple(TEMPERATURES.tolist())
    level: float = 0.95
    resamples: int = 2000
    seed: int = 0

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise DecisionError(unknown_choice("way to fuse", str(self.method), METHODS))
        if not self.temperatures or min(self.temperatures) <= 0:
            raise DecisionError(
                f"Expected temperatures above 0 to try; got {list(self.temperatures)}."
            )
        if not 0.5 < self.level < 1:
            raise DecisionError(f"Expected a level between 0.5 and 1; got {self.level}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fusion:
    """How two contenders are fused, what that was chosen on, and whether it is worth it.

    Attributes:
        first: name of the first contender.
        second: name of the second contender.
        settings: how it was fitted.
        parameters: the fitted rule.
        calibrators: of the first and the second contender.
        plateau: how far the weight could move; None for a stacked rule.
        entropies: mean entropy of each source as a share of the largest possible.
        fitted_on: name of the part that everything was fitted on.
        fitted_items_digest: digest of its items.
        n: number of items whose label is a class.
        groups: number of groups that were kept whole; None for independent items.
        better: the better contender by itself, on that part.
        gain: cross-fitted gain over it, in the metric.
        gain_low: its one-sided lower bound.
    """

    first: str
    second: str
    settings: FusionSettings
    parameters: Parameters
    calibrators: tuple[Calibrator, Calibrator]
    plateau: Plateau | None
    entropies: tuple[float, float]
    fitted_on: str
    fitted_items_digest: str
    n: int
    groups: int | None
    better: str
    gain: float
    gain_low: float

    @property
    def is_kept(self) -> bool:
        """Whether the lower bound of the gain is above zero; otherwise the better one answers."""
        return self.gain_low > 0

    @property
    def digest(self) -> str:
        """Digest of everything."""
        return digest_of(self.to_dict())

    def to_dict(self) -> dict[str, Any]:
        """Return the record as it is written to JSON."""
        return asdict(self) | {"is_kept": self.is_kept, "sentences": list(self.sentences())}

    def sentences(self) -> tuple[str, ...]:
        """Return what was found and decided, one sentence each."""
        gain, low = 100 * self.gain, 100 * self.gain_low
        bound = f"{gain:+.2f} points, lower bound {low:+.2f} at {100 * self.settings.level:g} %"
        said = [
            f"{self.settings.method} fusion against {self.better} alone, on"
            f" {count_of(self.n, 'item')} of '{self.fitted_on}', cross-fitted, in"
            f" {self.settings.metric}: {bound}."
        ]
        if self.plateau is not None:
            said.append(self._weight_in_words(self.plateau))
        said.append(
            f"Mean entropy, as a share of the largest possible: {self.first}"
            f" {self.entropies[0]:.2f}, {self.second} {self.entropies[1]:.2f}."
        )
        said.append(
            "The fusion is kept."
            if self.is_kept
            else f"Not shown to be better: {self.better} alone answers."
        )
        return tuple(said)

    def _weight_in_words(self, plateau: Plateau) -> str:
        if plateau.is_flat:
            return (
                f"The sweep is flat: no weight of {self.second} can be told from any other, so"
                " nothing is learnt about it."
            )
        return (
            f"{self.second} gets weight {self.parameters['weight'][0]:.2f} at temperature"
            f" {self.parameters['temperature'][0]:.2f} (bootstrap interval"
            f" {plateau.weight_low:.2f} to {plateau.weight_high:.2f}; not distinguishable"
            f" from it: {plateau.low:.2f} to {plateau.high:.2f})."
        )


def fusion_from_dict(content: Mapping[str, Any]) -> Fusion:
    """Return the fusion that ``to_dict`` wrote.

    Raises:
        DecisionError: a field is missing or unknown.
    """
    plain = {name: value for name, value in content.items() if name not in ("is_kept", "sentences")}
    try:
        settings = dict(plain["settings"])
        first, second = (calibrator_from_dict(one) for one in plain["calibrators"])
        record = {
            **plain,
            "settings": FusionSettings(
                **{**settings, "temperatures": tuple(settings["temperatures"])}
            ),
            "parameters": {name: tuple(row) for name, row in plain["parameters"].items()},
            "calibrators": (first, second),
            "plateau": None if plain["plateau"] is None else Plateau(**plain["plateau"]),
            "entropies": tuple(plain["entropies"]),
        }
        return Fusion(**record)
    except (KeyError, TypeError, ValueError) as error:
        raise DecisionError(f"This is not a stored fusion: {error}.") from None
