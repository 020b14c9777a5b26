"""One butterfly with two photos, looked into with real weights."""

import csv
from pathlib import Path

import pytest

from fieldmark.workflows.inspecting import inspect_observation
from fieldmark.workflows.inspecting_photos import inspect_photos

SHARED = Path(__file__).resolve().parents[2].parent / "shared"
BUTTERFLIES = SHARED / "data" / "heliconius"
WEIGHTS = SHARED / "weights" / "mobilenetv2_100.safetensors"
KEPT = ("rosina_N", "rosina_S", "petiverana", "vulcanus")
STUDY = """\
study: butterflies
task: taxonomy
data:
  manifest: manifest.csv
  images: {images}
  id: path
  ranks: [family, genus, species, subspecies]
  group: observation
  split: {{kind: holdout, fractions: {{train: 0.6, validation: 0.2, test: 0.2}}, seed: 0}}
protocol:
  selection: {{metric: macro_f1, on: validation}}
contenders:
  probe:
    backbone:
      name: mobilenetv2_100
      weights: {weights}
      options: {{pad_type: same}}
      preprocessing: {{resize_size: 96, crop_size: 96, resize_rule: squash}}
    head: {{kind: linear, epochs: 20}}
"""

pytestmark = [
    pytest.mark.real,
    pytest.mark.slow,
    pytest.mark.skipif(
        not (BUTTERFLIES.is_dir() and WEIGHTS.is_file()),
        reason="needs the butterfly photographs and the weights beside the checkout",
    ),
]


@pytest.fixture
def butterflies(tmp_path: Path) -> Path:
    """Return a study of four subspecies of two species that mimic each other."""
    with (BUTTERFLIES / "manifest.csv").open(encoding="utf-8", newline="") as stream:
        header, *rows = list(csv.reader(stream))
    place, specimen = header.index("subspecies"), header.index("observation")
    kept = [row for row in rows if row[place] in KEPT]
    first = {
        name: sorted({row[specimen] for row in kept if row[place] == name})[:10] for name in KEPT
    }
    with (tmp_path / "manifest.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        mine = (row for row in kept if row[specimen] in first[row[place]])
        writer.writerows([header, *mine])
    (tmp_path / "study.yaml").write_text(STUDY.format(images=BUTTERFLIES, weights=WEIGHTS))
    return tmp_path


def test_a_specimen_with_two_photos(call, butterflies: Path, opened) -> None:
    assert call("run", butterflies).code == 0
    ground = opened(butterflies)
    tested = ground.manifest.select(ground.split.ids("test"))
    name = tested.groups[0]
    found = inspect_observation(ground, name)
    (voice,) = found.voices
    assert len(found.photos) == len(voice.replies) == 2
    assert [node.rank for node in voice.pooled.path] == ["family", "genus", "species", "subspecies"]
    assert voice.pooled.path[0].probability == pytest.approx(1)
    assert "locality" in dict(found.columns)
    learnt = set(ground.split.ids("train"))
    assert {kin.identifier for one in found.kinships for kin in one.found} <= learnt
    files = [ground.manifest.image_path(photo.identifier) for photo in found.photos]
    now = inspect_photos(ground, files).voices[0].pooled
    assert now.top[0] == (
        voice.pooled.top[0][0],
        pytest.approx(voice.pooled.top[0][1], abs=1e-4),
    )
