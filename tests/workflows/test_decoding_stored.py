import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from fieldmark.comparison.rules import ComparisonRules
from fieldmark.core.errors import PredictionsError, StoreError
from fieldmark.decision.paths_store import load_paths
from fieldmark.evaluation.evaluate import evaluate_predictions
from fieldmark.predictions.header import ScoreKind
from fieldmark.predictions.importers import ImportOptions, import_predictions
from fieldmark.predictions.rank_heads import load_rank_heads
from fieldmark.predictions.store import load_predictions
from fieldmark.workflows.decoding import EVERYTHING, DecodingOptions
from fieldmark.workflows.decoding_stored import decode_stored
from fieldmark.workflows.rank_tables import heads_of_tables

RANKS = ("order", "family", "species")
NAMES = {
    "kingdom": ["k"] * 8,
    "order": [f"o{leaf // 4}" for leaf in range(8)],
    "family": [f"f{leaf // 2}" for leaf in range(8)],
    "species": [f"s{leaf}" for leaf in range(8)],
}
QUICK = ComparisonRules(resamples=300)


@pytest.fixture
def model(tmp_path: Path):
    """Write what a model with three heads exports, one CSV file a head, and take each in."""

    def made(*, n: int = 60, turned: bool = False, own_labels: bool = False, **columns):
        pl.DataFrame(NAMES).write_csv(tmp_path / "leaves.csv")
        rng = np.random.default_rng(0)
        truth = rng.integers(8, size=n)
        for rank in RANKS:
            classes = columns.get(rank, sorted(set(NAMES[rank])))
            scores = rng.normal(size=(n, len(classes)))
            label = NAMES[rank] if own_labels else NAMES["species"]
            frame = {"id": [f"i{row:02d}" for row in range(n)], "label": [label[t] for t in truth]}
            for column, name in enumerate(classes):
                hit = np.array([NAMES[rank][t] == name for t in truth])
                frame[f"score:{name}"] = scores[:, column] + 3 * hit
            table = pl.DataFrame(frame)
            if turned and rank == "order":
                table = table.reverse()
            table.write_csv(tmp_path / f"{rank}.csv")
            import_predictions(
                tmp_path / f"{rank}.csv",
                kind=ScoreKind.LOGITS,
                out=tmp_path / rank,
                options=ImportOptions(split="validation"),
            )
        return {rank: tmp_path / rank for rank in RANKS}

    return made


def decoded(ranks, folder: Path, **fields):
    facts = {"options": EVERYTHING, "ranks": ranks, "taxonomy": folder / "leaves.csv"} | fields
    return decode_stored(facts.pop("predictions", None), facts.pop("options"), rules=QUICK, **facts)


def test_tables_of_heads_become_joint_predictions(model, tmp_path: Path) -> None:
    found = decoded(model(), tmp_path, contender="multitask", out=tmp_path / "out")
    table = load_predictions(tmp_path / "out" / "predictions" / "validation")
    assert (table.header.contender, table.header.split) == ("multitask", "validation")
    assert table.taxonomy.ranks == RANKS
    right = evaluate_predictions(table, resamples=10).estimate("accuracy").value
    joint_row = found.decoding.rows[0]
    assert joint_row.estimate("all_ranks_right").value == pytest.approx(right)
    raw = load_rank_heads(tmp_path / "out" / "rank-heads" / "validation")
    assert raw.tables[0].labels.to_list()[0] in {"o0", "o1"}
    names = [row.decoder for row in found.decoding.rows]
    assert sorted(path.name for path in (tmp_path / "out" / "paths").iterdir()) == sorted(names)
    assert load_paths(tmp_path / "out" / "paths" / "rank-wise").is_diagnosis
    stored = json.loads((tmp_path / "out" / "decoding.json").read_text())
    assert stored == found.decoding.to_dict()
    assert [line.split(" are in ")[0] for line in found.written] == [
        "Paths of each decoder",
        "Joint predictions over the leaves",
    ]


def test_heads_may_come_in_another_order_and_with_labels_of_their_rank(
    model, tmp_path: Path
) -> None:
    straight = decoded(model(), tmp_path)
    turned = decoded(model(turned=True), tmp_path)
    own = decoded(model(own_labels=True), tmp_path)
    for other in (turned, own):
        for one, two in zip(straight.paths, other.paths, strict=True):
            assert (one.nodes == two.nodes).all()
    assert straight.decoding.contender == "species"


def test_stored_heads_and_predictions_are_decoded_alike(model, tmp_path: Path) -> None:
    first = decoded(model(), tmp_path, out=tmp_path / "out")
    from_heads = decode_stored(
        None, EVERYTHING, heads=tmp_path / "out" / "rank-heads" / "validation", rules=QUICK
    )
    from_table = decode_stored(
        tmp_path / "out" / "predictions" / "validation", EVERYTHING, rules=QUICK
    )
    for other in (from_heads, from_table):
        assert other.decoding.to_dict() == first.decoding.to_dict()
        assert other.written == ()
    only = DecodingOptions(by="joint")
    by_joint = decode_stored(
        None, only, heads=tmp_path / "out" / "rank-heads" / "validation", rules=QUICK
    )
    assert [one.decoder for one in by_joint.paths] == ["joint", "rank-wise"]


def test_leaves_without_a_column_above_them_are_told(model, tmp_path: Path) -> None:
    found = decoded(model(family=["f0", "f1", "f2"]), tmp_path)
    assert found.written == (
        "2 leaves are never answered: the head of some rank has no column for a name above.",
    )


def test_what_does_not_fit_is_refused(model, tmp_path: Path) -> None:
    ranks = model()
    with pytest.raises(PredictionsError, match=r"either PREDICTIONS, or --heads .*; got 0"):
        decode_stored(None, EVERYTHING)
    with pytest.raises(PredictionsError, match="with --taxonomy; got 2 of them"):
        decoded(ranks, tmp_path, predictions=tmp_path / "order")
    with pytest.raises(PredictionsError, match="Expected --taxonomy CSV beside --rank"):
        decoded(ranks, tmp_path, taxonomy=None)
    with pytest.raises(PredictionsError, match="Unknown rank 'genus'"):
        heads_of_tables({**ranks, "genus": tmp_path / "order"}, tmp_path / "leaves.csv")
    few = {rank: ranks[rank] for rank in RANKS[:2]}
    with pytest.raises(PredictionsError, match="a head of the finest rank 'species' of the tax"):
        heads_of_tables(few, tmp_path / "leaves.csv")
    with pytest.raises(StoreError, match="Expected stored predictions in"):
        heads_of_tables({**ranks, "order": tmp_path / "nowhere"}, tmp_path / "leaves.csv")
    swapped = {**ranks, "order": ranks["family"]}
    with pytest.raises(PredictionsError, match="classes of the head of order to be names at that"):
        heads_of_tables(swapped, tmp_path / "leaves.csv")


def test_heads_of_other_items_are_refused(model, tmp_path: Path) -> None:
    ranks = model(n=60)
    saved = load_predictions(ranks["order"])
    pl.DataFrame(
        {"id": ["other"], "label": ["s0"], "score:o0": [1.0], "score:o1": [0.0]}
    ).write_csv(tmp_path / "few.csv")
    import_predictions(tmp_path / "few.csv", kind=ScoreKind.LOGITS, out=tmp_path / "few")
    assert saved.n == 60
    with pytest.raises(
        PredictionsError, match=r"it lacks 60 items \(first: 'i00'\) and has 1 more"
    ):
        heads_of_tables({**ranks, "order": tmp_path / "few"}, tmp_path / "leaves.csv")
