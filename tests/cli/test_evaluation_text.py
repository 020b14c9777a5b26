from pathlib import Path

import pytest

from fieldmark.cli.evaluation_text import print_evaluation, print_warnings
from fieldmark.evaluation.estimates import Estimate
from fieldmark.evaluation.gates import Flag
from fieldmark.evaluation.record import Evaluation


def estimate(metric: str, value: float, **fields) -> Estimate:
    facts = {
        "low": None,
        "high": None,
        "n": 50,
        "method": "bootstrap",
        "split": "test",
        "classes": 4,
        "denominator": "all 50 items",
        "contender": "probe",
    }
    return Estimate(metric=metric, value=value, **(facts | fields))


def evaluation(*estimates: Estimate, baselines=(), warnings=()) -> Evaluation:
    return Evaluation(
        contender="probe",
        split="test",
        split_digest=None,
        seeds=(0,),
        n=50,
        excluded=0,
        unknown_labels=0,
        classes=4,
        groups=None,
        score_kind="logits",
        items_digest="",
        label_space_digest="",
        resamples=200,
        resampling_seed=0,
        estimates=estimates,
        baselines=tuple(baselines),
        warnings=tuple(warnings),
    )


def lines_of(capsys: pytest.CaptureFixture[str], found: Evaluation) -> list[str]:
    print_evaluation(found)
    return [line.rstrip() for line in capsys.readouterr().out.splitlines()]


def test_ranks_and_baselines_stand_in_tables(call, finished: Path) -> None:
    cells = finished / "results" / "tiny" / "cells"
    said = call("evaluate", cells / "knn/seed-free/result/predictions/test", "--resamples", 200)
    assert said.code == 0
    lines = said.out.splitlines()
    assert lines[0] == "knn on 'test': 21 items in 8 groups, 4 classes, 0 excluded as unreadable."
    titles = ("Classification", "Hierarchical", "Rank by rank", "Selective", "Calibration")
    places = [next(i for i, line in enumerate(lines) if line.startswith(t)) for t in titles]
    assert places == sorted(places)
    ranks = [line.split()[0] for line in lines if line.startswith(("phylum", "class ", "genus"))]
    assert ranks == ["phylum", "class", "genus"]
    assert "(1) majority class of the training labels" in lines
    assert any("cluster bootstrap by group (8 groups), 200" in line for line in lines)
    assert "Skill is 0 for the best trivial baseline beside it and 1 for no mistake." in lines
    assert max(map(len, lines)) < 400


def test_severity_stands_beside_the_accuracy(capsys) -> None:
    found = evaluation(estimate("accuracy", 0.875), estimate("mistake_severity", 1.5, n=6))
    (severity,) = [one for one in lines_of(capsys, found) if one.startswith("mistake_severity")]
    assert severity.split() == ["mistake_severity", "1.500", "none", "6", "87.50", "%"]


def test_the_best_baseline_is_the_one_with_the_better_value(capsys) -> None:
    baselines = [
        estimate("accuracy", 0.3, contender="majority"),
        estimate("accuracy", 0.25, contender="chance"),
        estimate("log_loss", 9.0, contender="majority"),
        estimate("log_loss", 1.386, contender="chance"),
    ]
    found = evaluation(estimate("accuracy", 0.8), estimate("log_loss", 0.6), baselines=baselines)
    lines = lines_of(capsys, found)
    accuracy, loss = (
        next(line for line in lines if line.startswith(m)) for m in ("accuracy", "log_loss")
    )
    assert accuracy.endswith("30.00 % (1)")
    assert loss.endswith("1.386 (2)")
    assert [line for line in lines if line.startswith("(")] == ["(1) majority", "(2) chance"]


def test_metrics_that_are_equal_are_shown_once(capsys) -> None:
    found = evaluation(
        estimate("accuracy", 0.5), estimate("weighted_recall", 0.5), estimate("macro_recall", 0.4)
    )
    lines = lines_of(capsys, found)
    assert "Equal here, and shown once: accuracy = weighted_recall." in lines
    assert not any(line.startswith("weighted_recall") for line in lines)
    assert any(line.startswith("macro_recall") for line in lines)


def test_warnings_are_printed_by_themselves(capsys) -> None:
    found = evaluation(
        estimate("accuracy", 0.5), warnings=[Flag(code="no-skill", sentence="Nothing learnt.")]
    )
    assert "! Nothing learnt." not in lines_of(capsys, found)
    print_warnings(found)
    assert capsys.readouterr().out == "! Nothing learnt.\n"
