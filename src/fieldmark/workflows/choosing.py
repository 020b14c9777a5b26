"""By what an epoch of training is chosen: the study's metric on the part that it selects on."""

from fieldmark.core.checks import count_of
from fieldmark.core.errors import StudyError
from fieldmark.embeddings.table import EmbeddingSet
from fieldmark.evaluation.evaluate import evaluate_predictions
from fieldmark.evaluation.metrics import definition_of
from fieldmark.experiments.plan import RunSpec
from fieldmark.heads.head import Head
from fieldmark.heads.linear import Monitor
from fieldmark.predictions.header import PredictionsHeader
from fieldmark.predictions.table import Predictions
from fieldmark.workflows.ground import Ground
from fieldmark.workflows.parts import items_of


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
    metric, items = selection.metric, items_of(ground, judged.ids)
    sign = -1.0 if definition_of(metric).direction == "lower" else 1.0

    def judge(head: Head) -> float:
        predictions = Predictions(
            PredictionsHeader(score_kind=head.score_kind, contender=spec.contender),
            items,
            head.label_space,
            head.predict_scores(judged),
        )
        found = evaluate_predictions(predictions, resamples=1).estimate(metric)
        if found is None or found.value is None:
            classes = count_of(len(head.label_space), "class", "classes")
            raise StudyError(
                f"{metric} cannot be measured over {classes} on the part '{selection.on}', so "
                "nothing can be chosen by it; name another metric in protocol.selection."
            )
        return sign * found.value

    return judge
