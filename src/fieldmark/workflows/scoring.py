"""A trained contender of a study, opened for new images."""

from typing import TYPE_CHECKING

from fieldmark.backbones.encoders import Encoder, open_encoder
from fieldmark.core.checks import unknown_choice
from fieldmark.core.errors import StudyError
from fieldmark.experiments.contenders import FineTunedContender, ImportedContender, TrainedContender
from fieldmark.experiments.plan import RunSpec
from fieldmark.export.scorer import EncoderHeadScorer, runtime_of
from fieldmark.heads.storage import load_head, load_origin
from fieldmark.workflows.ground import Ground
from fieldmark.workflows.learning import HEAD, backbone_spec

if TYPE_CHECKING:
    from fieldmark.training.prediction import TunedModel

Learnt = TrainedContender | FineTunedContender


def cell_of(
    ground: Ground, name: str, seed: int | None, fold: str | None = None
) -> tuple[Learnt, RunSpec]:
    """Return a trained contender and its cell.

    Args:
        ground: the study.
        name: of the contender.
        seed: which cell; None for the first of the plan.
        fold: the fold, or the number of shots, that it was trained on; None where there is none.

    Raises:
        StudyError: the contender or seed does not exist, or was not trained here.
        SplitError: there is no such fold, or there are several and none is named.
    """
    contenders = ground.file.study.contenders
    if name not in contenders:
        raise StudyError(unknown_choice("contender", name, contenders))
    config = contenders[name]
    if isinstance(config, ImportedContender):
        raise StudyError(
            f"The predictions of '{name}' were made elsewhere, so it cannot answer here; name a "
            "contender with a backbone and a head."
        )
    ground.splits.named(fold)
    cells = [spec for spec in ground.cells if spec.contender == name and spec.split_name == fold]
    for spec in cells:
        if seed is None or spec.seed == seed:
            return config, spec
    seeds = ", ".join(str(spec.seed) for spec in cells if spec.seed is not None)
    there = f"there are: {seeds}" if seeds else "no seed changes it, so leave the seed out"
    raise StudyError(f"'{name}' has no cell of seed {seed}; {there}.")


def open_scorer(ground: Ground, config: Learnt, spec: RunSpec) -> "EncoderHeadScorer | TunedModel":
    """Return the model of a cell that is done.

    Raises:
        StoreError: the cell is not done.
        NotComparableError: the backbone is no longer the one that the head was fitted on.
    """
    result = ground.ledger.result(spec)
    if isinstance(config, FineTunedContender):
        from fieldmark.training.tuned_storage import load_tuned
        from fieldmark.workflows.fine_tuning import TUNED

        return load_tuned(result / TUNED)
    return EncoderHeadScorer(open_encoder_of(ground, config, spec), load_head(result / HEAD))


def open_encoder_of(ground: Ground, config: TrainedContender, spec: RunSpec) -> Encoder:
    """Return the backbone of a cell that is done, under the runtime that its head was fitted on.

    Raises:
        StoreError: the cell is not done, or its runtime is not here.
        WeightsError: the weights do not load.
    """
    tap = load_origin(ground.ledger.result(spec) / HEAD).tap
    backbone = backbone_spec(ground.file, config.backbone)
    return open_encoder(backbone, runtime=runtime_of(str(tap["runtime"])))
