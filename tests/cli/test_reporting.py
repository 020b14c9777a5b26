from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from fieldmark.comparison.selection import Choice, SelectionLedger, write_ledger
from fieldmark.predictions.store import load_predictions, save_predictions


@pytest.fixture
def stored(call, tmp_path: Path) -> Path:
    """Return a folder with two stored tables of predictions."""
    rng = np.random.default_rng(0)
    truth = np.arange(60) % 3
    for name, noise in (("ours", 0.3), ("theirs", 1.2)):
        np.savez(
            tmp_path / f"{name}.npz",
            scores=2 * np.eye(3)[truth] + noise * rng.normal(size=(60, 3)),
            ids=np.array([f"photo-{row}" for row in range(60)]),
            labels=np.array(["ash", "elm", "oak"])[truth],
            classes=np.array(["ash", "elm", "oak"]),
        )
        words = ("--kind", "logits", "--out", tmp_path / name)
        assert call("import", tmp_path / f"{name}.npz", *words).code == 0
    return tmp_path


def test_report_of_predictions_alone(call, stored: Path) -> None:
    out = stored / "page"
    words = ("--out", out, "--critical", "oak", "--reference", "theirs", "--resamples", "300")
    said = call("report", stored / "ours", stored / "theirs", *words)
    assert (said.code, said.err) == (0, "")
    assert said.out.endswith(f"Report: {out / 'index.html'}\n")
    assert said.out.startswith("ours ")
    assert "Critical: oak" in (out / "index.html").read_text(encoding="utf-8")


def test_report_of_a_study_takes_a_critical_class(call, finished: Path) -> None:
    unknown = call("report", finished, "--critical", "Amanita phalloides")
    assert unknown.code == 2
    assert unknown.err.startswith("fieldmark: Unknown critical class 'Amanita phalloides'")


def test_report_refuses_what_does_not_fit_together(call, stored: Path, fresh: Path) -> None:
    several = call("report", fresh, fresh)
    assert several.code == 2
    assert "Name one study at a time" in several.err
    elsewhere = call("report", fresh, "--out", stored / "page")
    assert elsewhere.code == 2
    assert "leave --out away" in elsewhere.err
    unknown = call("report", stored / "ours", "--reference", "nobody", "--out", stored / "page")
    assert unknown.code == 2
    assert "Unknown reference 'nobody'" in unknown.err


def test_report_refuses_what_it_would_not_use(call, stored: Path) -> None:
    absent = call("report", stored / "absent")
    assert absent.code == 2
    assert "a folder of a study or of stored predictions" in absent.err
    for option, sentence in (
        (("--set", "task=taxonomy"), "--set is for studies; these are stored predictions."),
        (("--images", stored / "absent"), "Expected a folder of images at "),
    ):
        said = call("report", stored / "ours", *option, "--out", stored / "page")
        assert said.code == 2
        assert sentence in said.err


def test_observations_of_stored_predictions_are_a_level_of_their_own(
    call, stored: Path, fresh: Path
) -> None:
    for name in ("ours", "theirs"):
        table = load_predictions(stored / name)
        trees = pl.Series("tree", [f"t{row // 6 * 3 + row % 3}" for row in range(60)])
        items = table.items.with_columns(trees)
        save_predictions(replace(table, items=items), stored / f"{name}-trees")
    folders = stored / "ours-trees", stored / "theirs-trees"
    words = ("--out", stored / "page", "--resamples", "300", "--observations")
    assert call("report", *folders, *words, "tree").code == 0
    page = (stored / "page" / "index.html").read_text(encoding="utf-8")
    assert "60 images show 30 observations by the column “tree”" in page
    assert "The scores of theirs are pooled as they came, not calibrated." in page
    unknown = call("report", *folders, *words, "plant")
    assert unknown.code == 2
    assert "column 'plant' that names the observation" in unknown.err
    of_study = call("report", fresh, "--observations", "tree")
    assert "a study states protocol.observations" in of_study.err


def test_a_ledger_of_choices_is_for_predictions(call, stored: Path, finished: Path) -> None:
    ledger = stored / "selection.json"
    chosen = Choice(
        contender="ours", what="checkpoint", candidates=9, metric="accuracy", part="unknown"
    )
    write_ledger(SelectionLedger((chosen,)), ledger)
    words = ("--out", stored / "page", "--resamples", "300", "--selection")
    assert call("report", stored / "ours", *words, ledger).code == 0
    assert "What was chosen, and among how many" in (stored / "page" / "index.html").read_text()
    ledger.write_text("{}")
    said = call("report", stored / "ours", *words, ledger)
    assert said.code == 2
    assert said.err.startswith("fieldmark: Expected a selection ledger")
    said = call("report", finished, "--selection", ledger)
    assert said.code == 2
    assert "a study records its own choices. Leave it out." in said.err


@pytest.fixture
def fungi(call, tmp_path: Path) -> Path:
    """Return stored predictions whose items say which are poisonous."""
    rng = np.random.default_rng(0)
    truth = np.arange(60) % 3
    scores = 2 * np.eye(3)[truth] + rng.normal(size=(60, 3))
    names = np.array(["cap", "cep", "ear"])
    lines = ["id,label,deadly,score:cap,score:cep,score:ear"]
    for row, (code, line) in enumerate(zip(truth, scores, strict=True)):
        numbers = ",".join(f"{value:.4f}" for value in line)
        lines.append(f"p{row},{names[code]},{'yes' if code == 0 else 'no'},{numbers}")
    (tmp_path / "fungi.csv").write_text("\n".join(lines), encoding="utf-8")
    words = ("--kind", "logits", "--out", tmp_path / "fungi")
    assert call("import", tmp_path / "fungi.csv", *words).code == 0
    return tmp_path / "fungi"


def test_a_column_says_which_classes_are_poisonous(call, fungi: Path) -> None:
    out = fungi.parent / "page"
    said = call("report", fungi, "--out", out, "--hazard", "deadly=yes", "--critical", "cap")
    assert (said.code, said.err) == (0, "")
    text = (out / "index.html").read_text(encoding="utf-8")
    assert '<section id="danger"' in text
    assert "cap is poisonous: " in text
    assert "column &#39;deadly&#39; (yes)" in text


def test_hazards_that_say_nothing_are_refused(call, fungi: Path, finished: Path) -> None:
    for written in ("deadly", "=yes", "deadly= ,"):
        wrong = call("report", fungi, "--hazard", written)
        assert wrong.code == 2
        assert f"such as poisonous=1; got '{written}'." in wrong.err
    unknown = call("report", fungi, "--hazard", "dedly=yes")
    assert "Expected a column 'dedly'" in unknown.err
    assert "did you mean 'deadly'?" in unknown.err
    study = call("report", finished, "--hazard", "poisonous=1")
    assert study.code == 2
    assert "a study names its column in data.hazard" in study.err
