"""decide and plan-recall, as a person types them."""

import json

import numpy as np
import polars as pl
import pytest

from fieldmark.manifest.labels import LabelSpace
from fieldmark.manifest.taxonomy import build_taxonomy
from fieldmark.predictions.store import save_predictions
from fieldmark.predictions.table import Predictions, PredictionsHeader


@pytest.fixture
def parts(tmp_path):
    """Write two parts of a binary contender and return their folder."""
    for seed, part in enumerate(("calibration", "test")):
        rng = np.random.default_rng(seed)
        odds = rng.normal(scale=3.0, size=1000)
        pit = rng.random(1000) < 1 / (1 + np.exp(-odds))
        table = Predictions(
            PredictionsHeader(score_kind="logits", contender="probe", split=part),
            pl.DataFrame(
                {
                    "id": [f"{part}-{i}" for i in range(1000)],
                    "label": ["pit" if one else "clean" for one in pit],
                }
            ),
            LabelSpace(("clean", "pit")),
            np.stack([np.zeros(1000), odds], axis=1),
        )
        save_predictions(table, tmp_path / part)
    return tmp_path


@pytest.fixture
def policy(tmp_path):
    def written(text: str):
        file = tmp_path / "policy.yaml"
        file.write_text(text, encoding="utf-8")
        return file

    return written


NEYMAN_PEARSON = """\
rule: neyman-pearson
positive: pit
target_recall: 0.99
costs: {miss: 100, false_alarm: 1}
prevalence: 0.02
"""


def test_the_plan_in_words(call):
    said = call("plan-recall", "--target", 0.99, "--confidence", 0.95, "--positives", 566)
    assert said.code == 0
    assert "feasible: a recall of 0.99 at 95 % confidence allows at most 1 miss among" in said.out
    assert "for 0, 1, 2 and 3 misses: 299, 473, 628, 773" in said.out
    said = call("plan-recall", "--target", 0.99, "--positives", 566, "--misses", 42)
    assert said.out.startswith("infeasible: at most 1 miss among 566 positives; you have 42;")


def test_the_plan_as_json(call):
    said = call("plan-recall", "--target", 0.99, "--positives", 298, "--json")
    content = json.loads(said.out)
    assert said.code == 0
    assert (content["feasible"], content["max_misses"]) == (False, None)
    assert (content["needed_positives"], content["more_positives"]) == (299, 1)


def test_a_plan_that_makes_no_sense(call):
    said = call("plan-recall", "--target", 99, "--positives", 566)
    assert said.code == 2
    assert said.err == ("fieldmark: Expected a target between 0 and 1, such as 0.95; got 99.0.\n")


def test_a_decision_in_words(call, parts, policy):
    file = policy(NEYMAN_PEARSON)
    said = call(
        *("decide", parts, "--policy", file, "--fit-on", "calibration", "--report-on", "test"),
        *("--out", parts / "out"),
    )
    assert said.code == 0, said.err
    assert "neyman-pearson for probe: fitted on 'calibration', reported on 'test'" in said.out
    assert "promise: With 95 % confidence, at least 99 % of new positives" in said.out
    assert "source: Tong, Feng and Li (2018)" in said.out
    assert "always pass: cost per 1,000 items 2000.000" in said.out
    assert {entry.name for entry in (parts / "out").iterdir()} == {
        "decisions.json",
        "items.csv",
        "items.parquet",
    }


def test_a_decision_as_json_from_two_paths(call, parts, policy):
    file = policy("rule: chow\npositive: pit\ncosts: {miss: 50, false_alarm: 5, review: 1}\n")
    said = call(
        *("decide", "--policy", file, "--fit-on", parts / "calibration"),
        *("--report-on", parts / "test", "--json", "--resamples", 50),
    )
    content = json.loads(said.out)
    assert said.code == 0
    assert content["rule"] == "chow"
    assert content["calibrator"]["kind"] == "temperature"
    assert [point["threshold"] for point in content["points"]] == [0.02, 0.8]
    assert content["n"] == 1000


def test_back_off_shows_a_row_for_each_rank(call, finished, tmp_path, policy):
    cell = next((finished / "results").glob("*/cells/*/seed-*"))
    file = policy("rule: risk-control\nloss: wrong-answer\nrisk_limit: 0.3\nlots: null\n")
    said = call(
        *("decide", cell, "--policy", file, "--fit-on", "validation", "--report-on", "test"),
    )
    assert said.code == 0, said.err
    assert "answered to here" in said.out
    assert "species" in said.out


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "rule: neyman-pearson\npositive: pit\ntaget_recall: 0.9\n",
            "policy.yaml, line 3: unknown",
        ),
        ("rule: neyman-pearson\npositive: pit\n", "the rule neyman-pearson needs the key 'target_"),
        ("rule: neyman\n", "policy.yaml: Unknown rule 'neyman'; did you mean 'neyman-pearson'?"),
        ("", "policy.yaml needs the key 'rule'"),
        ("rule: [\n", "policy.yaml, line 2 is not valid YAML"),
        (NEYMAN_PEARSON.replace("0.99", "'0.99'"), "line 3: target_recall should be a number"),
        (NEYMAN_PEARSON.replace("pit", "pits"), "'pits' is none; did you mean 'pit'?"),
        (NEYMAN_PEARSON.replace("0.99", "0.999"), "infeasible: 99.9 % at 95 % confidence needs at"),
    ],
)
def test_a_bad_policy_is_one_sentence(text, message, call, parts, policy):
    said = call(
        *("decide", parts, "--policy", policy(text), "--fit-on", "calibration"),
        *("--report-on", "test"),
    )
    assert said.code == 2
    assert message in said.err
    assert said.err.count("\n") == 1
    assert not said.out


def test_bad_files_and_parts(call, parts, policy, tmp_path):
    words = ("decide", parts, "--fit-on", "calibration", "--report-on", "test", "--policy")
    assert "cannot be read (no such file" in call(*words, tmp_path / "none.yaml").err
    (tmp_path / "latin.yaml").write_bytes(b"rule: \xe9\n")
    assert "latin.yaml is not UTF-8; save it as UTF-8." in call(*words, tmp_path / "latin.yaml").err
    file = policy(NEYMAN_PEARSON)
    same = call(*("decide", parts, "--policy", file, "--fit-on", "test", "--report-on", "test"))
    assert same.code == 2
    assert "1,000 of the 1,000 items to report on were used to fit the decision" in same.err
    missing = call(*("decide", parts, "--policy", file, "--fit-on", "tst", "--report-on", "test"))
    assert "There is no part 'tst' in" in missing.err


@pytest.fixture
def fungi(tmp_path):
    """Write two parts of a contender over four species in two genera; return their folder."""
    tree = build_taxonomy(
        pl.DataFrame({"genus": ["G0", "G0", "G1", "G1"], "species": list("abcd")}),
        ("genus", "species"),
    )
    for seed, part in enumerate(("calibration", "test")):
        rng = np.random.default_rng(seed)
        truth = rng.integers(4, size=600)
        scores = 1.5 * rng.normal(size=(600, 4)) + 4 * np.eye(4)[truth]
        table = Predictions(
            PredictionsHeader(score_kind="logits", contender="probe", split=part),
            pl.DataFrame(
                {
                    "id": [f"{part}-{i}" for i in range(600)],
                    "label": ["abcd"[code] for code in truth],
                    "deadly": [int(code == 0) for code in truth],
                }
            ),
            LabelSpace(tuple("abcd")),
            scores,
            tree,
        )
        save_predictions(table, tmp_path / part)
    return tmp_path


BOTH = ("--fit-on", "calibration", "--report-on", "test", "--resamples", 200)


def test_the_fixed_threshold_stands_beside_the_promise(call, fungi, policy):
    file = policy("rule: backoff\nerror_limit: 0.1\n")
    promised = call("decide", fungi, "--policy", file, *BOTH)
    assert promised.code == 0
    lines = [line.split("  ")[0] for line in promised.out.splitlines()]
    assert lines.count("the rule") == 1
    assert {"always the species", "fixed threshold 0.65"} <= set(lines)
    file = policy("rule: backoff\nthreshold: 0.65\n")
    fixed = call("decide", fungi, "--policy", file, *BOTH)
    assert "= 0.65, stated beforehand" in fixed.out
    assert "promise: None: the threshold is fixed" in fixed.out
    row = next(line for line in promised.out.splitlines() if line.startswith("fixed threshold"))
    own = next(line for line in fixed.out.splitlines() if line.startswith("the rule"))
    assert row.split()[3:] == own.split()[2:]


def test_poison_is_told_by_a_column_of_the_items(call, fungi, policy):
    file = policy(
        "rule: minimum-risk\ncost: poison\npoison: {column: deadly, values: 1, cost: 100}\n"
    )
    said = call("decide", fungi, "--policy", file, *BOTH)
    assert said.code == 0
    assert "always the best class: poisonous taken for harmless" in said.out
    file = policy("rule: minimum-risk\ncost: poison\npoison: {column: dedly, cost: 100}\n")
    wrong = call("decide", fungi, "--policy", file, *BOTH)
    assert (wrong.code, "did you mean 'deadly'?" in wrong.err) == (2, True)
