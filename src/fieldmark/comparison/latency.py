"""How fast two contenders answer: only on the same device, batch size and precision."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from scipy.special import stdtr, stdtrit

from fieldmark.core.checks import field_differences
from fieldmark.core.errors import NotComparableError, PredictionsError
from fieldmark.evaluation.estimates import require_level
from fieldmark.predictions.table import Predictions

KEY = "latency"


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """How long a contender takes for one image, measured again and again.

    It lies in the provenance of a table's header, under ``latency``.

    Attributes:
        device: what it ran on, such as "NVIDIA H100" or "Intel Xeon, 2 threads".
        milliseconds: per image, one for each repetition; at least two, above 0.
        batch_size: images at a time; at least 1.
        precision: of the numbers, such as "float32".

    Raises:
        PredictionsError: there are fewer than two repetitions, or one is not above 0.
    """

    device: str
    milliseconds: tuple[float, ...]
    batch_size: int = 1
    precision: str = "float32"

    def __post_init__(self) -> None:
        object.__setattr__(self, "milliseconds", tuple(self.milliseconds))
        if len(self.milliseconds) < 2 or not all(
            math.isfinite(ms) and ms > 0 for ms in self.milliseconds
        ):
            raise PredictionsError(
                "Expected at least two repetitions of a latency, each above 0 ms; got"
                f" {list(self.milliseconds)[:3]}. Measure it again and keep every repetition."
            )

    def to_dict(self) -> dict[str, Any]:
        """Return the record as a header's provenance holds it."""
        return asdict(self) | {"milliseconds": list(self.milliseconds)}


@dataclass(frozen=True, slots=True, kw_only=True)
class LatencyComparison:
    """The ratio of two contenders' times on one device.

    Attributes:
        a: the contender that the verdict is about.
        b: the contender that it is compared with.
        device: what both ran on.
        a_ms: geometric mean of the first, milliseconds per image.
        b_ms: geometric mean of the second.
        ratio: a_ms / b_ms; below 1 the first is faster.
        low: lower end of the interval of the ratio.
        high: upper end.
        p_value: two-sided, of equal times.
        verdict: "faster", "slower" or "not distinguishable".
    """

    a: str
    b: str
    device: str
    a_ms: float
    b_ms: float
    ratio: float
    low: float
    high: float
    p_value: float
    verdict: str

    def sentence(self) -> str:
        """Return the verdict in one sentence."""
        return (
            f"{self.a} is {self.verdict} {'from' if self.verdict[0] == 'n' else 'than'} {self.b} on"
            f" {self.device}: {self.a_ms:.3g} against {self.b_ms:.3g} ms an image, ratio"
            f" {self.ratio:.3f} (interval {self.low:.3f} to {self.high:.3f})."
        )


def latency_of(predictions: Predictions) -> Latency:
    """Return the latency that a table's header records.

    Raises:
        NotComparableError: it records none, or what it records is no latency.
    """
    content = predictions.header.provenance.get(KEY)
    if not isinstance(content, Mapping):
        raise NotComparableError(
            f"Expected a latency in the provenance of {predictions.header.contender}; there is"
            " none. Measure it on the device where both shall be compared."
        )
    try:
        return Latency(**content)
    except TypeError as error:
        raise NotComparableError(
            f"The latency of {predictions.header.contender} is not readable ({error})."
        ) from None


def compare_latency(a: Predictions, b: Predictions, *, level: float = 0.95) -> LatencyComparison:
    """Return which of two contenders answers faster, or refuse in words.

    Welch's t-test on the logarithms of the repeated times.

    Args:
        a: table of the contender that the verdict is about, with its latency.
        b: table of the contender that it is compared with.
        level: coverage of the interval of the ratio, in (0, 1).

    Raises:
        NotComparableError: a latency is missing, or they were measured on different devices, batch
            sizes or precisions.
        PredictionsError: the level is no coverage, or a latency is out of range.
    """
    require_level(level)
    names = a.header.contender, b.header.contender
    first, second = latency_of(a), latency_of(b)
    differ = field_differences(_ground(first), _ground(second))
    if differ:
        raise NotComparableError(
            f"Latencies of {names[0]} and {names[1]} cannot be compared: {'; '.join(differ)}."
            " Measure both on one device, with one batch size and precision."
        )
    logs = [np.log(np.array(one.milliseconds)) for one in (first, second)]
    difference = float(logs[0].mean() - logs[1].mean())
    parts = [float(one.var(ddof=1)) / len(one) for one in logs]
    error = math.sqrt(sum(parts))
    if error > 0:
        df = error**4 / sum(part**2 / (len(one) - 1) for part, one in zip(parts, logs, strict=True))
        reach = float(stdtrit(df, (1 + level) / 2)) * error
        p_value = 2 * float(stdtr(df, -abs(difference) / error))
    else:
        reach, p_value = 0.0, float(difference == 0)
    side = "faster" if difference < 0 else "slower"
    return LatencyComparison(
        a=names[0],
        b=names[1],
        device=first.device,
        a_ms=math.exp(logs[0].mean()),
        b_ms=math.exp(logs[1].mean()),
        ratio=math.exp(difference),
        low=math.exp(difference - reach),
        high=math.exp(difference + reach),
        p_value=p_value,
        verdict=side if p_value < 1 - level else "not distinguishable",
    )


def _ground(latency: Latency) -> dict[str, object]:
    return {
        "device": latency.device,
        "batch size": latency.batch_size,
        "precision": latency.precision,
    }
