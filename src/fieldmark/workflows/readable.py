"""The images of a part of a study that can be read, and what of each counts."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from fieldmark.backbones.specs import BackboneSpec
from fieldmark.core.progress import Progress
from fieldmark.images.dataset import read_batches
from fieldmark.images.regions import Region
from fieldmark.workflows.ground import Ground
from fieldmark.workflows.regions import regions_of


@dataclass(frozen=True, slots=True)
class Readable:
    """The images of a part that can be read.

    Attributes:
        paths: id -> file.
        excluded: how many cannot, and were left out.
        regions: id -> mask and box, where the contract asks for them.
    """

    paths: Mapping[str, Path]
    excluded: int
    regions: Mapping[str, Region] | None = None

    @property
    def region_list(self) -> list[Region] | None:
        """Mask and box of each image, in the order of the paths."""
        return None if self.regions is None else [self.regions[name] for name in self.paths]


def readable(ground: Ground, backbone: BackboneSpec, part: str, progress: Progress) -> Readable:
    """Return the images of a part; where unreadable ones are left out, each is read once first."""
    from fieldmark.backbones.networks import configuration_of, contract_of

    table = ground.manifest.select(ground.split.ids(part))
    paths = dict(zip(table.ids, table.image_paths(), strict=True))
    contract = contract_of(backbone, configuration_of(backbone))
    whole = Readable(paths, 0, regions_of(table, contract))
    if ground.file.study.data.unreadable == "fail":
        return whole
    files = list(paths.values())
    kept: list[int] = []
    with progress.step(f"read {part}", len(files)) as step:
        regions = whole.region_list
        for batch in read_batches(files, contract, policy="exclude", regions=regions):
            kept += batch.positions.tolist()
            step.advance(len(batch.positions) + len(batch.excluded))
            for excluded in batch.excluded:
                progress.say(f"Left out: {excluded.reason}")
    ids = table.ids
    kept_paths = {ids[place]: files[place] for place in kept}
    return Readable(kept_paths, len(files) - len(kept), whole.regions)
