import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from PIL import Image

from fieldmark.comparison.rules import ComparisonRules
from fieldmark.comparison.selection import Choice, SelectionLedger
from fieldmark.core.errors import FieldmarkError, NotComparableError
from fieldmark.manifest.labels import LabelSpace
from fieldmark.manifest.taxonomy import build_taxonomy
from fieldmark.predictions.header import PredictionsHeader
from fieldmark.predictions.store import save_predictions
from fieldmark.predictions.table import Predictions
from fieldmark.workflows.judging_report import ReportOptions, report_predictions

LEAVES = ("ash", "beech", "elm", "oak")
TREE = build_taxonomy(
    pl.DataFrame({"family": ["f1", "f2", "f1", "f2"], "species": list(LEAVES)}),
    ("family", "species"),
)
QUICK = ComparisonRules(resamples=300)


def store(folder: Path, name: str, *, noise: float = 0.5, **fields) -> Path:
    """Store predictions of 80 items by an observer with some noise; return where they lie."""
    classes = fields.pop("classes", LEAVES)
    truth = np.arange(80) % len(classes)
    rng = np.random.default_rng(len(name))
    scores = 3 * np.eye(len(classes))[truth] + 4 * noise * rng.normal(size=(80, len(classes)))
    items = pl.DataFrame(
        {"id": [f"i{row:02d}.png" for row in range(80)], "label": [classes[code] for code in truth]}
    )
    tree = fields.pop("taxonomy", TREE)
    contender = fields.pop("contender", name)
    header = PredictionsHeader(score_kind="logits", contender=contender, split="test", **fields)
    save_predictions(Predictions(header, items, LabelSpace(classes), scores, tree), folder / name)
    return folder / name


def text_of(folder: Path, *paths: Path, **options) -> str:
    page, _ = report_predictions(paths, folder / "report", **({"rules": QUICK} | options))
    return page.read_text(encoding="utf-8")


def test_stored_predictions_alone_make_a_whole_report(tmp_path: Path) -> None:
    paths = [store(tmp_path, "good", noise=0.2), store(tmp_path, "bad", noise=1.5)]
    page, sentences = report_predictions(
        paths,
        tmp_path / "report",
        critical=["oak"],
        options=ReportOptions(title="Trees"),
        rules=QUICK,
    )
    text = page.read_text(encoding="utf-8")
    assert sentences[0].startswith("good is the best of 2 contenders")
    for section in ("results", "ranks", "comparisons", "confidence", "back-off", "mistakes"):
        assert f'<section id="{section}"' in text
    assert "Critical: oak" in text
    assert "<title>Trees: fieldmark report</title>" in text
    assert "majority class of the evaluated labels" in text


def test_tables_of_one_contender_are_its_seeds(tmp_path: Path) -> None:
    seeds = [store(tmp_path, f"probe-{seed}", contender="probe", seed=seed) for seed in (0, 1)]
    text = text_of(tmp_path, *seeds)
    assert "2 of 2" in text
    assert "each of 2 seeds" in text


def test_pairs_that_may_not_be_compared_are_refused_with_the_reason(tmp_path: Path) -> None:
    few = store(tmp_path, "few", classes=LEAVES[:3])
    text = text_of(tmp_path, store(tmp_path, "three"), few)
    assert "What cannot be compared" in text
    assert "three against few" in text


def test_verdicts_are_corrected_for_their_number(tmp_path: Path) -> None:
    paths = [store(tmp_path, name) for name in ("one", "three", "seventh")]
    text_of(tmp_path, *paths)
    rows = pl.read_csv(tmp_path / "report" / "comparisons.csv")
    assert rows["adjustment"].to_list() == ["Holm over 3 comparisons"] * 3
    assert (rows["p_adjusted"] >= rows["p_value"]).all()


def test_with_a_reference_each_is_compared_with_it_first(tmp_path: Path) -> None:
    paths = [store(tmp_path, name) for name in ("one", "three")]
    text_of(tmp_path, *paths, reference="one")
    rows = pl.read_csv(tmp_path / "report" / "comparisons.csv")
    assert rows.select("a", "b").rows() == [("three", "one")]


def test_images_are_shown_where_they_lie(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    for row in range(40):
        Image.new("RGB", (8, 8), (row, 0, 0)).save(tmp_path / "images" / f"i{row:02d}.png")
    path = store(tmp_path, "probe")
    assert 'id="examples"' not in text_of(tmp_path, path)
    assert 'id="examples"' in text_of(
        tmp_path, path, options=ReportOptions(images=tmp_path / "images")
    )


def test_without_a_tree_the_leaf_is_all_there_is(tmp_path: Path) -> None:
    text = text_of(tmp_path, store(tmp_path, "probe", taxonomy=None))
    assert '<section id="back-off"' not in text
    assert "at the rank “class”" in text


def test_what_cannot_be_reported_is_refused(tmp_path: Path) -> None:
    path = store(tmp_path, "probe")
    with pytest.raises(FieldmarkError, match="at least one folder of stored predictions; got none"):
        text_of(tmp_path)
    with pytest.raises(FieldmarkError, match="Unknown reference 'prob'"):
        text_of(tmp_path, path, reference="prob")
    with pytest.raises(NotComparableError, match="Unknown metric to compare on 'acuracy'"):
        text_of(tmp_path, path, options=ReportOptions(metric="acuracy"))
    with pytest.raises(FieldmarkError, match="Unknown critical class 'yew'"):
        text_of(tmp_path, path, critical=["yew"])
    other = store(tmp_path, "other", contender="probe")
    with pytest.raises(FieldmarkError, match="'probe' came more than once without a seed"):
        text_of(tmp_path, path, other)


def test_no_learning_package_is_imported(tmp_path: Path) -> None:
    path = store(tmp_path, "probe")
    script = (
        "import sys; from fieldmark.cli.main import main\n"
        f"assert main(['report', {str(path)!r}, '--out', {str(tmp_path / 'out')!r}]) == 0\n"
        "print([name for name in ('torch', 'timm', 'torchvision', 'open_clip', 'sklearn')"
        " if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_a_ledger_stamps_the_report_and_corrects_its_verdict(tmp_path: Path) -> None:
    paths = [store(tmp_path, "good", noise=0.5), store(tmp_path, "bad", noise=0.8)]
    chosen = Choice(
        contender="good", what="checkpoint", candidates=20, metric="accuracy", part="test"
    )
    options = ReportOptions(selection=SelectionLedger((chosen,)))
    text = text_of(tmp_path, *paths, options=options)
    assert "Something of good was chosen on the very items that are reported" in text
    assert "chosen where it is reported" in text
    assert "For a choice among 20." in text
    assert "No ledger of choices is stored" in text_of(tmp_path, *paths)


def test_choices_that_predictions_carry_are_in_the_ledger(tmp_path: Path) -> None:
    entry = {"contender": "fused", "what": "weight", "chosen": "0.30", "candidates": 101}
    entry |= {"metric": "accuracy", "part": "dev"}
    carrying = store(tmp_path, "fused", provenance={"choices": [entry]})
    text = text_of(tmp_path, carrying)
    assert "Made on the reported items: 0 of 1 choice." in text
    assert "chosen on other items" in text


def test_many_challengers_and_a_choice_are_corrected_together(tmp_path: Path) -> None:
    paths = [store(tmp_path, name, noise=noise) for name, noise in (("a", 0.4), ("bb", 0.9))]
    paths.append(store(tmp_path, "ccc", noise=1.2))
    chosen = Choice(contender="a", what="checkpoint", candidates=4, metric="accuracy", part="test")
    options = ReportOptions(selection=SelectionLedger((chosen,)))
    text = text_of(tmp_path, *paths, options=options)
    assert "Holm over 3 comparisons for a choice among 4." in text
