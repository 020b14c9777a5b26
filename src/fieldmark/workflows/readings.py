"""Read one contender's stored scores of some photos: by every decoder, and by a study's decisions.

Needs no torch: decisions are fitted anew on what the same cell predicted on the part that selects.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from fieldmark.core.errors import FieldmarkError
from fieldmark.decision.decide import decide
from fieldmark.decision.decisions import Decisions
from fieldmark.decision.decoding import decode_all
from fieldmark.decision.operating_point import OperatingPoint
from fieldmark.decision.paths import NO_NODE
from fieldmark.experiments.plan import RunSpec
from fieldmark.export.deciding import calibration_of, decision_of
from fieldmark.predictions.header import ScoreKind
from fieldmark.predictions.store import is_prediction_store, load_predictions
from fieldmark.predictions.table import Predictions
from fieldmark.report.readings import DecidedReply, DecodedReply
from fieldmark.workflows.decoding import EVERYTHING
from fieldmark.workflows.ground import Ground
from fieldmark.workflows.parts import PREDICTIONS

#: Said of photos that are judged together by a decision.
POOLED = "Fitted on single images; of photos together it promises nothing."
# Only the thresholds are wanted, not the intervals of what came of them.
_FEW = 20


@dataclass(frozen=True, eq=False, slots=True)
class Reader:
    """What reads rows of scores of one cell.

    Attributes:
        table: a table of the same cell, for its classes, taxonomy and kind of scores.
        taken: decision -> what it is, or why it could not be taken.
        truth: the label; None where it is not known.
    """

    table: Predictions
    taken: dict[str, Decisions | str] = field(default_factory=dict)
    truth: str | None = None

    def decoded(self, scores: npt.NDArray[np.floating]) -> tuple[DecodedReply, ...]:
        """Return what each decoder answers; nothing without ranks above the leaves.

        Args:
            scores: float (n_classes,), probabilities or similarities.
        """
        taxonomy = self.table.taxonomy
        if taxonomy is None or len(taxonomy.ranks) < 2:
            return ()
        is_similarity = self.table.header.score_kind is ScoreKind.SIMILARITIES
        kind = ScoreKind.SIMILARITIES if is_similarity else ScoreKind.PROBABILITIES
        row = self._row(scores, kind)
        decoders = EVERYTHING.decoders()
        if is_similarity:
            decoders = tuple(one for one in decoders if not one.needs_shares)
        found = []
        for paths in decode_all(row, decoders):
            nodes = paths.nodes[0]
            depths = np.flatnonzero(nodes != NO_NODE)
            depth = int(depths[-1]) if len(depths) else -1
            rank = taxonomy.ranks[depth] if depth >= 0 else ""
            name = taxonomy.nodes[depth][int(nodes[depth])] if depth >= 0 else ""
            right = self._is_right(rank, name)
            found.append(DecodedReply(decoder=paths.decoder, rank=rank, name=name, is_right=right))
        return tuple(found)

    def decided(
        self, scores: npt.NDArray[np.floating], *, is_pooled: bool = False
    ) -> tuple[DecidedReply, ...]:
        """Return what each decision of the study answers, or why it cannot be taken.

        Args:
            scores: float (n_classes,), probabilities or similarities.
            is_pooled: whether they are the mean over several photos.
        """
        return tuple(
            DecidedReply(decision=name, answer="", promise=taken, is_taken=False)
            if isinstance(taken, str)
            else self._decided(name, taken, scores, is_pooled=is_pooled)
            for name, taken in self.taken.items()
        )

    def _decided(
        self,
        name: str,
        taken: Decisions,
        scores: npt.NDArray[np.floating],
        *,
        is_pooled: bool,
    ) -> DecidedReply:
        space, kind = self.table.label_space, self.table.header.score_kind
        rows: npt.NDArray[np.floating] = np.asarray(scores, dtype=np.float64)[None]
        if kind is ScoreKind.LOGITS:
            rows = np.log(np.maximum(rows, np.finfo(np.float64).tiny))
        if taken.calibrator is not None:
            rows = calibration_of(taken.calibrator.to_dict(), space, kind)(rows)
            kind = ScoreKind.PROBABILITIES
        content = {
            "policy": taken.policy,
            "points": [point.to_dict() for point in taken.points],
            "contender": taken.contender,
        }
        (found,) = decision_of(content, space, self.table.taxonomy, kind)(rows)
        answer = " ".join(filter(None, (found.rank, found.answer)))
        return DecidedReply(
            decision=name,
            answer=answer,
            promise=POOLED if is_pooled else _promise(taken.points, found.rank),
            is_right=self._is_right(found.rank or "", found.answer or ""),
        )

    def _row(self, scores: npt.NDArray[np.floating], kind: ScoreKind) -> Predictions:
        header = self.table.header.model_copy(update={"score_kind": kind})
        return replace(
            self.table,
            header=header,
            items=self.table.items.head(1),
            scores=np.asarray(scores, dtype=np.float64)[None],
            scores_digest=None,
        )

    def _is_right(self, rank: str, name: str) -> bool | None:
        taxonomy = self.table.taxonomy
        if self.truth is None or taxonomy is None or rank not in taxonomy.ranks:
            return None
        return taxonomy.path_of(self.truth)[taxonomy.ranks.index(rank)] == name


def reader_of(ground: Ground, spec: RunSpec, table: Predictions, truth: str | None) -> Reader:
    """Return what reads the scores of a finished cell.

    Args:
        ground: the study, with its decisions.
        spec: the cell.
        table: what it predicted on the part that the photos are of.
        truth: the label; None where it is not known, or no leaf of the taxonomy.
    """
    taxonomy = table.taxonomy
    known = truth if taxonomy is None or truth in taxonomy.leaves.classes else None
    return Reader(table, _taken(ground, spec), known)


def _taken(ground: Ground, spec: RunSpec) -> dict[str, Decisions | str]:
    protocol = ground.file.study.protocol
    folder = ground.ledger.result_folder(spec) / PREDICTIONS
    taken: dict[str, Decisions | str] = {}
    if not ground.policies:
        return taken
    chosen_on = "" if protocol.selection is None else protocol.selection.on
    places = folder / chosen_on, folder / protocol.report_on
    can_fit = chosen_on and ground.splits.kind != "folds" and all(map(is_prediction_store, places))
    if not can_fit:
        return dict.fromkeys(ground.policies, "No predictions of the part to fit it on are stored.")
    fit, report = map(load_predictions, places)
    for name, policy in ground.policies.items():
        try:
            taken[name] = decide(fit, report, policy, level=protocol.level, resamples=_FEW)
        except FieldmarkError as error:
            taken[name] = str(error)
    return taken


def _promise(points: Sequence[OperatingPoint], rank: str | None) -> str:
    """Return the promise of the point that answers at a rank; of the only one otherwise."""
    named = [point for point in points if point.name == rank]
    return (named or list(points))[0].promise if points else "It promises nothing."
