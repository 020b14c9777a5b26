import json
from pathlib import Path

FOLDS = "data.split={kind: group_kfold, folds: 4, validation: 0.25}"


def test_a_plan_says_what_will_run_and_that_nothing_is_known_yet(call, fresh: Path) -> None:
    said = call("plan", fresh, "--set", FOLDS)
    assert said.code == 0
    lines = [" ".join(line.split()) for line in said.out.splitlines()]
    assert lines == [
        "tiny: 12 cells in 1 pack, 0 done.",
        "contender folds seeds cells done pack each takes left",
        "probe 4 2 8 0 A ? ?",
        "knn 4 1 4 0 A ? ?",
        "Pack A (12 cells) shares embeddings of test_resnet (random), tap pooled.",
        "12 cells left; how long they take is not known (?) before one of probe has run.",
    ]


def test_a_plan_counts_what_is_done(call, finished: Path) -> None:
    said = call("plan", finished)
    assert said.out.startswith("tiny: 3 cells in 1 pack, 3 done.\n")
    assert said.out.endswith("Nothing is left to run.\n")
    said = call("plan", finished, "--set", "protocol.seeds=[0, 1, 2]")
    assert "1 cell left, about " in said.out


def test_a_plan_without_selection_names_what_one_call_could_train(call, fresh: Path) -> None:
    said = call("plan", fresh, "--set", "protocol.selection=null", "--set", "reference=probe")
    assert "one call" not in said.out
    alone = (
        "contenders={probe: {backbone: {name: test_resnet, weights: random}, head: {kind: linear}}}"
    )
    more = ["--set", alone, "--set", "reference=probe", "--set", "protocol.selection=null"]
    said = call("plan", fresh, *more)
    assert "tap pooled; could be trained in one call." in said.out


def test_a_plan_as_json(call, fresh: Path) -> None:
    said = call("plan", fresh, "--json", "--set", FOLDS)
    content = json.loads(said.out)
    assert (content["cells"], content["done"], content["seconds_left"]) == (12, 0, None)
    assert [row["name"] for row in content["rows"]] == ["probe", "knn"]
    assert content["packs"][0]["contenders"] == ["probe", "knn"]


def test_a_split_that_cannot_be_is_said_in_one_sentence(call, fresh: Path) -> None:
    said = call("plan", fresh, "--set", "data.split={kind: group_kfold, folds: 400}")
    assert (said.code, said.out) == (2, "")
    assert said.err == (
        "fieldmark: Expected 2 to 32 folds, as many as there are groups; got 400.\n"
    )
