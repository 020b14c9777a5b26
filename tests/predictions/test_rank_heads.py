from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from fieldmark.core.errors import ManifestError, PredictionsError, StoreError, TaxonomyError
from fieldmark.manifest.taxonomy import Taxonomy
from fieldmark.predictions.header import PredictionsHeader
from fieldmark.predictions.rank_heads import (
    RankHeads,
    joint,
    load_rank_heads,
    rank_heads_of,
    write_rank_heads,
)
from fieldmark.predictions.store import load_predictions

Heads = Callable[..., RankHeads]
SCORES = {
    "family": np.array([[0.0, 1.0], [2.0, 0.0]]),
    "genus": np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 3.0]]),
    "species": np.array([[0.0, 1.0, 2.0, 0.5], [0.0, 0.0, 0.0, 0.0]]),
}


@pytest.fixture
def heads(tree: Taxonomy) -> Heads:
    def made(scores: dict[str, np.ndarray] | None = None, **fields: object) -> RankHeads:
        header = PredictionsHeader(
            score_kind=fields.pop("kind", "logits"),
            contender="three heads",
            training_label_counts={"a": 3, "b": 1, "c": 5},
        )
        items = fields.pop("items", pl.DataFrame({"id": ["1", "2"], "label": ["a", "d"]}))
        return rank_heads_of(header, items=items, taxonomy=tree, scores=scores or SCORES, **fields)

    return made


def test_each_head_is_a_table_of_its_rank(heads: Heads) -> None:
    found = heads(training_ids=["x"])
    assert [table.labels.to_list() for table in found.tables] == [
        ["F", "G"],
        ["K", "M"],
        ["a", "d"],
    ]
    assert [table.label_space.classes for table in found.tables] == [
        ("F", "G"),
        ("K", "L", "M"),
        ("a", "b", "c", "d"),
    ]
    assert [table.taxonomy.ranks[-1] for table in found.tables] == ["family", "genus", "species"]
    assert found.tables[1].header.training_label_counts == {"K": 4, "L": 5}
    assert [table.training_ids for table in found.tables] == [("x",)] * 3
    assert repr(found) == ("RankHeads('three heads', family, genus, species, 2 items, split 'all')")


def test_the_joint_score_of_a_leaf_is_the_sum_along_its_path(heads: Heads, tree: Taxonomy) -> None:
    found = joint(heads())

    def log_softmax(logits: np.ndarray) -> np.ndarray:
        return logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))

    expected = np.zeros((2, 4))
    for leaf in range(4):
        for depth, rank in enumerate(tree.ranks):
            expected[:, leaf] += log_softmax(SCORES[rank])[:, tree.paths[leaf, depth]]
    assert found.scores == pytest.approx(expected, abs=1e-5)
    assert found.header.score_kind == "logits"
    assert found.header.provenance["joint_over"] == ["family", "genus", "species"]
    assert found.taxonomy == tree


def test_heads_may_be_probabilities_or_half_precision(heads: Heads) -> None:
    def softmax(logits: np.ndarray) -> np.ndarray:
        return np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)

    whole = joint(heads()).scores
    shares = joint(heads({k: softmax(v) for k, v in SCORES.items()}, kind="probabilities"))
    halves = joint(heads({k: v.astype(np.float16) for k, v in SCORES.items()}))
    assert shares.scores == pytest.approx(whole, abs=1e-5)
    assert halves.scores == pytest.approx(whole, abs=1e-5)


def test_a_path_that_a_head_calls_impossible_stays_finite(heads: Heads) -> None:
    sure = {k: np.eye(v.shape[1])[[0, -1]] for k, v in SCORES.items()}
    assert np.isfinite(joint(heads(sure, kind="probabilities")).scores).all()
    huge = {k: np.where(v > 0, 3e38, -3e38).astype(np.float32) for k, v in SCORES.items()}
    assert np.isfinite(joint(heads(huge)).scores).all()


def test_columns_may_stand_in_any_order(heads: Heads) -> None:
    turned = heads(
        {**SCORES, "genus": SCORES["genus"][:, [2, 0, 1]]}, classes={"genus": ["M", "K", "L"]}
    )
    assert joint(turned).scores == pytest.approx(joint(heads()).scores, abs=1e-6)


def test_leaves_without_a_column_at_every_rank_are_left_out(heads: Heads) -> None:
    few = heads({**SCORES, "genus": SCORES["genus"][:, :2]}, classes={"genus": ["L", "K"]})
    found = joint(few)
    assert found.label_space.classes == ("a", "b", "c")
    assert found.header.provenance["leaves_left_out"] == 1
    assert found.unknown_label_count == 1


def test_heads_that_share_no_path_have_no_joint_scores(heads: Heads) -> None:
    torn = heads(
        {**SCORES, "family": SCORES["family"][:, :1], "genus": SCORES["genus"][:, :1]},
        classes={"family": ["F"], "genus": ["M"]},
    )
    with pytest.raises(PredictionsError, match="a leaf with a column in the head of every"):
        joint(torn)


def test_a_large_table_is_walked_in_blocks(heads: Heads, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = joint(heads()).scores
    monkeypatch.setattr("fieldmark.predictions.joint_scores.BLOCK_BYTES", 1)
    assert (joint(heads()).scores == whole).all()


def test_stored_heads_come_back(heads: Heads, tmp_path: Path) -> None:
    found = heads()
    write_rank_heads(tmp_path / "heads", found)
    write_rank_heads(tmp_path / "heads", found)
    back = load_rank_heads(tmp_path / "heads")
    assert back.digest == found.digest
    assert back.n == 2
    assert load_predictions(tmp_path / "heads" / "rank-2").label_space.classes == ("K", "L", "M")


def test_nothing_is_left_when_writing_fails(heads: Heads, tmp_path: Path, monkeypatch) -> None:
    def broken(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("fieldmark.predictions.rank_heads.save_predictions", broken)
    with pytest.raises(OSError, match="disk full"):
        write_rank_heads(tmp_path / "heads", heads())
    assert list(tmp_path.iterdir()) == []


def test_a_folder_of_something_else_is_not_overwritten(heads: Heads, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("mine")
    with pytest.raises(StoreError, match="there is something else, which is not overwritten"):
        write_rank_heads(tmp_path, heads())
    with pytest.raises(StoreError, match=r"Expected stored rank heads in .*; there are none"):
        load_rank_heads(tmp_path)


def test_damaged_heads_are_refused(heads: Heads, tmp_path: Path) -> None:
    write_rank_heads(tmp_path / "heads", heads())
    (tmp_path / "heads" / "rank-2" / "items.parquet").unlink()
    with pytest.raises(StoreError, match=r"The rank heads in .* are damaged"):
        load_rank_heads(tmp_path / "heads")


def test_a_rank_without_scores_is_refused(heads: Heads) -> None:
    with pytest.raises(PredictionsError, match="for every rank of the taxonomy; 'genus' have none"):
        heads({"family": SCORES["family"], "species": SCORES["species"]})
    with pytest.raises(TaxonomyError, match="Unknown rank 'tribe'"):
        heads({**SCORES, "tribe": SCORES["genus"]})
    with pytest.raises(ManifestError, match="1 of 2 are not: 'z'"):
        heads(items=pl.DataFrame({"id": ["1", "2"], "label": ["a", "z"]}))


def test_tables_that_do_not_fit_are_refused(heads: Heads, tree: Taxonomy, make) -> None:
    family, genus, species = heads().tables

    def refused(*tables: object, match: str) -> None:
        with pytest.raises(PredictionsError, match=match):
            RankHeads(taxonomy=tree, tables=tables)

    refused(genus, species, match="one table for each of the 3 ranks .*; got 2 tables")
    other = make(SCORES["genus"], ["K", "M"], classes=["K", "L", "M"])
    refused(family, other, species, match="the same items in the same order; those of genus differ")
    same = {"ids": ["1", "2"], "classes": ["K", "L", "M"]}
    alike = make(SCORES["genus"], ["K", "M"], kind="similarities", **same)
    refused(family, alike, species, match="those of genus are similarities")
    wrong = make(SCORES["genus"], ["K", "L"], **same)
    refused(family, wrong, species, match="first: '2' has 'L', its species lies below 'M'")
    strange = make(SCORES["genus"], ["K", "M"], ids=["1", "2"], classes=["K", "Ll", "M"])
    refused(family, strange, species, match="1 is not: 'Ll'")
    unknown = make(SCORES["species"], ["a", "z"], ids=["1", "2"])
    refused(family, genus, unknown, match="labels of species to be leaves .*; 1 are not: 'z'")
