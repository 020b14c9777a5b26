"""How contenders behave, from their stored predictions: confidence, mix-ups, critical classes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from fieldmark.core.errors import FieldmarkError
from fieldmark.core.progress import Progress
from fieldmark.evaluation.backoff_curve import BackoffCurve, backoff_curve
from fieldmark.evaluation.evaluate import judge
from fieldmark.evaluation.measuring import Judged
from fieldmark.evaluation.metrics import definition_of
from fieldmark.evaluation.record import Evaluation
from fieldmark.manifest.hazards import Hazards
from fieldmark.manifest.taxonomy import Taxonomy
from fieldmark.predictions.table import Predictions
from fieldmark.report.confidences import ConfidenceAtRank, confidences_of
from fieldmark.report.confusions import confusion_of
from fieldmark.report.dangers import Danger, danger_of
from fieldmark.report.dossiers import Dossier, dossier_of, unknown_critical
from fieldmark.report.exhibits import Confusion


@dataclass(frozen=True, eq=False, slots=True)
class Answered:
    """A table of predictions with its answers at every rank, so that scores are read once."""

    table: Predictions
    judged: Judged

    @property
    def contender(self) -> str:
        """Whose predictions."""
        return self.table.header.contender


@dataclass(frozen=True, eq=False, slots=True)
class Behaviour:
    """What a report shows of how contenders behave.

    Attributes:
        confusions: one a contender.
        confidences: of each contender at each rank, the leaf first.
        backoffs: one a contender with a taxonomy and probabilities.
        dossiers: one a critical class and contender.
        dangers: one a contender, where something says which classes are poisonous.
        taxonomy: the tree that all contenders share; None without one, or where trees differ.
    """

    confusions: tuple[Confusion, ...]
    confidences: tuple[ConfidenceAtRank, ...]
    backoffs: tuple[BackoffCurve, ...]
    dossiers: tuple[Dossier, ...]
    dangers: tuple[Danger, ...]
    taxonomy: Taxonomy | None


def answered(
    predictions: Mapping[str, Sequence[Predictions]],
    evaluations: Mapping[str, Evaluation],
    headline: str,
    *,
    progress: Progress,
) -> tuple[Answered, ...]:
    """Return the first table of each contender with its answers, the leader of the headline first.

    Args:
        predictions: contender -> one table a seed.
        evaluations: contender -> what was measured.
        headline: identifier of the metric that decides who leads.
        progress: who is told how far it is.
    """
    firsts = [tables[0] for tables in predictions.values()]
    leader = _leader(evaluations, headline)
    firsts.sort(key=lambda table: table.header.contender != leader)
    found = []
    with progress.step("answers", len(firsts)) as step:
        for table in firsts:
            found.append(Answered(table, judge(table)))
            step.advance()
    return tuple(found)


def behaviour_of(
    found: Sequence[Answered],
    *,
    critical: Iterable[str] = (),
    hazards: Hazards | None = None,
    level: float = 0.95,
) -> Behaviour:
    """Return what a report shows of how contenders behave.

    Args:
        found: one a contender, in the order of the page.
        critical: classes that get a dossier; a contender that does not know one has none of it.
        hazards: which classes are poisonous; None where nothing says so.
        level: coverage of the intervals, in (0, 1).

    Raises:
        FieldmarkError: a critical class is neither a class nor a label of any contender.
    """
    return Behaviour(
        confusions=tuple(confusion_of(one.table, one.judged.leaf) for one in found),
        confidences=tuple(
            confidence
            for one in found
            for confidence in confidences_of(
                one.judged,
                contender=one.contender,
                split=one.table.header.split,
                leaf_rank=_leaf_rank(one.table),
            )
        ),
        backoffs=tuple(
            backoff_curve(one.table, level=level) for one in found if _can_back_off(one)
        ),
        dossiers=tuple(
            dossier_of(one.table, one.judged, name, hazards=hazards, level=level)
            for name in _known(critical, found)
            for one in found
            if name in one.judged.leaf.classes
        ),
        dangers=tuple(
            danger_of(one.table, one.judged.leaf, hazards, level=level)
            for one in found
            if hazards is not None
        ),
        taxonomy=_shared_tree(found),
    )


def _can_back_off(one: Answered) -> bool:
    has_ranks = one.table.taxonomy is not None and len(one.table.taxonomy.ranks) > 1
    return has_ranks and one.judged.leaf.confidence is not None


def _known(critical: Iterable[str], found: Sequence[Answered]) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(critical))
    classes = dict.fromkeys(name for one in found for name in one.judged.leaf.classes)
    for name in names:
        if found and name not in classes:
            raise FieldmarkError(unknown_critical(name, list(classes)))
    return names


def _leader(evaluations: Mapping[str, Evaluation], headline: str) -> str | None:
    sign = -1.0 if definition_of(headline).direction == "lower" else 1.0
    values = {
        name: sign * estimate.value
        for name, evaluation in evaluations.items()
        if (estimate := evaluation.estimate(headline)) and estimate.value is not None
    }
    return max(values, key=values.__getitem__) if values else None


def _leaf_rank(table: Predictions) -> str:
    return "class" if table.taxonomy is None else table.taxonomy.ranks[-1]


def _shared_tree(found: Sequence[Answered]) -> Taxonomy | None:
    trees = [one.table.taxonomy for one in found]
    if not trees or any(tree is None or tree != trees[0] for tree in trees):
        return None
    return trees[0]
