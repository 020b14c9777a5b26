"""By what an epoch of training is chosen: the study's metric on the part that it selects on."""

from typing import Final

import numpy as np

from fieldmark.core.checks import count_of
from fieldmark.core.errors import StudyError
from fieldmark.embeddings.table import EmbeddingSet
from fieldmark.evaluation.answers import Answers, leaf_answers
from fieldmark.evaluation.averages import value_of
from fieldmark.evaluation.class_metrics import PRESENT_CLASSES, class_metrics
from fieldmark.evaluation.classification import log_losses
from fieldmark.evaluation.evaluate import evaluate_predictions
from fieldmark.evaluation.metrics import definition_of
from fieldmark.evaluation.resampling import units_of
from fieldmark.experiments.plan import RunSpec
from fieldmark.heads.head import Head
from fieldmark.heads.linear import Monitor
from fieldmark.predictions.header import PredictionsHeader
from fieldmark.predictions.summary import summarise
from fieldmark.predictions.table import Predictions
from fieldmark.workflows.ground import Ground
from fieldmark.workflows.parts import items_of

_TOP: Final = {"top_3_accuracy": 3, "top_5_accuracy": 5}


def monitor_of(ground: Ground, spec: RunSpec, judged: EmbeddingSet) -> Monitor | None:
    """Return what judges a head as it stands, higher is better; None where nothing is chosen.

    Args:
        ground: what all contenders share.
        spec: the cell.
        judged: the embeddings of the part that the study selects on.

    Returns:
        a function that raises StudyError where the metric cannot be measured on that part.
    """
    selection = ground.file.study.protocol.selection
    if selection is None:
        return None
    items = items_of(ground, judged.ids)

    def judge(head: Head) -> float:
        predictions = Predictions(
            PredictionsHeader(score_kind=head.score_kind, contender=spec.contender),
            items,
            head.label_space,
            head.predict_scores(judged),
        )
        return worth(predictions, selection.metric, part=selection.on)

    return judge


def worth(predictions: Predictions, metric: str, *, part: str) -> float:
    """Return the value of the metric that chooses, higher is better.

    Args:
        predictions: the table.
        metric: identifier in the catalogue.
        part: name of the part that is chosen on, for the message.

    Raises:
        StudyError: the metric cannot be measured there.
    """
    found = measured(predictions, metric)
    if found is None:
        classes = count_of(len(predictions.label_space), "class", "classes")
        raise StudyError(
            f"{metric} cannot be measured over {classes} on the part '{part}', so "
            "nothing can be chosen by it; name another metric in protocol.selection."
        )
    return -found if definition_of(metric).direction == "lower" else found


def measured(predictions: Predictions, metric: str) -> float | None:
    """Return the value of one metric, as `evaluate_predictions` reports it; None where it has none.

    Accuracy, also among the first 3 or 5, log loss and the averages over classes are computed
    alone, since an epoch of training is short; any other metric takes a whole evaluation.

    Args:
        predictions: the table; its taxonomy is not looked at.
        metric: identifier in the catalogue.

    Example:
        >>> import polars as pl
        >>> from fieldmark.manifest.labels import LabelSpace
        >>> header = PredictionsHeader(score_kind="probabilities", contender="probe")
        >>> items = pl.DataFrame({"id": ["a", "b"], "label": ["oak", "ash"]})
        >>> scores, trees = np.array([[0.8, 0.2], [0.6, 0.4]]), LabelSpace(("oak", "ash"))
        >>> measured(Predictions(header, items, trees, scores), "accuracy")
        0.5
    """
    alone = {"accuracy", "log_loss", *_TOP, *PRESENT_CLASSES}
    if metric not in alone:
        found = evaluate_predictions(predictions, resamples=1).estimate(metric)
        return None if found is None else found.value
    answers = leaf_answers(predictions, summarise(predictions))
    return _class_average(answers, metric) if metric in PRESENT_CLASSES else _mean(answers, metric)


def _class_average(answers: Answers, metric: str) -> float:
    units = units_of(None, n=answers.n)
    values = value_of(class_metrics([answers], units), units)
    return float(values[PRESENT_CLASSES.index(metric)])


def _mean(answers: Answers, metric: str) -> float | None:
    if metric == "accuracy":
        return float(answers.right.mean())
    if metric in _TOP:
        if answers.place is None or answers.candidates <= _TOP[metric]:
            return None
        return float(np.mean(answers.place <= _TOP[metric]))
    if answers.log_probability is None or not answers.known.any():
        return None
    return float(log_losses(answers.log_probability[answers.known]).mean())
