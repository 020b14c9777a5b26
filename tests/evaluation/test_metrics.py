import pytest

from fieldmark.core.errors import PredictionsError
from fieldmark.evaluation.averages import CLASS_AVERAGES
from fieldmark.evaluation.metrics import METRICS, definition_of

EXPECTED = {
    "accuracy": ("higher", "share"),
    "top_5_accuracy": ("higher", "share"),
    "balanced_accuracy": ("higher", "share"),
    "macro_f1": ("higher", "share"),
    "macro_precision": ("higher", "share"),
    "macro_recall": ("higher", "share"),
    "log_loss": ("lower", "number"),
    "mean_confidence": ("neither", "share"),
    "mean_confidence_right": ("neither", "share"),
    "mean_confidence_wrong": ("neither", "share"),
    "all_ranks_right": ("higher", "share"),
    "contradiction_rate": ("lower", "share"),
    "accuracy_skill": ("higher", "number"),
    "top_5_accuracy_skill": ("higher", "number"),
    "balanced_accuracy_skill": ("higher", "number"),
    "macro_f1_skill": ("higher", "number"),
    "log_loss_skill": ("higher", "number"),
}


def test_the_catalogue_holds_exactly_these_metrics_with_direction_and_scale():
    assert {name: (m.direction, m.scale) for name, m in METRICS.items()} == EXPECTED


def test_every_definition_is_said_in_full_under_its_own_identifier():
    for identifier, metric in METRICS.items():
        assert metric.identifier == identifier
        assert metric.definition.endswith(".")
        assert all((metric.title, metric.denominator, metric.aggregation))


def test_titles_are_unique():
    assert len({metric.title for metric in METRICS.values()}) == len(METRICS)


def test_class_averages_say_over_which_classes():
    for identifier in CLASS_AVERAGES:
        assert "classes that occur among the labels" in METRICS[identifier].definition


def test_an_unknown_metric_is_refused_with_the_nearest():
    with pytest.raises(
        PredictionsError, match=r"Unknown metric 'acuracy'; did you mean 'accuracy'"
    ):
        definition_of("acuracy")
