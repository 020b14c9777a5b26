"""The wheel with the base install alone: judging works, and learning says what it needs."""

import json
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

BASE_PYTHON = os.environ.get("FIELDMARK_BASE_PYTHON")
pytestmark = [
    pytest.mark.base_install,
    pytest.mark.skipif(
        BASE_PYTHON is None, reason="FIELDMARK_BASE_PYTHON names no base environment"
    ),
]
CLASSES = ("ash", "elm", "oak")
LABELS = [CLASSES[index % 3] for index in range(60)]


def fieldmark(*words: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [Path(str(BASE_PYTHON)).with_name("fieldmark"), *map(str, words)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, noise in (("ours", 0.4), ("theirs", 0.8)):
        generator = np.random.default_rng(0)
        scores = np.eye(3)[np.arange(60) % 3] + noise * generator.normal(size=(60, 3))
        np.savez(
            tmp_path / f"{name}.npz",
            scores=scores,
            ids=np.array([f"photo-{index}" for index in range(60)]),
            labels=np.array(LABELS),
            classes=np.array(CLASSES),
        )
    return tmp_path


def test_no_learning_package_is_there(tmp_path: Path) -> None:
    script = (
        "import importlib.util as u, sys, fieldmark\n"
        "print([n for n in ('torch', 'timm', 'lightning', 'open_clip') if u.find_spec(n)])\n"
        "print('site-packages' in fieldmark.__file__)"
    )
    done = subprocess.run(
        [str(BASE_PYTHON), "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.split("\n")[:2] == ["[]", "True"]


def test_imported_predictions_are_evaluated_and_compared(folder: Path) -> None:
    for name in ("ours", "theirs"):
        done = fieldmark("import", f"{name}.npz", "--kind", "logits", "--out", name, cwd=folder)
        assert done.returncode == 0, done.stderr
    evaluated = fieldmark("evaluate", "ours", "--json", cwd=folder)
    metrics = {row["metric"] for row in json.loads(evaluated.stdout)["estimates"]}
    assert {"accuracy", "macro_f1", "log_loss"} <= metrics
    compared = fieldmark("compare", "ours", "theirs", "--json", cwd=folder)
    assert json.loads(compared.stdout)["n"] == 60


def test_a_study_of_imported_predictions_runs_and_reports(folder: Path) -> None:
    (folder / "images").mkdir()
    rows = []
    for index, label in enumerate(LABELS):
        Image.new("RGB", (8, 8), (index, 0, 0)).save(folder / "images" / f"{index}.png")
        rows.append(f"photo-{index},{index}.png,{label},{'train' if index < 6 else 'test'}")
    (folder / "manifest.csv").write_text("\n".join(["id,path,species,split", *rows]))
    (folder / "study.yaml").write_text(
        "study: trees\n"
        "task: taxonomy\n"
        "data: {manifest: manifest.csv, images: images, label: species, split: split}\n"
        "contenders:\n"
        "  ours: {predictions: ours.npz, kind: logits}\n"
        "  theirs: {predictions: theirs.npz, kind: logits}\n"
    )
    ran = fieldmark("run", ".", cwd=folder)
    assert ran.returncode == 0, ran.stderr
    reported = fieldmark("report", ".", cwd=folder)
    assert reported.returncode == 0, reported.stderr
    assert (folder / "results" / "trees" / "report" / "index.html").is_file()


def test_learning_says_which_extra_it_needs(tmp_path: Path) -> None:
    assert fieldmark("new", "taxonomy", "study", cwd=tmp_path).returncode == 0
    checked = fieldmark("check", "study", cwd=tmp_path)
    ran = fieldmark("run", "study", cwd=tmp_path)
    assert (checked.returncode, ran.returncode) == (2, 1)
    for said in (checked.stdout, ran.stderr):
        assert "pip install 'fieldmark[learn]'" in said
        assert "Traceback" not in said
