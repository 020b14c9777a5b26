"""A bundle with real weights answers real photographs without its study."""

import csv
import shutil
from pathlib import Path

import numpy as np
import pytest

from fieldmark.export.loading import load_bundle
from fieldmark.export.verifying import verify_bundle
from fieldmark.predictions.shares import softmax
from fieldmark.predictions.store import load_predictions
from fieldmark.workflows.answering import answer_with_bundle
from fieldmark.workflows.exporting import export_contender

SHARED = Path(__file__).resolve().parents[2].parent / "shared"
GROCERY = SHARED / "data" / "grocery_produce"
WEIGHTS = SHARED / "weights" / "mobilenetv2_100.safetensors"
STUDY = """\
study: grocery
task: taxonomy
data:
  manifest: manifest.csv
  images: {images}
  id: path
  ranks: [kind, coarse, fine]
  split: {{kind: holdout, fractions: {{train: 0.5, test: 0.5}}, seed: 0}}
protocol: {{resamples: 200}}
contenders:
  probe:
    backbone: {{name: mobilenetv2_100, weights: net.safetensors, options: {{pad_type: same}}}}
    head: {{kind: linear, epochs: 20}}
"""

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(
        not (GROCERY.is_dir() and WEIGHTS.is_file()),
        reason="needs the grocery photographs and the weights beside the checkout",
    ),
]


@pytest.mark.slow
def test_real_photographs_get_the_answers_of_the_study(call, opened, tmp_path: Path) -> None:
    folder = tmp_path / "study"
    folder.mkdir()
    with (GROCERY / "manifest.csv").open(encoding="utf-8", newline="") as stream:
        header, *rows = list(csv.reader(stream))
    fine = header.index("fine")
    kept = list(dict.fromkeys(row[fine] for row in rows))[:3]
    with (folder / "manifest.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerows([header, *(row for row in rows if row[fine] in kept)])
    (folder / "study.yaml").write_text(STUDY.format(images=GROCERY))
    shutil.copy(WEIGHTS, folder / "net.safetensors")
    assert call("run", folder).code == 0

    ground = opened(folder)
    export_contender(ground, "probe", tmp_path / "bundle", licences=("Apache-2.0, by timm.",))
    stored = load_predictions(ground.ledger.result(ground.cells[0]) / "predictions" / "test")
    images = ground.manifest.select(stored.items["id"]).image_paths()
    expected, classes = softmax(np.array(stored.scores)), stored.label_space.classes
    shutil.rmtree(folder)

    model = load_bundle(tmp_path / "bundle")
    answers = answer_with_bundle(model, images, top=len(classes))
    found = np.array([[dict(one.candidates)[name] for name in classes] for one in answers])
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5)
    assert verify_bundle(tmp_path / "bundle").problems == ()
