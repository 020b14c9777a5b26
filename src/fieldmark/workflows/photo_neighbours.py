"""The training images nearest to new photos, and those that new photos turn out to be."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from fieldmark.core.digests import digest_of_file
from fieldmark.core.progress import Progress
from fieldmark.embeddings.table import FloatArray
from fieldmark.experiments.contenders import FineTunedContender, ImportedContender
from fieldmark.experiments.plan import RunSpec
from fieldmark.heads.storage import load_origin
from fieldmark.manifest.image_sizes import file_sizes
from fieldmark.report.inspection import Kinship
from fieldmark.workflows.ground import Ground
from fieldmark.workflows.inspecting import InspectionOptions, done_cells
from fieldmark.workflows.learning import HEAD
from fieldmark.workflows.nearest_training import TrainingVectors, kinships, training_vectors


def learnt_photos(
    ground: Ground, files: Sequence[Path], *, progress: Progress | None = None
) -> dict[Path, tuple[str, ...]]:
    """Return the training images that each photo is by its content; photos that are none, without.

    Of folds, an image that any of them learns from counts. Only files of the same length are read.

    Args:
        ground: the study.
        files: photos that can be read.
        progress: who is told how far the search is; nobody when None.
    """
    ids = sorted({id_ for split in ground.splits.splits.values() for id_ in split.parts["train"]})
    of_size: dict[int, list[tuple[str, Path]]] = {file.stat().st_size: [] for file in files}
    known = ground.manifest.select(ids)
    sizes = file_sizes(known.root, known.frame["path"].to_list(), progress=progress)
    for id_, path, size in zip(ids, known.image_paths(), sizes, strict=True):
        if size in of_size:
            of_size[size].append((id_, path))
    found = {}
    for file in files:
        own = digest_of_file(file)
        alike = of_size[file.stat().st_size]
        found[file] = tuple(id_ for id_, path in alike if digest_of_file(path) == own)
    return {file: same for file, same in found.items() if same}


def neighbours_of_photos(
    ground: Ground,
    files: Sequence[Path],
    options: InspectionOptions,
    *,
    without: frozenset[str],
    progress: Progress,
) -> Iterator[Kinship]:
    """Yield the training images nearest to each photo, under each backbone with a head.

    A network that was fine-tuned has no vectors of training images, and one that takes masks or
    boxes shows no neighbours.

    Args:
        ground: the study.
        files: photos that can be read.
        options: who is asked, and how many neighbours are shown.
        without: training images that the photos are themselves.
        progress: who is told how far the work is.

    Raises:
        StoreError: a head or an embedding store is damaged.
        WeightsError: the weights do not load.
    """
    seen = set()
    for spec in done_cells(ground, options) if options.neighbours else ():
        folder = ground.ledger.result_folder(spec) / HEAD
        if not folder.is_dir():
            continue
        origin = load_origin(folder)
        key = (str(origin.tap), str(origin.contract))
        if key not in seen:
            seen.add(key)
            found = training_vectors(ground, origin, without=frozenset(), progress=progress)
            vectors = _vectors(ground, spec, files, found)
            yield from kinships(ground, vectors, found, most=options.neighbours, without=without)


def _vectors(
    ground: Ground, spec: RunSpec, files: Sequence[Path], found: TrainingVectors
) -> dict[str, FloatArray]:
    """Return the vector of each photo under the backbone of a cell; none with masks or boxes."""
    config = ground.file.study.contenders[spec.contender]
    if isinstance(config, ImportedContender | FineTunedContender) or not found.images:
        return {}
    from fieldmark.images.dataset import read_batches
    from fieldmark.workflows.scoring import open_encoder_of

    encoder = open_encoder_of(ground, config, spec)
    if encoder.contract.mask is not None or encoder.contract.crop is not None:
        return {}
    batches = read_batches(list(files), encoder.contract, batch_size=1, policy="fail")
    return {str(files[batch.positions[0]]): encoder.encode(batch.pixels)[0] for batch in batches}
