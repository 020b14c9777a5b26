import json
import shutil
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from fieldmark.comparison.selection import Choice, SelectionLedger, write_ledger
from fieldmark.manifest.labels import LabelSpace
from fieldmark.predictions.header import PredictionsHeader
from fieldmark.predictions.store import save_predictions
from fieldmark.predictions.table import Predictions

N = 400


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with contenders, seeds, folds, another universe and other labels."""
    folder = tmp_path_factory.mktemp("stored")
    for name, skill in (("old", 0.70), ("good", 0.85), ("same", 0.71), ("best", 0.97)):
        save(folder / name, name, skill)
    for seed in (0, 1):
        save(folder / f"seed-{seed}", "probe", 0.9, seed=seed)
    for fold in range(4):
        for name, skill in (("good", 0.9), ("old", 0.6)):
            rows = range(fold * 100, fold * 100 + 100)
            save(folder / f"{name}-{fold}", name, skill, rows=rows, fold=f"f{fold}")
    save(folder / "wide", "wide", 0.8, classes=20)
    save(folder / "cleaned", "cleaned", 0.8, relabelled=True)
    return folder


def save(
    folder: Path,
    name: str,
    skill: float,
    *,
    rows: range = range(N),
    classes: int = 10,
    seed: int = 0,
    fold: str | None = None,
    relabelled: bool = False,
) -> None:
    rng = np.random.default_rng([sum(map(ord, name)), seed, rows.start])
    truth = np.array([row % 10 for row in rows])
    wrong = (truth + rng.integers(1, classes, size=len(truth))) % classes
    answer = np.where(rng.random(len(truth)) < skill, truth, wrong)
    scores = rng.normal(scale=0.1, size=(len(truth), classes))
    scores[np.arange(len(truth)), answer] += 3
    labels = [f"c{code:02d}" for code in truth]
    if relabelled:
        labels[:5] = [f"c{code:02d}" for code in answer[:5] - answer[:5] + 9]
    save_predictions(
        Predictions(
            PredictionsHeader(
                score_kind="logits", contender=name, split="test", seed=seed, fold=fold
            ),
            pl.DataFrame({"id": [f"i{row}" for row in rows], "label": labels}),
            LabelSpace(tuple(f"c{code:02d}" for code in range(classes))),
            scores,
        ),
        folder,
    )


def test_several_challengers_are_corrected_against_the_last(call, stored: Path) -> None:
    tables = [stored / name for name in ("good", "same", "best", "old")]
    said = call("compare", *tables).out.splitlines()
    lines = [line for line in said if not line.startswith((" ", "-"))]
    assert lines[0].startswith("good is better than old on accuracy: ")
    assert lines[1].startswith("same is not distinguishable from old on accuracy: ")
    assert all("Holm over 3 challengers p " in line for line in lines)
    assert len(lines) == 3
    document = json.loads(call("compare", *tables, "--json").out)
    assert [one["a"] for one in document["comparisons"]] == ["good", "same", "best"]
    assert {one["b"] for one in document["comparisons"]} == {"old"}


def test_the_reference_is_named(call, stored: Path) -> None:
    tables = [stored / name for name in ("good", "same", "best")]
    document = json.loads(call("compare", *tables, "--reference", "good", "--json").out)
    assert {one["b"] for one in document["comparisons"]} == {"good"}
    said = call("compare", *tables, "--reference", "bst")
    assert said.code == 2
    assert "Unknown reference 'bst'; did you mean 'best'?" in said.err


def test_tables_of_one_contender_are_its_seeds(call, stored: Path) -> None:
    tables = [stored / name for name in ("seed-0", "seed-1", "old")]
    document = json.loads(call("compare", *tables, "--json").out)
    assert (document["a"], document["a_seeds"], document["b_seeds"]) == ("probe", 2, 1)
    assert document["test"] == "sign flips over 400 items"


def test_two_tables_of_one_name_are_two_sides_and_three_are_refused(
    call, stored: Path, tmp_path: Path
) -> None:
    seeds = [stored / "seed-0", stored / "seed-1"]
    assert call("compare", *seeds).out.startswith("probe is not distinguishable from probe")
    third = shutil.copytree(seeds[0], tmp_path / "third")
    said = call("compare", *seeds, third)
    assert said.code == 2
    assert "Expected predictions of two contenders to compare; all are of 'probe'" in said.err


def test_a_folder_is_not_compared_with_itself(call, stored: Path) -> None:
    said = call("compare", stored / "good", stored / "old" / ".." / "good")
    assert said.code == 2
    assert "Expected every folder once; " in said.err


def test_equal_labels_give_one_verdict(call, stored: Path) -> None:
    said = call("compare", stored / "good", stored / "old", "--labels", "both")
    assert said.out.count("good is ") == 1


@pytest.mark.parametrize(
    ("test", "words"),
    [
        ("mcnemar", "exact McNemar"),
        ("sign-flips", "sign flips over 400 items"),
        ("swaps", "answers swapped over 400 items"),
        ("paired-bootstrap", "paired bootstrap over 400 items"),
    ],
)
def test_the_test_is_chosen_by_name(call, stored: Path, test: str, words: str) -> None:
    settings = ["--test", test, "--resamples", 400]
    assert words in call("compare", stored / "good", stored / "old", *settings).out


def test_a_bootstrap_of_a_class_average_over_few_items_needs_no_warning(call, stored: Path) -> None:
    settings = ["--test", "paired-bootstrap", "--metric", "macro_f1", "--resamples", 400]
    out = call("compare", stored / "good", stored / "old", *settings).out
    assert "paired bootstrap over 400 items, n = 400." in out
    assert "too sure of itself" not in out


def test_a_lower_loss_is_better(call, stored: Path) -> None:
    out = call("compare", stored / "good", stored / "old", "--metric", "log_loss").out
    assert out.startswith("good is better than old on log loss: -")
    assert "; lower is better), p < 0.001, sign flips over 400 items" in out


def test_folds_are_compared_with_the_corrected_test(call, stored: Path) -> None:
    tables = [stored / f"{name}-{fold}" for name in ("good", "old") for fold in range(4)]
    out = call("compare", *tables, "--folds", "--rope", 0.01).out
    assert "corrected resampled t over 1 run x 4 folds (n_test / n_train = 0.333)" in out
    assert "- P(good above old by more than 0.01) = " in out
    document = json.loads(call("compare", *tables, "--folds", "--rope", 0.01, "--json").out)
    assert document["rope"]["right"] > 0.9
    assert document["comparisons"][0]["metric"] == "accuracy_mean_of_folds"
    said = call("compare", *tables, stored / "best", "--folds")
    assert "Expected the folds of two contenders; got 3." in said.err
    said = call("compare", *tables, "--folds", "--test", "mcnemar", "--universe", 2)
    assert said.code == 2
    assert "--test and --universe cannot go with --folds" in said.err
    said = call("compare", stored / "good", stored / "old", "--rope", 0.1)
    assert "--rope belongs to --folds; name a --margin instead." in said.err


def test_another_universe_is_met_at_fewer_candidates(call, stored: Path) -> None:
    said = call("compare", stored / "good", stored / "wide", "--universe", 8)
    assert said.code == 0
    assert " among 8 candidates: " in said.out
    assert "out of its own 10 and 20 classes" in said.out


def test_both_versions_of_the_labels_give_a_verdict(call, stored: Path) -> None:
    assert call("compare", stored / "cleaned", stored / "old").code == 2
    lines = call("compare", stored / "cleaned", stored / "old", "--labels", "both").out.splitlines()
    assert [line.split(" is ")[0] for line in (lines[0], lines[2])] == ["cleaned", "cleaned"]
    assert lines[1].startswith("  - judged by the labels of cleaned (version not recorded)")
    assert lines[3].startswith("  - judged by the labels of old")
    assert lines[4] == "- the preprocessing contract of cleaned and old is not recorded"


def test_a_choice_on_the_items_is_stamped(call, stored: Path, tmp_path: Path) -> None:
    choice = Choice(
        contender="good", what="checkpoint", candidates=30, metric="accuracy", part="test"
    )
    write_ledger(SelectionLedger((choice,)), tmp_path / "selection.json")
    settings = ["--selection", tmp_path / "selection.json"]
    out = call("compare", stored / "good", stored / "old", *settings).out
    assert "for a choice among 30 p " in out
    assert "- good: its checkpoint was chosen on these items, the best of 30 by accuracy" in out


CLAIMS = """\
claims:
  - {contender: good, at_least: 0.7}
  - {contender: good, better_than: old}
  - {contender: old, equals: 0.2}
"""


def test_claims_are_checked(call, stored: Path, tmp_path: Path) -> None:
    (tmp_path / "claims.yaml").write_text(CLAIMS)
    settings = ["--claims", tmp_path / "claims.yaml", "--resamples", 200]
    lines = call("compare", stored / "good", stored / "old", *settings).out.splitlines()
    assert [line.split(":")[0] for line in lines[-3:]] == ["holds", "holds", "does not hold"]
    document = json.loads(call("compare", stored / "good", *settings, "--json").out)
    assert document["comparisons"] == []
    assert [one["verdict"] for one in document["claims"]] == [
        "holds",
        "cannot be told",
        "cannot be told",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("claims: []", "claims.yaml, line 1: claims should be at least 1 long"),
        ("- 1", "claims.yaml, line 1: the claims file should be a mapping of keys to values"),
        ("a: 1", "claims.yaml, line 1: the claims file needs the key 'claims'."),
        (b"\xff", "claims.yaml is not UTF-8; save it as UTF-8."),
        ("claims:\n  - {contender: good}", "line 2: claims.0: a claim states one of at_least"),
        (
            "claims:\n  - {contender: good, at_leest: 1}",
            "fieldmark: claims.yaml, line 2: unknown key 'at_leest' in claims.0; leave it out.\n",
        ),
    ],
)
def test_claims_that_are_none_are_refused(
    call, stored: Path, tmp_path: Path, text, message
) -> None:
    (tmp_path / "claims.yaml").write_bytes(text if isinstance(text, bytes) else text.encode())
    said = call("compare", stored / "good", stored / "old", "--claims", tmp_path / "claims.yaml")
    assert said.code == 2
    assert message in said.err


def test_a_margin_in_points_is_refused(call, stored: Path) -> None:
    said = call("compare", stored / "good", stored / "old", "--margin", 2)
    assert said.code == 2
    assert said.err == (
        "fieldmark: Expected a margin between 0 and 1, a share; got 2: did you mean 0.02"
        " (2 points)?\n"
    )
