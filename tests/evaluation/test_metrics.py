import pytest

from fieldmark.core.errors import PredictionsError
from fieldmark.evaluation.calibration_metrics import CALIBRATION_METRICS
from fieldmark.evaluation.class_metrics import PRESENT_CLASSES
from fieldmark.evaluation.classification_metrics import CLASSIFICATION_METRICS
from fieldmark.evaluation.metrics import METRICS, definition_of
from fieldmark.evaluation.selective_metrics import SELECTIVE_METRICS

EXPECTED = {
    "accuracy": ("higher", "share"),
    "top_3_accuracy": ("higher", "share"),
    "top_5_accuracy": ("higher", "share"),
    "balanced_accuracy": ("higher", "share"),
    "macro_f1": ("higher", "share"),
    "macro_precision": ("higher", "share"),
    "macro_recall": ("higher", "share"),
    "macro_f1_all_classes": ("higher", "share"),
    "macro_precision_all_classes": ("higher", "share"),
    "macro_recall_all_classes": ("higher", "share"),
    "weighted_f1": ("higher", "share"),
    "weighted_precision": ("higher", "share"),
    "weighted_recall": ("higher", "share"),
    "matthews_correlation": ("higher", "number"),
    "log_loss": ("lower", "number"),
    "brier_score": ("lower", "number"),
    "mean_confidence": ("neither", "share"),
    "mean_confidence_right": ("neither", "share"),
    "mean_confidence_wrong": ("neither", "share"),
    "relative_entropy": ("neither", "share"),
    "class_recall": ("higher", "share"),
    "class_precision": ("higher", "share"),
    "class_f1": ("higher", "share"),
    "ece_equal_width": ("lower", "number"),
    "ece_equal_mass": ("lower", "number"),
    "aurc": ("lower", "number"),
    "augrc": ("lower", "number"),
    "risk_at_80_coverage": ("lower", "share"),
    "coverage_at_5_risk": ("higher", "share"),
    "confidence_auroc": ("higher", "share"),
}
SKILLS = {
    "accuracy_skill": ("higher", "number"),
    "top_3_accuracy_skill": ("higher", "number"),
    "top_5_accuracy_skill": ("higher", "number"),
    "balanced_accuracy_skill": ("higher", "number"),
    "macro_f1_skill": ("higher", "number"),
    "log_loss_skill": ("higher", "number"),
    "brier_score_skill": ("higher", "number"),
}
CATALOGUE = (*CLASSIFICATION_METRICS, *CALIBRATION_METRICS, *SELECTIVE_METRICS)


def test_the_catalogues_of_answers_hold_exactly_these_metrics_with_direction_and_scale():
    assert {m.identifier: (m.direction, m.scale) for m in CATALOGUE} == EXPECTED


def test_the_skills_of_answers_are_in_the_catalogue():
    found = {name: (METRICS[name].direction, METRICS[name].scale) for name in SKILLS}
    assert found == SKILLS


def test_no_two_catalogues_share_an_identifier():
    assert all(METRICS[metric.identifier] is metric for metric in CATALOGUE)


def test_every_definition_is_said_in_full_under_its_own_identifier():
    for identifier, metric in METRICS.items():
        assert metric.identifier == identifier
        assert metric.definition.endswith(".")
        assert all((metric.title, metric.denominator, metric.aggregation))


def test_titles_are_unique():
    assert len({metric.title for metric in METRICS.values()}) == len(METRICS)


def test_class_averages_say_over_which_classes():
    for identifier in PRESENT_CLASSES:
        assert "classes that occur among the labels" in METRICS[identifier].definition


def test_an_unknown_metric_is_refused_with_the_nearest():
    with pytest.raises(
        PredictionsError, match=r"Unknown metric 'acuracy'; did you mean 'accuracy'"
    ):
        definition_of("acuracy")
