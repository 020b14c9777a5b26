"""The studies of `benchmarks.real_taxonomy`: real hierarchies, asked what the taxonomy system asks.

Nothing was chosen on a test part: heads have their defaults, epochs are chosen on the validation
part by each head's own monitor, decisions are fitted there.
"""

import csv
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.real_studies import CENTRE, SHARED, WEIGHTS


@dataclass(frozen=True)
class RealTree:
    """A data set with a hierarchy.

    Attributes:
        title: of the table's rows.
        folder: below the shared data, and the name of the study.
        ranks: columns, coarse to fine.
        group: column of the specimen that several photos show; None for single photos.
        metadata: columns that are known before the answer.
        fewest: specimens or photos that a leaf needs in order to take part.
        side: of the pictures, in pixels.
        rule: how they are resized.
    """

    title: str
    folder: str
    ranks: tuple[str, ...]
    group: str | None
    metadata: tuple[str, ...]
    fewest: int
    side: int
    rule: str

    @property
    def place(self) -> Path:
        """The folder of the data set."""
        return SHARED / "data" / self.folder


TREES: Final = (
    RealTree("groceries", "grocery_produce", ("kind", "coarse", "fine"), None, (), 1, 128, CENTRE),
    RealTree(
        "butterflies",
        "heliconius",
        ("species", "subspecies"),
        "observation",
        ("locality", "sex"),
        5,
        96,
        "squash",
    ),
)

HEADS: Final = {
    "summed": "{kind: linear, patience: 20}",
    "rank-heads": "{kind: hierarchical, structure: ranks, patience: 20}",
    "conditional": "{kind: hierarchical, structure: siblings, patience: 20}",
    "ancestors": "{kind: hierarchical, loss: ancestors, patience: 20}",
    "hxe": "{kind: hierarchical, loss: hxe, patience: 20}",
    "soft-labels": "{kind: hierarchical, loss: soft-labels, patience: 20}",
    "fine-to-coarse": "{kind: hierarchical, structure: fine-to-coarse, patience: 20}",
    "logit-adjusted": "{kind: hierarchical, loss: logit-adjusted, patience: 20}",
}

STUDY: Final = """\
study: {folder}-ranks
task: taxonomy
data:
  manifest: manifest.csv
  images: {images}
  id: path
  ranks: [{ranks}]
  {group}split: {{kind: holdout, fractions: {{train: 0.5, validation: 0.2, test: 0.3}}, seed: 0}}
protocol:
  selection: {{metric: macro_f1, on: validation}}
  seeds: [0, 1, 2, 3, 4]
{observations}decisions:
  five-percent: {{rule: backoff, error_limit: 0.05, confidence: 0.9}}
  roll-up: {{rule: backoff, threshold: 0.65}}
contenders:
{contenders}reference: summed
"""

BACKBONE: Final = """\
{{name: mobilenetv2_100, weights: {weights}, options: {{pad_type: same}}, preprocessing: \
{{resize_size: {side}, crop_size: {side}, resize_rule: {rule}}}}}"""


def write_tree_study(data: RealTree, folder: Path) -> Path:
    """Write a study and its table of images, and return the folder."""
    backbone = BACKBONE.format(weights=WEIGHTS, side=data.side, rule=data.rule)
    contenders = "".join(
        f"  {name}:\n    backbone: {backbone}\n    head: {head}\n" for name, head in HEADS.items()
    )
    observations = ""
    if data.group:
        observations = f"  observations: {{by: {data.group}}}\n"
        observations += f"  metadata_prior: {{columns: [{', '.join(data.metadata)}]}}\n"
    text = STUDY.format(
        folder=data.folder,
        images=data.place,
        ranks=", ".join(data.ranks),
        group=f"group: {data.group}\n  " if data.group else "",
        observations=observations,
        contenders=contenders,
    )
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "study.yaml").write_text(text, encoding="utf-8")
    with (data.place / "manifest.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    leaf = data.ranks[-1]
    of_class = Counter(name for name, _ in {(row[leaf], row[data.group or "path"]) for row in rows})
    with (folder / "manifest.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(row for row in rows if of_class[row[leaf]] >= data.fewest)
    return folder
