import numpy as np
import pytest

from fieldmark.comparison.latency import Latency, compare_latency, latency_of
from fieldmark.core.errors import NotComparableError, PredictionsError


@pytest.fixture
def timed(contender):
    def made(name, ms, **facts):
        rng = np.random.default_rng(len(name))
        times = tuple((ms * np.exp(rng.normal(scale=0.03, size=20))).tolist())
        latency = Latency(**({"device": "H100", "milliseconds": times} | facts))
        return contender(name, ["a"], ["a"], provenance={"latency": latency.to_dict()})

    return made


def test_a_faster_one_is_faster_and_the_other_way_round_slower(timed):
    a, b = timed("small", 2.0), timed("large one", 3.0)
    there, back = compare_latency(a, b), compare_latency(b, a)
    assert (there.verdict, back.verdict) == ("faster", "slower")
    assert there.ratio == pytest.approx(2 / 3, rel=0.05)
    assert there.low < there.ratio < there.high < 1
    assert back.ratio == pytest.approx(1 / there.ratio)
    assert there.sentence().startswith("small is faster than large one on H100: ")
    same = compare_latency(a, timed("small", 2.0))
    assert (same.verdict, same.p_value) == ("not distinguishable", pytest.approx(1.0))
    assert "small is not distinguishable from small on H100" in same.sentence()


def test_times_without_any_spread_decide_by_themselves(timed):
    a, b = (timed("x", 1, milliseconds=(ms, ms)) for ms in (1.0, 2.0))
    assert compare_latency(a, b).verdict == "faster"
    assert compare_latency(a, a).verdict == "not distinguishable"


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        ({"device": "Intel Xeon"}, "device: H100 against Intel Xeon"),
        ({"batch_size": 8}, "batch size: 1 against 8"),
        ({"precision": "bfloat16"}, "precision: float32 against bfloat16"),
    ],
)
def test_another_device_is_refused(timed, facts, message):
    with pytest.raises(NotComparableError, match=f"cannot be compared: {message}. Measure both on"):
        compare_latency(timed("a", 2), timed("b", 2, **facts))


def test_a_missing_or_unreadable_latency_is_refused(contender):
    with pytest.raises(NotComparableError, match="Expected a latency in the provenance of a;"):
        latency_of(contender("a", ["a"], ["a"]))
    other = contender("a", ["a"], ["a"], provenance={"latency": {"gpu": "H100"}})
    with pytest.raises(NotComparableError, match="The latency of a is not readable"):
        latency_of(other)


@pytest.mark.parametrize("times", [(1.0,), (1.0, 0.0), (1.0, float("nan"))])
def test_a_latency_is_repeated_and_above_zero(times):
    with pytest.raises(PredictionsError, match="at least two repetitions of a latency, each above"):
        Latency(device="H100", milliseconds=times)
