"""A small study of real photographs of groceries with real weights."""

import csv
from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2].parent / "shared"
GROCERY = SHARED / "data" / "grocery_produce"
WEIGHTS = SHARED / "weights" / "mobilenetv2_100.safetensors"
CLASSES = 6
STUDY = """\
study: grocery
task: taxonomy
data:
  manifest: manifest.csv
  images: {images}
  id: path
  ranks: [kind, coarse, fine]
  split: {{kind: holdout, fractions: {{train: 0.5, validation: 0.25, test: 0.25}}, seed: 0}}
protocol:
  selection: {{metric: macro_f1, on: validation}}
  resamples: 200
contenders:
  probe:
    backbone: &net {{name: mobilenetv2_100, weights: {weights}, options: {{pad_type: same}}}}
    head: {{kind: linear, epochs: 20}}
  knn:
    backbone: *net
    head: {{kind: knn}}
reference: knn
claims:
  - {{metric: accuracy, contender: probe, at_least: 0.8}}
"""

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(
        not (GROCERY.is_dir() and WEIGHTS.is_file()),
        reason="needs the grocery photographs and the weights beside the checkout",
    ),
]


@pytest.fixture
def grocery(tmp_path: Path) -> Path:
    """Return a study of the first few fine classes."""
    with (GROCERY / "manifest.csv").open(encoding="utf-8", newline="") as stream:
        header, *rows = list(csv.reader(stream))
    fine = header.index("fine")
    kept = list(dict.fromkeys(row[fine] for row in rows))[:CLASSES]
    with (tmp_path / "manifest.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerows([header, *(row for row in rows if row[fine] in kept)])
    (tmp_path / "study.yaml").write_text(STUDY.format(images=GROCERY, weights=WEIGHTS))
    return tmp_path


@pytest.mark.slow
def test_real_photographs_are_learnt_judged_and_reported(call, grocery: Path) -> None:
    assert call("check", grocery).code == 0
    said = call("run", grocery)
    assert (said.code, said.out) == (0, "All 2 cells are done: 2 ran now.\n")
    assert call("run", grocery).out == "All 2 cells are done: 2 were done before.\n"
    said = call("report", grocery)
    assert said.code == 0
    assert "accuracy of probe at least 80.00 %: met: " in said.out
    page = (grocery / "results" / "grocery" / "report" / "index.html").read_text()
    assert "Which of 2 contenders names the fine (of 3 ranks) best" in page
    image = next(GROCERY.rglob("*.jpg"))
    said = call("predict", grocery, "probe", image, "--top", 1)
    assert said.out.startswith(f"{image}: ")


def test_weights_made_for_other_padding_are_refused_with_the_way_out(
    call, grocery: Path, rewrite
) -> None:
    rewrite(grocery / "study.yaml", (", options: {pad_type: same}", ""))
    said = call("check", grocery)
    assert said.code == 2
    assert (
        "error: the contender 'probe' cannot run: The weights in mobilenetv2_100.safetensors were "
        "made for other options than asked for (pad_type: same against absent): write options: "
        '{"pad_type": "same"}.'
    ) in said.out
    said = call("run", grocery)
    assert said.code == 1
    assert 'write options: {"pad_type": "same"}.' in said.err
