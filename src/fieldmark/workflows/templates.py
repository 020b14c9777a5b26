"""Studies to start from: a study file with generated data beside it."""

import csv
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Final

from fieldmark.core.checks import unknown_choice
from fieldmark.core.errors import StudyError
from fieldmark.core.progress import Progress
from fieldmark.core.storage import write_text
from fieldmark.synthetic.fungi import write_fungi
from fieldmark.workflows.fungitastic_template import write_fungitastic_study

_TAXONOMY: Final = """\
# Which species is it, and how far can the answer be trusted? Generated fungi, six ranks.
# 'fieldmark schema' prints what may stand here; your own data needs a table and a folder of images.
study: fungi
task: taxonomy
data:
  manifest: data/manifest.csv
  images: data
  ranks: [phylum, class, order, family, genus, species]   # coarse to fine; the last is the label
  group: observation      # photos of one mushroom never straddle the split
  split: split            # a column, or {kind: holdout, fractions: {train: 0.6, ...}, seed: 0}
  hazard: {column: poisonous, values: [1]}   # poisonous taken for harmless is counted
protocol:
  selection: {metric: macro_f1, on: validation}           # what is chosen, is chosen here,
  report_on: test                                         # and reported there
  critical: [POISONOUS]   # a poisonous species gets a section of its own
  seeds: [0, 1, 2]
  observations: {by: observation}                         # photos of one mushroom, judged as one
  metadata_prior: {columns: [habitat, month]}             # what habitat and month add, if anything
contenders:
  # Networks with random weights need no download; with a connection, try weights: tv_in1k.
  vgg-probe:
    backbone: &vgg
      {name: vgg11, weights: random, preprocessing: &small {resize_size: 64, crop_size: 64}}
    head: {kind: linear}
  vgg-ranks:              # one head per rank; every answer is still a path of the tree
    backbone: *vgg
    head: {kind: hierarchical, structure: ranks}
  vgg-knn:
    backbone: *vgg
    head: {kind: knn}
  resnet-probe:
    backbone:
      {name: resnet10t, weights: random, options: {global_pool: catavgmax}, preprocessing: *small}
    head: {kind: linear}
  # Predictions made anywhere take part too: one row an image, columns id, label, score:<class>.
  # incumbent: {predictions: incumbent.csv, kind: probabilities}
reference: vgg-probe
decisions:
  # Answer at the finest rank whose error keeps the limit; fitted on validation, shown on test.
  careful: {rule: backoff, error_limit: 0.25}
  # Taking poisonous for harmless costs 100, any other mistake 1.
  wary: {rule: minimum-risk, cost: poison, poison: {column: poisonous, cost: 100}}
claims:
  - {metric: accuracy, contender: vgg-probe, at_least: 0.5}
  - {metric: accuracy, contender: vgg-probe, rank: genus, at_least: 0.5}
"""
_SPECIES, _OBSERVATIONS, _SIZE = 24, 20, 128


def write_study(
    system: str, folder: Path, *, seed: int, progress: Progress, layout: str = "table"
) -> Path:
    """Write a study with generated data and return the path of its file.

    Args:
        system: the kind of study; "taxonomy" is the only one yet.
        folder: a folder that does not exist, or is empty.
        seed: of the generated data.
        progress: who is told how far it is.
        layout: how the data lie: "table" (one table of images), or "fungitastic" (its files).

    Raises:
        StudyError: the system or the layout is unknown, or the folder holds something already.
    """
    systems: dict[str, dict[str, Callable[[Path, int, Progress], Path]]] = {
        "taxonomy": {"table": _write_taxonomy, "fungitastic": write_fungitastic_study}
    }
    if system not in systems:
        raise StudyError(unknown_choice("system", system, systems))
    if layout not in systems[system]:
        raise StudyError(unknown_choice("layout", layout, systems[system]))
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise StudyError(f"Expected a new folder; {folder} holds something already. Name another.")
    return systems[system][layout](folder, seed, progress)


def _write_taxonomy(folder: Path, seed: int, progress: Progress) -> Path:
    write_fungi(
        folder / "data",
        species=_SPECIES,
        observations=_OBSERVATIONS,
        size=_SIZE,
        seed=seed,
        progress=progress,
    )
    study = folder / "study.yaml"
    write_text(study, _with_hazards(_TAXONOMY, folder / "data" / "manifest.csv"))
    return study


def _with_hazards(template: str, manifest: Path) -> str:
    """Return the study with its most photographed poisonous species as the critical one.

    Where all species are alike, it comes without what needs a poisonous one.
    """
    with manifest.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    poisonous = Counter(row["species"] for row in rows if row["poisonous"] == "1")
    if poisonous and any(row["poisonous"] == "0" for row in rows):
        return template.replace("POISONOUS", min(poisonous, key=lambda n: (-poisonous[n], n)))
    needing = ("  hazard: ", "  critical: ", "  wary: ", "  # Taking poisonous ")
    lines = template.splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith(needing))
