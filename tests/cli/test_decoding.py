"""decode, as a person types it."""

import json

import numpy as np
import polars as pl
import pytest

from fieldmark.manifest.labels import LabelSpace
from fieldmark.manifest.taxonomy import build_taxonomy
from fieldmark.predictions.store import save_predictions
from fieldmark.predictions.table import Predictions, PredictionsHeader

NAMES = {
    "family": [f"f{leaf // 4}" for leaf in range(8)],
    "genus": [f"g{leaf // 2}" for leaf in range(8)],
    "species": [f"s{leaf}" for leaf in range(8)],
}
TREE = build_taxonomy(pl.DataFrame(NAMES), tuple(NAMES))


@pytest.fixture
def stored(tmp_path):
    """Write predictions over eight species, and the tables of a model with three heads."""
    rng = np.random.default_rng(0)
    truth = rng.integers(8, size=80)
    items = pl.DataFrame(
        {"id": [f"i{row}" for row in range(80)], "label": [f"s{leaf}" for leaf in truth]}
    )
    for depth, rank in enumerate(NAMES):
        scores = rng.normal(size=(80, len(TREE.nodes[depth])))
        scores[np.arange(80), TREE.paths[truth, depth]] += 2.5
        table = Predictions(
            PredictionsHeader(score_kind="logits", contender=rank, split="test"),
            items,
            LabelSpace(TREE.nodes[depth]),
            scores,
            taxonomy=TREE if rank == "species" else None,
        )
        save_predictions(table, tmp_path / rank)
    pl.DataFrame(NAMES).write_csv(tmp_path / "leaves.csv")
    return tmp_path


def six(folder):
    return [f"--rank={rank}={folder / rank}" for rank in NAMES]


def test_every_decoder_in_words(call, stored):
    said = call("decode", stored / "species", "--resamples", 300)
    assert said.code == 0
    assert "species on 'test': 80 items, 8 leaves below family, genus." in said.out
    for decoder in ("leaf", "greedy", "threshold", "roll-up", "minimum-cost", "(rank-wise)"):
        assert f"\n{decoder} " in said.out
    assert "- threshold: deepest node above 0.5" in said.out
    assert "! rank-wise: each rank by itself; no answer" in said.out
    assert "species, leaf is not distinguishable from species, rank-wise on all ranks" in said.out


def test_tables_of_heads_are_taken_in(call, stored):
    said = call(
        "decode",
        *six(stored),
        "--taxonomy",
        stored / "leaves.csv",
        "--contender",
        "multitask",
        "--out",
        stored / "out",
        "--resamples",
        300,
    )
    assert said.code == 0
    assert "multitask, joint is better than multitask, rank-wise on all ranks right" in said.out
    assert "Joint predictions over the leaves are in" in said.out
    again = call("decode", "--heads", stored / "out" / "rank-heads" / "test", "--json")
    document = json.loads(again.out)
    assert next(row["decoder"] for row in document["decoders"]) == "joint"
    assert call("evaluate", stored / "out" / "predictions" / "test", "--resamples", 50).code == 0


def test_poison_and_threshold(call, stored):
    (stored / "poison.txt").write_text("s1\ns6\n", encoding="utf-8")
    said = call(
        "decode",
        stored / "species",
        "--by",
        "minimum-cost",
        "--poisonous",
        "s0",
        f"@{stored / 'poison.txt'}",
        "--poison-cost",
        50,
        "--resamples",
        300,
    )
    assert said.code == 0
    assert "poison cost" in said.out
    assert "- minimum-cost: least expected cost, poison at 50" in said.out
    said = call("decode", stored / "species", "--by", "threshold", "--threshold", 0.8)
    assert "- threshold: deepest node above 0.8" in said.out


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((), "Expected either PREDICTIONS, or --heads DIR, or --rank RANK=DIR"),
        (("species", "--threshold", 0.3), "Expected a threshold of at least 0.5 and below 1"),
        (("species", "--by", "joint"), "Expected the heads of all ranks to decode by 'joint'"),
        (("family",), "Expected a taxonomy to decode into paths; 'family' has none."),
        (("species", "--poisonous", "s99"), "as poisonous classes; 's99' is none"),
        (("species", "--poisonous", "@none.txt"), "Expected a text file at none.txt"),
        (("--rank", "family"), "Expected --rank RANK=DIR once for each rank"),
        (("--rank", "family=a", "--rank", "family=b"), "got 'family=b' again."),
        (("--rank", "family=family"), "Expected --taxonomy CSV beside --rank"),
        (("--heads", "species"), "Expected stored rank heads in"),
        (("nowhere",), "Expected stored predictions in nowhere"),
    ],
)
def test_bad_input_is_one_sentence(call, stored, monkeypatch, words, sentence):
    monkeypatch.chdir(stored)
    said = call("decode", *words)
    assert said.code == 2
    assert sentence in said.err
