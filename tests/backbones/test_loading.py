import dataclasses

import pytest
import torch

from fieldmark.backbones.loading import LoadReport, load_into, weights_digest
from fieldmark.core.errors import WeightsError


def network(width: int = 4) -> torch.nn.Module:
    return torch.nn.Sequential(
        torch.nn.Linear(3, width), torch.nn.BatchNorm1d(width), torch.nn.Linear(width, 2)
    )


def state(width: int = 4) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in network(width).state_dict().items()}


def test_everything_is_loaded_and_counted() -> None:
    model, weights = network(), state()
    report = load_into(model, weights)
    assert report.coverage == 1.0
    assert report.missing == report.unexpected == report.dropped_classifier == ()
    assert len(report.matched) == 8
    assert all(torch.equal(model.state_dict()[name], weights[name]) for name in report.matched)
    assert str(report) == "8 tensors loaded, 100.0% of the network, 0 missing, 0 unexpected"


def test_the_report_is_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        load_into(network(), state()).coverage = 1.0  # type: ignore[misc]


def test_the_classifier_is_dropped_and_said_to_be() -> None:
    weights = {**state(), "head.fc.weight": torch.zeros(5, 2), "head.fc.bias": torch.zeros(5)}
    report = load_into(network(), weights, classifier=("head",))
    assert report.dropped_classifier == ("head.fc.bias", "head.fc.weight")
    assert "the classifier ('head.fc.bias', 'head.fc.weight') was left out" in str(report)


def test_a_module_is_not_dropped_for_its_beginning() -> None:
    weights = {**state(), "headroom.weight": torch.zeros(1)}
    with pytest.raises(WeightsError, match="hold 1 tensor that the network does not have: 'headr"):
        load_into(network(), weights, classifier=("head",))


def test_counters_of_batches_do_not_matter() -> None:
    weights = state()
    del weights["1.num_batches_tracked"]
    model = network()
    assert load_into(model, weights).coverage == 1.0
    counted = weights_digest(model)
    model[1].num_batches_tracked += 5
    assert weights_digest(model) == counted


def test_coverage_is_the_share_of_values() -> None:
    weights = state()
    for name in ("0.weight", "0.bias"):
        del weights[name]
    report = load_into(network(), weights, minimum_coverage=0.5)
    assert report.coverage == pytest.approx((4 * 4 + 10) / (4 * 4 + 10 + 16))
    assert report.missing == ("0.bias", "0.weight")


def refused(weights: dict[str, torch.Tensor], message: str, **options: float) -> None:
    model = network()
    before = weights_digest(model)
    with pytest.raises(WeightsError, match=message):
        load_into(model, weights, **options)
    assert weights_digest(model) == before


def test_too_little_coverage_is_refused_before_anything_changes() -> None:
    weights = state()
    del weights["0.weight"]
    refused(weights, r"cover 71.4% of the network, at least 100.0% expected; missing: '0.weight'")
    refused(weights, r"cover 71.4% .* at least 80.0% expected", minimum_coverage=0.8)


def test_unexpected_tensors_are_refused_even_at_full_coverage() -> None:
    extra = {f"layer{number}.weight": torch.zeros(1) for number in range(5)}
    refused(
        {**state(), **extra},
        "hold 5 tensors that the network does not have: 'layer0.weight', .* and 2 more; check",
    )


def test_other_shapes_are_named() -> None:
    refused(
        state(width=6),
        r"7 tensors .* another shape .* first '0.bias': expected \[4\], found \[6\]; check that",
    )


@pytest.mark.parametrize("coverage", [0.0, 0.5, 1.0])
def test_nothing_in_common_is_always_refused(coverage: float) -> None:
    refused(
        {f"backbone.{name}": value for name, value in state().items()},
        "None of the network's 8 tensors is in the weights: expected '0.bias', .* found 'backbone",
        minimum_coverage=coverage,
    )
    refused({}, "None of the network's 8 tensors", minimum_coverage=coverage)


def test_the_digest_follows_the_values_and_names() -> None:
    model = network()
    before = weights_digest(model)
    assert len(before) == 64
    assert weights_digest(model) == before
    with torch.no_grad():
        model[0].weight[0, 0] += 1
    assert weights_digest(model) != before
    other = network()
    load_into(other, model.state_dict())
    assert weights_digest(other) == weights_digest(model)
    renamed = torch.nn.ModuleDict({"a": model[0]})
    again = torch.nn.ModuleDict({"b": model[0]})
    assert weights_digest(renamed) != weights_digest(again)


def test_a_running_mean_counts() -> None:
    model = network()
    before = weights_digest(model)
    model[1].running_mean += 1
    assert weights_digest(model) != before


def test_a_report_can_be_told() -> None:
    report = LoadReport(("a",), ("b",), (), ("c",), 0.5)
    assert str(report) == (
        "1 tensor loaded, 50.0% of the network, 1 missing, 0 unexpected; the classifier ('c') was "
        "left out"
    )
