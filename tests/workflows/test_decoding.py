from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from fieldmark.comparison.rules import ComparisonRules
from fieldmark.core.errors import DecisionError
from fieldmark.decision.path_quantities import Poison
from fieldmark.decision.rank_head_paths import joint_paths, rank_wise_heads
from fieldmark.manifest.taxonomy import build_taxonomy
from fieldmark.predictions.header import PredictionsHeader, ScoreKind
from fieldmark.predictions.rank_heads import joint, rank_heads_of, write_rank_heads
from fieldmark.predictions.store import load_predictions, save_predictions
from fieldmark.workflows.decoder_verdicts import decoder_verdicts
from fieldmark.workflows.decoding import DecodingOptions, decoding_of
from fieldmark.workflows.decoding_evidence import all_decodings, decodings_of, heads_beside

RANKS = ("order", "family", "species")
LEAVES = tuple(f"s{leaf}" for leaf in range(8))
TREE = build_taxonomy(
    pl.DataFrame(
        {
            "order": [f"o{leaf // 4}" for leaf in range(8)],
            "family": [f"f{leaf // 2}" for leaf in range(8)],
            "species": LEAVES,
        }
    ),
    RANKS,
)
QUICK = ComparisonRules(resamples=300)


def heads(n: int = 300, seed: int = 0, *, groups: int | None = None, signal: float = 2.5):
    """Return heads of three ranks that know the truth, each through a noise of its own."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(8, size=n)
    scores = {}
    for depth, rank in enumerate(RANKS):
        noise = rng.normal(size=(n, len(TREE.nodes[depth])))
        noise[np.arange(n), TREE.paths[truth, depth]] += signal
        scores[rank] = noise
    items = {"id": [f"i{row}" for row in range(n)], "label": [LEAVES[leaf] for leaf in truth]}
    if groups is not None:
        items["group"] = [f"g{row % groups}" for row in range(n)]
    header = PredictionsHeader(score_kind="logits", contender="three heads", split="test", seed=0)
    return rank_heads_of(header, items=pl.DataFrame(items), taxonomy=TREE, scores=scores)


def of_heads(raw):
    return joint_paths(raw), rank_wise_heads(raw)


def test_heads_are_compared_with_what_each_says_by_itself() -> None:
    raw = heads()
    found, paths = decoding_of(joint(raw), heads=of_heads(raw), rules=QUICK)
    names = ["joint", "greedy", "threshold", "roll-up", "minimum-cost", "rank-wise"]
    assert [row.decoder for row in found.rows] == [one.decoder for one in paths] == names
    assert [row.is_diagnosis for row in found.rows] == [False] * 5 + [True]
    gain = found.comparisons[0]
    assert (gain.a, gain.b) == ("three heads, joint", "three heads, rank-wise")
    assert (gain.metric, gain.verdict) == ("all_ranks_right", "better")
    torn = [row.estimate("path_contradiction_rate").value for row in found.rows]
    assert torn[:5] == [0.0] * 5
    assert torn[5] > 0.1


def test_scores_that_are_not_the_joint_ones_stand_beside_the_joint_path() -> None:
    raw = heads()
    found, _ = decoding_of(raw.leaf, heads=of_heads(raw), rules=QUICK)
    assert found.rows[0].decoder == "leaf"
    assert [row.decoder for row in found.rows][-2:] == ["joint", "rank-wise"]
    assert found.comparisons[0].a == "three heads, joint"


def test_scores_over_leaves_are_read_rank_by_rank_from_their_sums() -> None:
    table = heads().leaf
    found, paths = decoding_of(table, DecodingOptions(by="greedy"), rules=QUICK)
    assert [row.decoder for row in found.rows] == ["leaf", "greedy", "rank-wise"]
    assert paths[-1].is_diagnosis
    only = decoding_of(table, DecodingOptions(by="leaf"), rules=QUICK)[0]
    assert [row.decoder for row in only.rows] == ["leaf", "rank-wise"]
    assert len(only.comparisons) == 1
    assert only.comparisons[0].p_adjusted is None


def test_poison_is_weighed_and_its_cost_reported() -> None:
    raw = heads()
    poison = Poison(frozenset({"s0", "s5"}), 100)
    found, _ = decoding_of(
        joint(raw), DecodingOptions(by="minimum-cost", poison=poison), rules=QUICK
    )
    leaf, weighed, diagnosis = found.rows
    assert weighed.title == "least expected cost, poison at 100"
    assert weighed.estimate("realised_cost").value < leaf.estimate("realised_cost").value
    assert diagnosis.estimate("realised_cost") is None


def test_similarities_have_their_best_leaf_alone() -> None:
    table = heads().leaf
    similar = replace(
        table, header=table.header.model_copy(update={"score_kind": ScoreKind.SIMILARITIES})
    )
    found, _ = decoding_of(similar, rules=QUICK)
    assert [row.decoder for row in found.rows] == ["leaf"]
    assert found.comparisons == ()
    with pytest.raises(DecisionError, match="are similarities, which have no sum"):
        decoding_of(similar, DecodingOptions(by="greedy"), rules=QUICK)


def test_what_cannot_be_decoded_is_refused() -> None:
    table = heads().leaf
    with pytest.raises(DecisionError, match="the heads of all ranks to decode by 'joint'"):
        decoding_of(table, DecodingOptions(by="joint"), rules=QUICK)
    with pytest.raises(DecisionError, match="Unknown decoder 'best'"):
        DecodingOptions(by="best")
    with pytest.raises(DecisionError, match=r"a threshold of at least 0.5 and below 1; got 0.3"):
        DecodingOptions(threshold=0.3)
    with pytest.raises(DecisionError, match="the poison to cost more than another mistake"):
        DecodingOptions(by="minimum-cost", poison=Poison(frozenset({"s0"}), 1.0))


def test_verdicts_are_corrected_for_their_number_and_keep_groups_whole() -> None:
    raw = heads(n=240, groups=40)
    found, paths = decoding_of(joint(raw), heads=of_heads(raw), rules=QUICK)
    assert len(found.comparisons) == 1 + 4 * 3
    for one in found.comparisons:
        assert one.groups == 40
        assert one.adjustment == "Holm over 13 comparisons"
        assert one.p_adjusted >= one.p_value
        assert (one.p_adjusted < 0.05) == (one.p_value < 1 - one.level)
    stopping = [one for one in found.comparisons if one.a == "three heads, threshold"]
    assert all("what is not answered is not right" in " ".join(one.notes) for one in stopping)
    assert {one.rank for one in stopping} == {None, "order", "family"}
    assert decoder_verdicts(paths[0], [], rules=QUICK) == ()


def store_cell(folder: Path, raw) -> Path:
    save_predictions(joint(raw), folder / "predictions" / "test")
    write_rank_heads(folder / "rank-heads" / "test", raw)
    return folder / "predictions" / "test"


def test_raw_heads_are_found_beside_the_predictions_of_a_cell(tmp_path: Path) -> None:
    path = store_cell(tmp_path / "cell", heads())
    table = load_predictions(path)
    (found,) = decodings_of([table], heads=heads_beside([path]), rules=QUICK)
    assert found.rows[0].decoder == "joint"
    (alone,) = decodings_of([table], rules=QUICK)
    assert alone.rows[0].decoder == "leaf"
    assert (
        found.rows[-1].estimate("path_contradiction_rate").value
        > alone.rows[-1].estimate("path_contradiction_rate").value
    )
    assert decodings_of([replace(table, taxonomy=None)], rules=QUICK) == ()


def test_the_raw_heads_of_each_table_are_read_once_for_decoders_and_gains(tmp_path: Path) -> None:
    paths = [store_cell(tmp_path / f"seed-{seed}", heads(seed=seed)) for seed in range(2)]
    first, second = (load_predictions(path) for path in paths)
    beside, asked = heads_beside(paths[:1]), []

    def counted(table):
        asked.append(table)
        return beside(table)

    seeds = {"three heads": [first, second]}
    decodings, gains = all_decodings([first], seeds, heads=counted, rules=QUICK)
    assert [id(table) for table in asked] == [id(first), id(second)]
    assert decodings[0].rows == decodings_of([first], heads=beside, rules=QUICK)[0].rows
    assert [(one.a, one.b) for one in gains] == [("three heads, joint", "three heads, rank-wise")]


def test_heads_of_folds_are_put_together_and_those_of_other_items_left_out(tmp_path: Path) -> None:
    whole = heads(n=60)

    def part(rows: np.ndarray):
        return rank_heads_of(
            whole.leaf.header,
            items=whole.leaf.items[rows],
            taxonomy=TREE,
            scores={
                rank: table.scores[rows] for rank, table in zip(RANKS, whole.tables, strict=True)
            },
        )

    folds = [part(np.arange(40, 60)), part(np.arange(40))]
    paths = [store_cell(tmp_path / f"fold-{k}", fold) for k, fold in enumerate(folds)]
    joint_of_all, alone = heads_beside(paths)(joint(whole))
    assert (joint_of_all.nodes == joint_paths(whole).nodes).all()
    assert (alone.nodes == rank_wise_heads(whole).nodes).all()
    assert heads_beside(paths[:1])(joint(whole)) is None
    assert heads_beside([])(joint(whole)) is None
