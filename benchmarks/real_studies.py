"""The studies of `benchmarks.real_input`: study files and tables of images, written to a folder.

How norms are treated was chosen on the validation part of the groceries, unfolded against held, one
seed each; step size, layer decay and the classifier's own first epochs are common practice, and
nothing was tried on a test part.
"""

import csv
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Final

SHARED: Final = Path(__file__).resolve().parents[2] / "shared"
WEIGHTS: Final = SHARED / "weights" / "mobilenetv2_100.safetensors"


@dataclass(frozen=True)
class RealData:
    """A data set, and what is asked of it.

    Attributes:
        title: of the table's rows.
        folder: below the shared data.
        label: column of the label.
        group: column of what must not straddle the split; None for independent photos.
        fewest: groups that a class needs in order to take part, in all parts together.
        side: of the pictures, in pixels.
        rule: how they are resized.
        seeds: of every contender that has any.
        epochs: of fine-tuning.
    """

    title: str
    folder: str
    label: str
    group: str | None
    fewest: int
    side: int
    rule: str
    seeds: tuple[int, ...]
    epochs: int

    @property
    def place(self) -> Path:
        """The folder of the data set."""
        return SHARED / "data" / self.folder


CENTRE: Final = "shorter side then centre crop"
DATA: Final = (
    RealData("groceries, 50 kinds", "grocery_produce", "fine", None, 1, 128, CENTRE, (0, 1, 2), 9),
    RealData(
        "butterflies, subspecies",
        "heliconius",
        "subspecies",
        "observation",
        5,
        96,
        "squash",
        (0, 1, 2),
        12,
    ),
    RealData("coffee leaves, stress", "coffee_leaf", "stress", None, 1, 128, "squash", (0, 1), 8),
)

STUDY: Final = """\
study: {folder}
task: taxonomy
data:
  manifest: manifest.csv
  images: {images}
  id: path
  label: {label}
  {group}split: {{kind: holdout, fractions: {{train: 0.6, validation: 0.2, test: 0.2}}, seed: 0}}
protocol:
  selection: {{metric: macro_f1, on: validation}}
  seeds: {seeds}
contenders:
  probe:
    backbone: &net
      name: mobilenetv2_100
      weights: {weights}
      options: {{pad_type: same}}
      preprocessing: &size {{resize_size: {side}, crop_size: {side}, resize_rule: {rule}}}
    head: {{kind: linear, patience: 20}}
  neighbours:
    backbone: *net
    head: {{kind: knn}}
  fine-tuned:
    backbone: *net
    training:
      epochs: {epochs}
      unfreezing: {{0: frozen, 2: full}}
      norms: unfold
      batch_size: 16
      learning_rate: 1.0e-3
      layer_decay: 0.9
      augmentation: light
      loss: {{label_smoothing: 0.1}}
  from-scratch:
    backbone:
      {{name: mobilenetv2_100, weights: random, options: {{pad_type: same}}, preprocessing: *size}}
    training:
      epochs: {epochs}
      batch_size: 16
      learning_rate: 2.0e-3
      augmentation: light
      loss: {{label_smoothing: 0.1}}
reference: probe
"""


def write_study(data: RealData, folder: Path) -> Path:
    """Write a study and its table of images, unless they are there as they should be."""
    text = STUDY.format(
        folder=data.folder,
        images=data.place,
        label=data.label,
        group=f"group: {data.group}\n  " if data.group else "",
        seeds=list(data.seeds),
        weights=WEIGHTS,
        side=data.side,
        rule=data.rule,
        epochs=data.epochs,
    )
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "study.yaml").write_text(text, encoding="utf-8")
    with (data.place / "manifest.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    of_class = Counter(
        label for label, _ in {(row[data.label], row[data.group or "path"]) for row in rows}
    )
    with (folder / "manifest.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(row for row in rows if of_class[row[data.label]] >= data.fewest)
    return folder
