"""A trained contender of a study as a bundle that answers without the study."""

from collections.abc import Sequence
from pathlib import Path

from fieldmark.evaluation.evaluate import evaluate_predictions
from fieldmark.evaluation.record import Evaluation
from fieldmark.experiments.plan import RunSpec
from fieldmark.export.bundle import Bundle
from fieldmark.export.documents import read_calibrator, read_operating_point
from fieldmark.export.licences import licence_notes
from fieldmark.export.writing import Contents, write_bundle
from fieldmark.predictions.store import load_predictions
from fieldmark.workflows.ground import Ground
from fieldmark.workflows.learning import backbone_spec
from fieldmark.workflows.parts import PREDICTIONS
from fieldmark.workflows.scoring import cell_of, open_scorer


def export_contender(
    ground: Ground,
    contender: str,
    folder: Path,
    *,
    seed: int | None = None,
    fold: str | None = None,
    calibrator: Path | None = None,
    operating_point: Path | None = None,
    licences: Sequence[str] = (),
) -> Bundle:
    """Write a trained contender to a folder and return what the bundle says of itself.

    Args:
        ground: the study.
        contender: name of a trained contender whose cell is done.
        folder: a new folder, an empty one, or a bundle, which is replaced.
        seed: which cell; None for the first of the plan.
        fold: the fold, or the number of shots, that it was trained on; None where there is none.
        calibrator: file of a calibrator, or of decisions that used one.
        operating_point: what ``fieldmark decide --out`` wrote; its calibrator is taken, too, where
            none is given.
        licences: further notes on what may be done with the weights, one sentence each.

    Raises:
        StudyError: the contender or seed does not exist, or was not trained here.
        SplitError: there is no such fold, or there are several and none is named.
        StoreError: its cell is not done or was changed, a file is not what it should be, or the
            folder holds something else.
        NotComparableError: the calibrator or the operating point was fitted to another model.
    """
    config, spec = cell_of(ground, contender, seed, fold)
    ground.ledger.verify(spec)
    point = None if operating_point is None else read_operating_point(operating_point)
    if calibrator is None and point is not None and point["calibrator_digest"] is not None:
        calibrator = operating_point
    contents = Contents(
        study=ground.file.study.study,
        contender=spec.row,
        seed=spec.seed,
        model=open_scorer(ground, config, spec),
        taxonomy=ground.manifest.taxonomy,
        split_digest=ground.at(spec).split.digest,
        licences=(*licence_notes(backbone_spec(ground.file, config.backbone)), *licences),
        calibrator=None if calibrator is None else read_calibrator(calibrator),
        operating_point=point,
        evaluation=_evaluation(ground, spec),
    )
    return write_bundle(contents, folder)


def _evaluation(ground: Ground, spec: RunSpec) -> Evaluation:
    """Return what the stored predictions of this very cell say on the reported part."""
    protocol = ground.file.study.protocol
    stored = ground.ledger.result(spec) / PREDICTIONS / protocol.report_on
    return evaluate_predictions(
        load_predictions(stored), resamples=protocol.resamples, level=protocol.level
    )
