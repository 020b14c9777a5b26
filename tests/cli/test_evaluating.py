import csv
import json
from pathlib import Path

import numpy as np
import pytest

from fieldmark.predictions.header import ScoreKind
from fieldmark.predictions.importers import ImportOptions, import_predictions

SPECIES = [f"K{number // 2} s{number}" for number in range(8)]


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return predictions of 8 species in 4 genera, with a habitat and a temperature."""
    folder = tmp_path_factory.mktemp("evaluating")
    rng = np.random.default_rng(0)
    truth = rng.integers(8, size=200)
    scores = rng.normal(size=(200, 8)) + 2.5 * np.eye(8)[truth]
    scores[:60] -= 2.5 * np.eye(8)[truth[:60]]
    with (folder / "scores.csv").open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["id", "label", "habitat", "celsius", *(f"score:{s}" for s in SPECIES)])
        for row, code in enumerate(truth):
            habitat = "bog" if row < 60 else ("wood" if row < 190 else "")
            writer.writerow([f"i{row}", SPECIES[code], habitat, row / 10, *scores[row].round(6)])
    ranks = [f"{name.split()[0]},{name}" for name in SPECIES]
    (folder / "ranks.csv").write_text("\n".join(["genus,species", *ranks]))
    import_predictions(
        folder / "scores.csv",
        kind=ScoreKind.LOGITS,
        out=folder / "stored",
        options=ImportOptions(contender="probe", split="test", taxonomy=folder / "ranks.csv"),
    )
    return folder / "stored"


def test_a_smaller_universe_is_asked_for(call, stored: Path) -> None:
    said = call("evaluate", stored, "--resamples", 200, "--universe", 4)
    lines = said.out.splitlines()
    assert "Expected among 4 of 8 candidates" in [line.strip() for line in lines]
    assert any(line.startswith("expected_top_3_accuracy") for line in lines)
    document = json.loads(
        call("evaluate", stored, "--resamples", 200, "--universe", 4, "--json").out
    )
    assert [one["classes"] for one in document["universe"]] == [4, 4]
    accuracy = next(e for e in document["estimates"] if e["metric"] == "accuracy")
    assert document["universe"][0]["value"] > accuracy["value"]


def test_the_worst_slice_comes_first_and_multiplicity_is_stated(call, stored: Path) -> None:
    words = ["--slice-by", "habitat", "celsius", "genus", "--resamples", 200]
    said = call("evaluate", stored, *words)
    lines = said.out.splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("Worst slices by accuracy"))
    heading, first = lines[start + 1 : start + 3]
    assert "99.55 % interval" in heading
    assert first.split()[:2] in (["habitat", "bog"], ["celsius", "0"])
    assert first.rstrip().endswith("worse than all")
    assert any(line.startswith("habitat  (missing)") and "small" in line for line in lines)
    (note,) = [line for line in lines if line.startswith("11 slices were looked at")]
    assert "99.55 %" in note
    assert "hold together with 95 % (Bonferroni)" in note
    assert "celsius: cut at the quartiles of 200 numbers" in note
    document = json.loads(call("evaluate", stored, *words, "--json").out)
    assert document["slices"]["looked_at"] == 11
    assert document["slices"]["level_of_each"] == pytest.approx(1 - 0.05 / 11)


def test_slices_can_be_ordered_by_another_metric(call, stored: Path) -> None:
    words = ["--slice-by", "habitat", "--slice-metric", "log_loss", "--resamples", 200]
    lines = call("evaluate", stored, *words).out.splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("Worst slices by log_loss"))
    assert lines[start + 2].startswith("habitat  bog")


def test_backing_off_is_shown_rank_by_rank(call, stored: Path) -> None:
    said = call("evaluate", stored, "--back-off", "--resamples", 200)
    lines = said.out.splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("Backing off"))
    assert lines[start + 1].split()[-3:] == ["depth", "genus", "species"]
    assert lines[start + 2].split()[:2] == ["0.000", "100.0"]
    document = json.loads(call("evaluate", stored, "--back-off", "--resamples", 200, "--json").out)
    assert document["backoff"]["points"][0]["coverage"] == 1.0


def test_mix_ups_are_shown(call, stored: Path) -> None:
    said = call("evaluate", stored, "--confused", 3, "--resamples", 200)
    lines = said.out.splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("Most frequent mix-ups"))
    assert len([line for line in lines[start + 2 : start + 6] if line.startswith("K")]) == 3


def test_classes_errors_and_items_are_written(call, stored: Path, tmp_path: Path) -> None:
    files = {name: tmp_path / f"{name}.csv" for name in ("per-class", "errors", "items")}
    words = [word for name, path in files.items() for word in (f"--{name}", path)]
    said = call("evaluate", stored, "--resamples", 200, *words)
    assert f"Wrote 8 classes to {files['per-class']}." in said.out
    rows = {
        name: list(csv.DictReader(path.read_text().splitlines())) for name, path in files.items()
    }
    assert len(rows["items"]) == 200
    assert len(rows["errors"]) == sum(row["right"] == "false" for row in rows["items"])
    assert {"place", "first_wrong_rank", "lca", "habitat"} <= rows["errors"][0].keys()
    assert sum(int(row["n"]) for row in rows["per-class"]) == 200
    silent = call("evaluate", stored, "--resamples", 200, "--json", "--errors", files["errors"])
    json.loads(silent.out)


def test_metadata_gives_a_baseline(call, stored: Path, tmp_path: Path) -> None:
    said = call("evaluate", stored, "--resamples", 200, "--metadata", "habitat")
    assert "habitat only, from the evaluated items beside it" in said.out
    training = tmp_path / "training.csv"
    training.write_text("label,habitat\nK0 s0,bog\nK1 s3,wood\n")
    said = call("evaluate", stored, "--metadata", "habitat", "--training-items", training)
    assert "habitat only, from the training items" in said.out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--universe", "9"], "Expected a set of 1 to 8 of 8 candidates"),
        (["--slice-by", "habitt"], "Unknown column to slice by 'habitt'; did you mean 'habitat'?"),
        (["--slice-by", "id"], "Expected at most 60 slices; 'id' has 200 values"),
        (["--slice-metric", "acuracy"], "Unknown metric 'acuracy'; did you mean 'accuracy'?"),
        (["--confused", "0"], "Expected at least 1 pair to show; got 0."),
        (["--errors", "no/such/folder/errors.csv"], "is in no folder that exists. Name a file."),
        (["--errors", "."], "Expected a CSV file to write; . is a folder. Name a file."),
        (["--metadata", "habitt"], "Unknown column 'habitt'"),
        (["--training-items", "none.csv"], "Expected a table at none.csv"),
        (["--radius", "5"], "--radius is for rankings. Leave it out."),
    ],
)
def test_what_does_not_fit_is_refused(call, stored: Path, words, message: str) -> None:
    said = call("evaluate", stored, "--resamples", 200, *words)
    assert said.code == 2
    assert message in said.err
    assert said.out == ""


def test_without_a_tree_there_is_nothing_to_back_off_in(call, stored: Path, tmp_path: Path) -> None:
    source = stored.parent / "scores.csv"
    call("import", source, "--kind", "logits", "--out", tmp_path / "flat")
    said = call("evaluate", tmp_path / "flat", "--back-off", "--resamples", 200)
    assert said.code == 2
    assert "Expected a taxonomy to back off in; 'scores' has none." in said.err


def test_import_keeps_further_arrays(call, tmp_path: Path) -> None:
    np.savez(
        tmp_path / "scores.npz",
        scores=np.eye(2),
        ids=["x", "y"],
        labels=["a", "b"],
        classes=["a", "b"],
        month=[9, 10],
    )
    words = ["import", tmp_path / "scores.npz", "--kind", "probabilities", "--out", tmp_path / "in"]
    assert call(*words, "--columns", "month").code == 0
    said = call("evaluate", tmp_path / "in", "--slice-by", "month", "--resamples", 200)
    assert "2 slices were looked at" in said.out
    table = tmp_path / "scores.csv"
    table.write_text("id,label,score:a\nx,a,1\n")
    said = call("import", table, *words[2:-1], tmp_path / "csv", "--columns", "month")
    assert "keeps every column with its items. Leave --columns out." in said.err
