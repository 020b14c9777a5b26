"""The training images nearest to new photos, and those that new photos turn out to be."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from fieldmark.core.progress import Progress
from fieldmark.embeddings.fingerprints import Fingerprint
from fieldmark.experiments.contenders import FineTunedContender, ImportedContender
from fieldmark.experiments.plan import RunSpec
from fieldmark.heads.storage import load_origin
from fieldmark.report.inspection import Kinship
from fieldmark.workflows.ground import Ground
from fieldmark.workflows.inspecting import InspectionOptions, done_cells
from fieldmark.workflows.learning import HEAD
from fieldmark.workflows.nearest_training import TrainingVectors, kinships, training_vectors


def neighbours_of_photos(
    ground: Ground, files: Sequence[Path], options: InspectionOptions, *, progress: Progress
) -> tuple[list[Kinship], dict[Path, tuple[str, ...]]]:
    """Return the neighbours of each photo, and the training images that it is by its content.

    One backbone is asked once, however many heads stand on it. A network that was fine-tuned has
    no vectors of training images, and one that takes masks or boxes shows no neighbours.

    Args:
        ground: the study.
        files: photos that can be read.
        options: who is asked, and how many neighbours are shown; of 0 nothing is looked up.
        progress: who is told how far the work is.

    Raises:
        StoreError: a head or an embedding store is damaged.
        WeightsError: the weights do not load.
    """
    near: list[Kinship] = []
    learnt: dict[Path, tuple[str, ...]] = {}
    seen = set()
    for spec in done_cells(ground, options) if options.neighbours else ():
        folder = ground.ledger.result_folder(spec) / HEAD
        if not folder.is_dir():
            continue
        origin = load_origin(folder)
        key = (str(origin.tap), str(origin.contract))
        if key in seen:
            continue
        seen.add(key)
        found = training_vectors(ground, origin, without=frozenset(), progress=progress)
        for file in files:
            same = found.same_content(Fingerprint.of(file).digest)
            learnt[file] = tuple(dict.fromkeys((*learnt.get(file, ()), *same)))
        near += _near(ground, spec, files, found, learnt, options.neighbours)
    return near, learnt


def _near(
    ground: Ground,
    spec: RunSpec,
    files: Sequence[Path],
    found: TrainingVectors,
    learnt: Mapping[Path, tuple[str, ...]],
    most: int,
) -> Iterator[Kinship]:
    """Yield the neighbours under the backbone of one cell; none where it takes masks or boxes."""
    config = ground.file.study.contenders[spec.contender]
    if isinstance(config, ImportedContender | FineTunedContender) or not found.images:
        return
    from fieldmark.images.dataset import read_batches
    from fieldmark.workflows.scoring import open_encoder_of

    encoder = open_encoder_of(ground, config, spec)
    if encoder.contract.mask is not None or encoder.contract.crop is not None:
        return
    itself = frozenset(id_ for file in files for id_ in learnt.get(file, ()))
    vectors: dict[str, npt.NDArray[np.float32]] = {}
    for batch in read_batches(list(files), encoder.contract, batch_size=1, policy="fail"):
        for position in batch.positions:
            vectors[str(files[position])] = encoder.encode(batch.pixels)[0]
    yield from kinships(ground, vectors, found, most=most, without=itself)
