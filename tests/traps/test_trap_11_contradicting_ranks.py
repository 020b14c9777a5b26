"""Trap 11: species right, genus wrong."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from fieldmark.core.errors import DecisionError
from fieldmark.decision.decoding import DECODERS, decode_all, decoder_of
from fieldmark.decision.rank_head_paths import rank_wise_sums
from fieldmark.evaluation.evaluate import evaluate_predictions, judge
from fieldmark.evaluation.hierarchical import contradictions
from fieldmark.manifest.labels import LabelSpace
from fieldmark.manifest.taxonomy import build_taxonomy
from fieldmark.predictions.header import PredictionsHeader
from fieldmark.predictions.table import Predictions

TREE = build_taxonomy(
    pl.DataFrame(
        {
            "family": ["Amanitaceae", "Boletaceae", "Boletaceae", "Boletaceae"],
            "genus": ["Amanita", "Boletus", "Boletus", "Imleria"],
            "species": ["A. muscaria", "B. aereus", "B. edulis", "I. badia"],
        }
    ),
    ("family", "genus", "species"),
)
SPECIES = TREE.leaves.classes


def table(probabilities, labels):
    return Predictions(
        PredictionsHeader(score_kind="probabilities", contender="probe"),
        pl.DataFrame({"id": [f"i{row}" for row in range(len(labels))], "label": labels}),
        LabelSpace(SPECIES),
        np.array(probabilities),
        taxonomy=TREE,
    )


def test_trap_11_the_best_species_and_the_best_genus_can_contradict_each_other():
    """0.30 for one Amanita against 0.25 + 0.25 for two Boletus."""
    found = evaluate_predictions(table([[0.30, 0.25, 0.25, 0.20]], ["A. muscaria"]))
    assert found.estimate("contradiction_rate").value == 1.0


def test_trap_11_the_reported_ranks_are_one_path():
    judged = judge(table([[0.30, 0.25, 0.25, 0.20]], ["A. muscaria"]))
    names = [level.classes[level.predicted[0]] for level in judged.levels]
    assert names == ["A. muscaria", "Amanitaceae", "Amanita"]
    found = evaluate_predictions(table([[0.30, 0.25, 0.25, 0.20]], ["A. muscaria"]))
    assert found.estimate("accuracy", "genus").value == 1.0
    assert found.estimate("all_ranks_right").value == 1.0


def test_trap_11_the_decoded_path_never_contradicts_itself():
    rng = np.random.default_rng(0)
    many = table(rng.dirichlet(np.ones(4), 500), rng.choice(SPECIES, 500).tolist())
    leaf, family, genus = judge(many).levels
    decoded = [family.predicted, genus.predicted, leaf.predicted]
    assert not contradictions(TREE, decoded).any()
    assert 0 < evaluate_predictions(many, resamples=10).estimate("contradiction_rate").value < 1


def test_trap_11_no_item_is_right_at_the_species_and_wrong_at_the_genus():
    rng = np.random.default_rng(1)
    many = table(rng.dirichlet(np.ones(4), 500), rng.choice(SPECIES, 500).tolist())
    leaf, family, genus = judge(many).levels
    assert not (leaf.right & ~genus.right).any()
    assert not (genus.right & ~family.right).any()


def test_trap_11_no_decoder_answers_what_single_ranks_say():
    one = table([[0.30, 0.25, 0.25, 0.20]], ["A. muscaria"])
    alone = rank_wise_sums(one)
    assert alone.contradictory.tolist() == [True]
    assert alone.is_diagnosis
    for paths in decode_all(one, [decoder_of(name) for name in DECODERS]):
        assert not paths.contradictory.any()
        assert not paths.is_diagnosis
    with pytest.raises(DecisionError, match="Expected every answer of 'rank-wise' to be a path"):
        replace(alone, is_diagnosis=False)
