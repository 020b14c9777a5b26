"""A study to start from, on generated files that lie as FungiTastic's do."""

from pathlib import Path
from typing import Final

from fieldmark.core.progress import Progress
from fieldmark.core.storage import write_text
from fieldmark.synthetic.fungitastic import write_fungitastic

_STUDY: Final = """\
# Which species is it, and how far can the answer be trusted? Generated files, laid out as
# FungiTastic's are: name your own folder as 'images', and everything below stays as it is.
study: fungi
task: taxonomy
data:
  format: fungitastic       # names the columns, the six ranks, the observation and the three parts
  images: data              # holds metadata/FungiTastic/*.csv and FungiTastic/train/300p/*.JPG
  # resolution: 500p        # 300p unless given
  # synonyms: data/synonyms.csv   # names that gave way to others: columns name, accepted
protocol:
  selection: {metric: macro_f1, on: validation}           # what is chosen, is chosen here,
  report_on: test                                         # and reported there
  seeds: [0, 1, 2]
contenders:
  # Networks with random weights need no download; with a connection, try weights: tv_in1k.
  vgg-probe:
    backbone: &vgg
      {name: vgg11, weights: random, preprocessing: &small {resize_size: 64, crop_size: 64}}
    head: {kind: linear, class_weights: balanced}
  vgg-knn:
    backbone: *vgg
    head: {kind: knn}
reference: vgg-knn
"""
_SPECIES: Final = 16
_OBSERVATIONS: Final = {"train": 240, "val": 90, "test": 90}
_SIZE: Final = 128


def write_fungitastic_study(folder: Path, seed: int, progress: Progress) -> Path:
    """Write generated files and a study on them, and return the path of its file.

    Args:
        folder: a new folder.
        seed: of the generated files.
        progress: who is told how far it is.
    """
    write_fungitastic(
        folder / "data",
        species=_SPECIES,
        observations=_OBSERVATIONS,
        size=_SIZE,
        seed=seed,
        progress=progress,
    )
    study = folder / "study.yaml"
    write_text(study, _STUDY)
    return study
