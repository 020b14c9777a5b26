import json
from pathlib import Path

import pytest

from fieldmark.evaluation.metrics import METRICS

NAMES = [f"species {number:03d}" for number in range(170)]
ROWS = [(f"i{number:04d}", NAMES[number % 90]) for number in range(1226)]


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with imported predictions that differ in one thing each."""
    from fieldmark.predictions.header import ScoreKind
    from fieldmark.predictions.importers import ImportOptions, import_predictions

    folder = tmp_path_factory.mktemp("judged")
    options = ImportOptions(split="test")
    for name, content in contents().items():
        (folder / f"{name}.csv").write_text(content, encoding="utf-8")
        import_predictions(
            folder / f"{name}.csv",
            kind=ScoreKind.PROBABILITIES,
            out=folder / name,
            options=options,
        )
    return folder


def contents() -> dict[str, str]:
    return {
        "new": table(ROWS, NAMES[:90], right=1155),
        "old": table(list(reversed(ROWS)), NAMES[:90], right=1153),
        "wide": table(ROWS, NAMES, right=1155),
        "fewer": table(ROWS[:1000], NAMES[:90], right=900),
    }


def table(rows: list[tuple[str, str]], classes: list[str], *, right: int) -> str:
    rest = 0.3 / (len(classes) - 1)
    lines = [",".join(["id", "label", *(f"score:{name}" for name in classes)])]
    for place, (image, label) in enumerate(rows):
        best = (classes.index(label) + (place >= right)) % len(classes)
        scores = ["0.7" if column == best else f"{rest:.9f}" for column in range(len(classes))]
        lines.append(",".join([image, label, *scores]))
    return "\n".join(lines) + "\n"


def test_import_says_what_came_in(call, judged: Path, tmp_path: Path) -> None:
    said = call("import", judged / "new.csv", "--kind", "probabilities", "--out", tmp_path / "in")
    assert said.code == 0
    assert said.out == f"Imported 1,226 items over 90 classes into {tmp_path / 'in'}.\n"


def test_import_counts_labels_without_a_class(call, tmp_path: Path) -> None:
    file = tmp_path / "scores.csv"
    file.write_text("id,label,score:oak,score:ash\na,oak,1,0\nb,elm,0,1\n")
    said = call("import", file, "--kind", "probabilities", "--out", tmp_path / "in")
    assert said.out.endswith("; 1 label is outside the classes.\n")


def test_import_under_accepted_names_says_what_became_one(call, tmp_path: Path) -> None:
    file, synonyms = tmp_path / "scores.csv", tmp_path / "synonyms.csv"
    file.write_text("id,label,score:oak,score:Quercus,score:ash\na,oak,0.5,0.25,0.25\n")
    synonyms.write_text("name,accepted\noak,Quercus\n")
    command = ["import", file, "--kind", "probabilities", "--out", tmp_path / "in"]
    said = call(*command, "--synonyms", synonyms)
    assert said.code == 0
    assert said.out.splitlines() == [
        f"Imported 1 item over 2 classes into {tmp_path / 'in'}.",
        "Names that gave way to their accepted name (synonyms.csv): 1 (first: 'oak' is 'Quercus'),"
        " in the labels of 1 item.",
        "Classes that have become one column: 1 (first: 'Quercus' of 'oak', 'Quercus'); their"
        " probabilities are summed.",
    ]
    synonyms.write_text("old,new\noak,Quercus\n")
    refused = call(*command, "--synonyms", synonyms)
    assert refused.code == 2
    assert "has no column 'name'" in refused.err


def test_import_takes_every_option(call, tmp_path: Path) -> None:
    (tmp_path / "scores.csv").write_text(
        "image,truth,plant,score:Q. robur,score:Q. rubra\na,Q. robur,p1,2,1\nb,Q. rubra,p2,1,3\n"
        "c,Q. rubra,p2,1,3\n"
    )
    (tmp_path / "ranks.csv").write_text("genus,species\nQuercus,Q. robur\nQuercus,Q. rubra\n")
    (tmp_path / "training.txt").write_text("d\ne\n")
    settings = {
        "--kind": "logits",
        "--out": tmp_path / "in",
        "--contender": "tree model",
        "--split": "test",
        "--seed": 3,
        "--id": "image",
        "--label": "truth",
        "--group": "plant",
        "--taxonomy": tmp_path / "ranks.csv",
        "--training-ids": tmp_path / "training.txt",
    }
    words = [word for pair in settings.items() for word in pair]
    assert call("import", tmp_path / "scores.csv", *words).code == 0
    said = call("evaluate", tmp_path / "in", "--json", "--resamples", 200)
    document = json.loads(said.out)
    assert (document["contender"], document["split"]) == ("tree model", "test")
    assert (document["seeds"], document["groups"], document["score_kind"]) == ([3], 2, "logits")
    assert {estimate["rank"] for estimate in document["estimates"]} >= {None, "genus"}


def test_evaluate_prints_every_metric_with_its_interval(call, judged: Path) -> None:
    said = call("evaluate", judged / "new", "--resamples", 200)
    assert said.code == 0
    first, *rest = said.out.splitlines()
    assert first == "new on 'test': 1,226 items, 90 classes, 0 excluded as unreadable."
    header, *_ = [line for line in rest if line.startswith("metric")]
    assert header.split() == ["metric", "value", "95", "%", "interval", "n", "baseline", "skill"]
    accuracy, *_ = [line for line in rest if line.startswith("accuracy ")]
    assert {"94.21", "92.8", "95.4", "1,226"} <= set(accuracy.split())
    methods = [line for line in rest if line.startswith("Intervals of")]
    assert any("accuracy" in line and line.endswith(": Wilson.") for line in methods)


def test_the_document_of_evaluate(call, judged: Path) -> None:
    document = json.loads(call("evaluate", judged / "new", "--json", "--resamples", 200).out)
    assert document["n"] == 1226
    assert document["classes"] == 90
    for estimate in (*document["estimates"], *document["baselines"]):
        keys = {"metric", "value", "low", "high", "n", "method", "split", "classes"}
        assert keys <= estimate.keys()
        assert estimate["metric"] in METRICS
    (accuracy,) = [one for one in document["estimates"] if one["metric"] == "accuracy"]
    assert accuracy["value"] == pytest.approx(1155 / 1226)
    assert accuracy["low"] < accuracy["value"] < accuracy["high"]


def test_level_and_draws_are_taken(call, judged: Path) -> None:
    settings = ["--json", "--resamples", 300, "--resampling-seed", 5, "--level", 0.8]
    document = json.loads(call("evaluate", judged / "new", *settings).out)
    assert (document["resamples"], document["resampling_seed"]) == (300, 5)
    assert {estimate["level"] for estimate in document["estimates"]} == {0.8}


def test_signs_of_a_dead_run_are_printed(call, tmp_path: Path) -> None:
    lines = [f"i{number},{'oak' if number % 2 else 'ash'},0.9,0.1" for number in range(60)]
    file = tmp_path / "dead.csv"
    file.write_text("\n".join(["id,label,score:oak,score:ash", *lines]) + "\n")
    call("import", file, "--kind", "probabilities", "--out", tmp_path / "dead")
    said = call("evaluate", tmp_path / "dead", "--resamples", 200)
    assert any(line.startswith("! ") for line in said.out.splitlines())


def test_two_images_are_no_new_best(call, judged: Path) -> None:
    said = call("compare", judged / "new", judged / "old")
    assert said.code == 0
    sentence, *notes = said.out.splitlines()
    assert sentence.startswith("new is not distinguishable from old on accuracy: +0.16 points")
    assert sentence.endswith("about 350,000 images would settle it.")
    assert notes == ["- the preprocessing contract of new and old is not recorded"]


def test_the_document_of_compare(call, judged: Path) -> None:
    document = json.loads(call("compare", judged / "new", judged / "old", "--json").out)
    assert document["verdict"] == "not distinguishable"
    assert document["difference"] == pytest.approx(2 / 1226)
    assert document["low"] < 0 < document["high"]
    assert document["p_value"] > 0.05
    assert document["test"] == "exact McNemar"
    assert document["n"] == 1226
    assert document["discordant"][0] - document["discordant"][1] == 2
    assert document["needed_n"] > 1226


def test_a_margin_makes_two_equivalent(call, judged: Path) -> None:
    said = call("compare", judged / "new", judged / "old", "--margin", 0.05)
    assert said.out.startswith("new is equivalent to old on accuracy within 5 points")


def test_a_metric_is_called_by_its_name(call, judged: Path) -> None:
    settings = ["--metric", "macro_f1", "--resamples", 200]
    said = call("compare", judged / "new", judged / "old", *settings)
    assert "not distinguishable from old on macro F1: " in said.out


def test_ninety_classes_against_a_hundred_and_seventy(call, judged: Path) -> None:
    said = call("compare", judged / "new", judged / "wide")
    assert said.code == 2
    assert said.out == ""
    assert said.err == (
        "fieldmark: Predictions of new and wide cannot be compared: 80 of 170 classes differ "
        "(first: 'species 090'). Restrict both with `--classes common` (in a study: "
        "`protocol.classes`): 90 classes are common, with 1,226 of 1,226 items. new alone has 0, "
        "wide alone 80. Where both know every label, `--universe N` compares them among N random "
        "candidates.\n"
    )
    said = call("compare", judged / "new", judged / "wide", "--classes", "common")
    assert said.code == 0
    assert "- restricted to 90 common classes: 1,226 of 1,226 items of new" in said.out


def test_other_items_are_refused(call, judged: Path) -> None:
    said = call("compare", judged / "new", judged / "fewer")
    assert said.code == 2
    assert said.err == (
        "fieldmark: Predictions of new and fewer are not on the same items: 226 items only in new "
        "(first: 'i1000' and 225 more); nothing is only in fewer. Predict both on the same part of "
        "the same split.\n"
    )


def test_another_contract_is_refused_and_can_be_allowed(call, ran: Path, rewrite) -> None:
    settings = ("crop_size: 48", "crop_size: 40")
    rewrite(ran / "study.yaml", settings, ("study: tiny", "study: other"), ("[0, 1]", "[0]"))
    assert call("run", ran).code == 0
    stored = "cells/probe/seed-0/result/predictions/test"
    pair = (ran / "results" / "tiny" / stored, ran / "results" / "other" / stored)
    said = call("compare", *pair, "--across", "dead-run")
    assert said.code == 2
    assert "were made with different preprocessing contracts: crop_size: 48 against 40" in said.err
    said = call("compare", *pair, "--across", "contract", "--across", "dead-run")
    assert said.code == 0
    assert "- across preprocessing contracts: crop_size: 48 against 40" in said.out


def test_the_stored_predictions_of_a_study_are_judged_alike(call, finished: Path) -> None:
    cells = finished / "results" / "tiny" / "cells"
    first, second = (
        cells / cell / "result" / "predictions" / "test"
        for cell in ("probe/seed-0", "knn/seed-free")
    )
    document = json.loads(call("evaluate", first, "--json", "--resamples", 200).out)
    assert (document["contender"], document["seeds"]) == ("probe", [0])
    assert {estimate["rank"] for estimate in document["estimates"]} > {None, "genus"}
    assert document["groups"] is not None
    said = call("compare", first, second, "--rank", "phylum", "--across", "dead-run")
    assert said.code == 0
    assert said.out.startswith("probe is ")
    assert " accuracy at rank phylum: " in said.out


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (["--metric", "acuracy"], "Unknown metric to compare on 'acuracy'; did you mean"),
        (["--rank", "genus"], "Expected a taxonomy to compare at rank 'genus'"),
        (["--margin", "-1"], "Expected a margin above 0; got -1.0."),
        (["--resamples", "5"], "Expected at least 200 resamples for a test at level 0.95; got 5."),
        (["--across", "everything"], "invalid choice: 'everything'"),
    ],
)
def test_comparisons_that_cannot_be_made(call, judged: Path, settings, message: str) -> None:
    said = call("compare", judged / "new", judged / "old", *settings)
    assert said.code == 2
    assert message in said.err


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (["--resamples", "0"], "Expected at least 1 resample; got 0."),
        (["--level", "2"], "Expected a level between 0 and 1, such as 0.95; got 2.0."),
        (["--level", "high"], "invalid float value: 'high'"),
    ],
)
def test_evaluations_that_cannot_be_made(call, judged: Path, settings, message: str) -> None:
    said = call("evaluate", judged / "new", *settings)
    assert said.code == 2
    assert message in said.err


def test_a_folder_without_predictions_is_refused(call, tmp_path: Path) -> None:
    said = call("evaluate", tmp_path)
    assert said.code == 2
    assert said.err == (
        f"fieldmark: Expected stored predictions in {tmp_path}; there are none. Make them with "
        "`fieldmark import`, or name the folder that holds header.json.\n"
    )


def test_metrics_are_listed_with_their_definitions(call) -> None:
    text = call("metrics").out
    document = json.loads(call("metrics", "--json").out)
    assert [metric["identifier"] for metric in document] == list(METRICS)
    for metric in document:
        assert f"{metric['identifier']} ({metric['title']}; " in text
        assert metric["definition"] in text
        assert f"over: {metric['denominator']}; {metric['aggregation']}" in text
