"""Inspecting one observation of a study from what is stored: no network is opened."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from fieldmark.core.checks import count_of, first_few
from fieldmark.core.errors import StudyError
from fieldmark.core.progress import Progress, SilentProgress
from fieldmark.core.provenance import provenance
from fieldmark.decision.rolled_up import CUSTOMARY
from fieldmark.experiments.plan import RunSpec
from fieldmark.heads.storage import load_origin
from fieldmark.report.inspection import InspectedPhoto, Inspection, Kinship
from fieldmark.workflows.gallery import Thumbnails
from fieldmark.workflows.ground import Ground
from fieldmark.workflows.learning import HEAD
from fieldmark.workflows.nearest_training import kinships, known_of, training_vectors
from fieldmark.workflows.observations import Observation, columns_of, find_observation, parts_of
from fieldmark.workflows.parts import is_done
from fieldmark.workflows.voices import MOST_PHOTOS, asked_rows, stored_voices

PHOTO_SIDE = 480
_TRAIN = "train"


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectionOptions:
    """What is asked, and what is shown.

    Attributes:
        contender: the only contender that is asked; None for all.
        seed: of the cells that answer; None for the first.
        sure: which probability counts as sure, in (0, 1].
        neighbours: how many training images are shown for each photo; 0 for none.

    Raises:
        StudyError: a number is out of range.
    """

    contender: str | None = None
    seed: int | None = None
    sure: float = CUSTOMARY
    neighbours: int = 6

    def __post_init__(self) -> None:
        if not 0 < self.sure <= 1:
            raise StudyError(f"Expected what counts as sure above 0 and up to 1; got {self.sure}.")
        if self.neighbours < 0:
            raise StudyError(f"Expected 0 or more neighbours; got {self.neighbours}.")


#: All contenders, 65 % is sure, 6 neighbours.
ALL = InspectionOptions()


def inspect_observation(
    ground: Ground,
    name: str,
    *,
    by: str | None = None,
    options: InspectionOptions = ALL,
    progress: Progress | None = None,
) -> Inspection:
    """Return what the finished cells of a study say of one observation.

    Args:
        ground: the study.
        name: of the observation (a group), or the id of one of its images.
        by: the column that names observations; None for the group.
        options: who is asked, and what is shown.
        progress: who is told how far the work is; nobody when None.

    Raises:
        ManifestError: there is no such column or observation.
        StudyError: there is no such contender or seed.
        StoreError: stored predictions or embeddings are damaged.
    """
    observation = find_observation(ground.manifest, name, by=by)
    asked = stored_voices(
        ground, observation, contender=options.contender, seed=options.seed, sure=options.sure
    )
    found = tuple(asked)
    specs = [spec for _, spec in found if spec is not None] or done_cells(ground, options)
    near = _kinships(ground, observation, specs, options, progress or SilentProgress())
    return Inspection(
        study=ground.file.study.study,
        observation=observation.name,
        truth=truth_of(ground, observation.labels),
        photos=_photos(ground, observation),
        voices=tuple(voice for voice, _ in found),
        kinships=tuple(near),
        columns=columns_of(ground.manifest, observation),
        remarks=_remarks(observation),
        sure=options.sure,
        hazards=ground.hazards,
        made=made_now(),
    )


def truth_of(ground: Ground, labels: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Return (rank, name) of a label, coarse to fine; nothing where there is not exactly one."""
    if len(labels) != 1:
        return ()
    taxonomy = ground.manifest.taxonomy
    if taxonomy is None:
        return (("class", labels[0]),)
    return tuple(zip(taxonomy.ranks, taxonomy.path_of(labels[0]), strict=True))


def made_now() -> str:
    """Return by what and when a page is made, in words."""
    known = provenance()
    return f"Made by fieldmark {known['fieldmark']} at {known['created']}."


def done_cells(ground: Ground, options: InspectionOptions) -> list[RunSpec]:
    """Return the first finished cell of each row that is asked."""
    rows = asked_rows(ground, options.contender, options.seed).values()
    done = [[spec for spec in specs if is_done(ground, spec)] for specs in rows]
    return [specs[0] for specs in done if specs]


def _remarks(observation: Observation) -> tuple[str, ...]:
    remarks = []
    if len(observation.labels) > 1:
        remarks.append(
            f"Its photos have {len(observation.labels)} labels ({first_few(observation.labels)}):"
            " no answer is compared with them. If they are several observations, name the column"
            " that tells them apart by --by."
        )
    if len(observation.ids) > MOST_PHOTOS:
        remarks.append(
            f"{MOST_PHOTOS} of {count_of(len(observation.ids), 'photo')} are shown; all are pooled."
        )
    return tuple(remarks)


def _photos(ground: Ground, observation: Observation) -> tuple[InspectedPhoto, ...]:
    thumbnails = Thumbnails(ground.manifest.image_path, PHOTO_SIDE)
    parts = parts_of(ground.splits, observation.ids)
    selection = ground.file.study.protocol.selection
    stamps = {
        _TRAIN: "It is a training image: an answer to it says nothing about new photos.",
        selection.on
        if selection
        else "": "Models were chosen on its part of the split: their answers to it flatter them.",
    }
    photos = []
    for id_ in observation.ids[:MOST_PHOTOS]:
        stamp = stamps.get(parts[id_])
        picture = thumbnails.of(id_)
        problem = "" if picture else f"{ground.manifest.image_path(id_)} cannot be read."
        photos.append(
            InspectedPhoto(
                identifier=id_,
                thumbnail=picture,
                part=parts[id_],
                stamps=(stamp,) if stamp else (),
                problem=problem,
            )
        )
    return tuple(photos)


def _kinships(
    ground: Ground,
    observation: Observation,
    specs: Sequence[RunSpec],
    options: InspectionOptions,
    progress: Progress,
) -> Iterator[Kinship]:
    """Yield the neighbours of each photo under each backbone whose vectors are stored."""
    seen = set()
    for spec in specs if options.neighbours else ():
        folder = ground.ledger.result_folder(spec) / HEAD
        if not folder.is_dir():
            continue
        origin = load_origin(folder)
        key = origin.digest if spec.fold else replace(origin, training_ids=(), pixels=None).digest
        if key in seen:
            continue
        seen.add(key)
        vectors = training_vectors(ground, origin, without=observation.groups, progress=progress)
        own = known_of(ground, observation.ids[:MOST_PHOTOS], origin.contract, progress)
        has = vectors.store.lookup([image.key for image in own.values()])
        photos = {
            id_: vectors.store.read([image.key])[0]
            for (id_, image), there in zip(own.items(), has, strict=True)
            if there
        }
        itself = frozenset(observation.ids)
        yield from kinships(ground, photos, vectors, most=options.neighbours, without=itself)
