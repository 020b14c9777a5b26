import json
from pathlib import Path

import numpy as np
import pytest

from fieldmark.predictions.store import save_predictions
from fieldmark.synthetic.trajectories import Season, draw_season, season_tables

QUICK = ("--resamples", 20)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Return a folder with the predictions of two halves of a season, and the table of onsets."""
    root = tmp_path_factory.mktemp("season")
    season = Season(genotypes=8, replicates=2, days=10, imaged_share=0.7)
    predictions, table = season_tables(draw_season(np.random.default_rng(0), season))
    save_predictions(predictions, root / "all")
    fifth = predictions.items["group"] > "genotype 04"
    for name, rows in (("first", ~fifth), ("second", fifth)):
        kept = rows.arg_true()
        part = type(predictions)(
            header=predictions.header.model_copy(update={"split": name}),
            items=predictions.items[kept],
            label_space=predictions.label_space,
            scores=predictions.scores[kept.to_numpy()],
        )
        save_predictions(part, root / name)
    table.write_csv(root / "onset.csv")
    return root


@pytest.fixture
def onset(call, folder):
    def run(*words, predictions="all"):
        columns = ("--specimen", "plant", "--time", "day", "--onset", folder / "onset.csv")
        state = ("--positive", "stressed", "--control", "treatment=watered")
        return call("onset", folder / predictions, *columns, *state, *QUICK, *words)

    return run


def test_the_tables_name_the_rule_the_baselines_and_every_day(onset):
    said = onset()
    assert (said.code, said.err) == (0, "")
    head, rule, *rest = said.out.splitlines()
    assert head.startswith("ideal observer on 'test': 32 specimens in 8 groups, 16 with an onset")
    assert head.endswith("16 controls; 224 of 320 specimen-days imaged.")
    assert rule == (
        "Rule: first imaged day at 0.5 or above. Thresholds and baselines from all other groups,"
        " for each group."
    )
    text = "\n".join(rest)
    assert "constant day  median onset  day only  treatment and day" in text
    assert "onset_mae" in text
    assert "falsely_known_by_day" in text
    assert "cluster bootstrap by group (8 groups), 20 resamples, seed 0" in text


def test_the_document_holds_settings_and_numbers(onset):
    document = json.loads(onset("--json", "--rule", "consecutive", "--run", 3).out)
    assert document["settings"]["kind"] == "consecutive"
    assert document["settings"]["run"] == 3
    assert {one["metric"] for one in document["estimates"]} >= {"onset_mae", "lead_time"}
    assert len(document["days"]) == 10


@pytest.mark.parametrize("rule", ["change-point", "cusum"])
def test_rules_that_need_a_prevalence_say_where_it_is_from(onset, rule):
    said = onset("--rule", rule)
    assert "Prevalence that the scores assume: 0." in said.out
    assert "from the labels of the other groups." in said.out
    stated = onset("--rule", rule, "--prevalence", 0.3)
    assert "assume: 0.300, from stated." in stated.out


def test_what_was_known_by_a_day(onset):
    document = json.loads(onset("--until", 6, "--json").out)
    assert document["end"] == 6
    assert [day["day"] for day in document["days"]] == [1, 2, 3, 4, 5, 6]


def test_thresholds_and_kappa_of_another_part(onset, folder):
    words = ("--fit-on", folder / "second", "--rule", "change-point", "--kappa", "fit")
    said = onset(*words, predictions="first")
    assert said.code == 0
    assert "Thresholds and baselines from 'second'." in said.out
    assert "from the labels of 'second'" in said.out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--rule", "cusum", "--kappa", "fit"], "Expected a part to fit kappa on; there is none."),
        (["--run", 3], "--run is for the rule consecutive; got first-crossing."),
        (["--kappa", 0.5], "--kappa is for the rule change-point or cusum; got first-crossing."),
        (["--prevalence", 3], "Expected a prevalence between 0 and 1; got 3."),
        (
            ["--rule", "cusum", "--kappa", "much"],
            "Expected a number or 'fit' for --kappa; got 'much'.",
        ),
        (["--threshold", "2"], "Expected a threshold above 0 and at most 1 for first-crossing"),
        (["--until", "0"], "Expected an imaged day on or before 0; the first is 1."),
        (["--control", "treatment"], "expected COLUMN=VALUE, got 'treatment'"),
        (["--false-alarm-rate", "1"], "Expected a rate of false alarms between 0 and 1"),
        (["--onset-column", "begin"], "Expected a column 'begin' in the table of onsets"),
        (["--group", "line"], "Expected a column 'line' in the table of onsets"),
        (["--positive", "stress"], "got 'stress' (nearest: 'stressed')"),
        (["--level", "2"], "Expected a level between 0 and 1"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(onset, words, message):
    said = onset(*words)
    assert said.code == 2
    assert message in said.err


def test_the_same_part_cannot_fit_and_report(onset, folder):
    said = onset("--fit-on", folder / "all")
    assert said.code == 2
    assert "Fit on one part and report on another." in said.err


def test_without_stated_controls_there_is_a_note(call, folder):
    columns = ("--specimen", "plant", "--time", "day", "--onset", folder / "onset.csv")
    said = call("onset", folder / "all", *columns, "--positive", "stressed", *QUICK)
    assert "16 that never begin;" in said.out
    assert "! It is not stated which specimens are controls" in said.out
