"""Properties of tables of predictions."""

import tempfile
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from fieldmark.core.errors import PredictionsError
from fieldmark.manifest.labels import LabelSpace
from fieldmark.manifest.taxonomy import build_taxonomy
from fieldmark.predictions.header import PredictionsHeader, ScoreKind
from fieldmark.predictions.rollup import roll_up
from fieldmark.predictions.store import PredictionsWriter, load_predictions, save_predictions
from fieldmark.predictions.summary import summarise
from fieldmark.predictions.table import Predictions
from fieldmark.predictions.universe import restrict

NAMES = [f"species {letter}" for letter in "abcdefgh"]
QUICK = settings(max_examples=40, deadline=None)
TYPES = st.sampled_from([np.float16, np.float32, np.float64])
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=8)


@st.composite
def tables(draw: st.DrawFn, kind: ScoreKind | None = None, most: int = 6) -> Predictions:
    """Draw small tables with ties, unknown labels, groups and every type of score."""
    n = draw(st.integers(1, most))
    classes = draw(st.permutations(NAMES))[: draw(st.integers(1, len(NAMES)))]
    stated = kind or draw(st.sampled_from(ScoreKind))
    whole = draw(
        arrays.arrays(np.int64, (n, len(classes)), elements=st.integers(0, 4), unique=False)
    ).astype(np.float64)
    if stated is ScoreKind.PROBABILITIES:
        whole[:, 0] += whole.sum(axis=1) == 0
        whole /= whole.sum(axis=1, keepdims=True)
    columns = {
        "id": draw(st.lists(TEXT, min_size=n, max_size=n, unique=True)),
        "label": draw(st.lists(st.sampled_from(NAMES), min_size=n, max_size=n)),
    }
    if draw(st.booleans()):
        columns["group"] = draw(st.lists(TEXT, min_size=n, max_size=n))
    tree = pl.DataFrame(
        {
            "family": [f"F{k // 4}" for k in range(8)],
            "genus": [f"G{k // 2}" for k in range(8)],
            "species": NAMES,
        }
    )
    return Predictions(
        header=PredictionsHeader(
            score_kind=stated, contender="drawn", seed=draw(st.integers(0, 9))
        ),
        items=pl.DataFrame(columns),
        label_space=LabelSpace(tuple(classes)),
        scores=whole.astype(draw(TYPES)),
        taxonomy=build_taxonomy(tree, ("family", "genus", "species")),
        training_ids=tuple(draw(st.lists(st.just("a training id of more than eight letters")))),
    )


def rows_of(table: Predictions, rows: list[int]) -> Predictions:
    return Predictions(
        header=table.header,
        items=table.items[rows],
        label_space=table.label_space,
        scores=table.scores[rows],
        taxonomy=table.taxonomy,
        training_ids=table.training_ids,
    )


def as_float64(table: Predictions) -> np.ndarray:
    return np.asarray(table.scores, dtype=np.float64)


@given(tables())
@QUICK
def test_saving_and_loading_changes_nothing(table: Predictions) -> None:
    with tempfile.TemporaryDirectory() as folder:
        save_predictions(table, Path(folder) / "store")
        loaded = load_predictions(Path(folder) / "store", verify=True)
        assert loaded == table
        assert loaded.header == table.header
        assert loaded.items.equals(table.items)
        assert loaded.scores.dtype == table.scores.dtype
        assert np.array_equal(loaded.scores, table.scores)


@given(tables(), st.integers(1, 4))
@QUICK
def test_writing_in_pieces_is_saving_whole(table: Predictions, step: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        with PredictionsWriter(
            Path(folder) / "store",
            table.header,
            items=table.items,
            label_space=table.label_space,
            dtype=table.scores.dtype,
            taxonomy=table.taxonomy,
            training_ids=table.training_ids,
        ) as writer:
            for start in range(0, table.n, step):
                writer.write(table.scores[start : start + step])
        assert load_predictions(Path(folder) / "store") == table


@given(tables(), st.randoms(use_true_random=False))
@QUICK
def test_the_order_of_the_rows_does_not_reach_the_items_digest(table, random) -> None:
    order = list(range(table.n))
    random.shuffle(order)
    turned = rows_of(table, order)
    assert turned.items_digest == table.items_digest
    assert (turned.digest == table.digest) == (order == sorted(order))


@given(tables(), st.data())
@QUICK
def test_another_label_is_another_items_digest(table: Predictions, data: st.DataObject) -> None:
    row = data.draw(st.integers(0, table.n - 1))
    label = data.draw(st.sampled_from(NAMES))
    assume(label != table.labels[row])
    labels = table.labels.to_list()
    labels[row] = label
    items = table.items.with_columns(label=pl.Series(labels))
    other = Predictions(table.header, items, table.label_space, table.scores)
    assert other.items_digest != table.items_digest


@given(tables(kind=ScoreKind.PROBABILITIES))
@QUICK
def test_rolling_up_conserves_the_probability(table: Predictions) -> None:
    whole = as_float64(table).sum(axis=1)
    for rank in ("genus", "family"):
        assert np.allclose(as_float64(roll_up(table, rank)).sum(axis=1), whole, atol=1e-6)


@given(tables(kind=ScoreKind.PROBABILITIES))
@QUICK
def test_a_parent_has_at_least_the_probability_of_each_child(table: Predictions) -> None:
    ranks = table.taxonomy.ranks
    by_rank = {rank: roll_up(table, rank) for rank in ranks}
    for leaf, name in enumerate(table.label_space.classes):
        path = table.taxonomy.path_of(name)
        finer = as_float64(table)[:, leaf]
        for rank, node in list(zip(ranks, path, strict=True))[-2::-1]:
            rolled = by_rank[rank]
            coarser = as_float64(rolled)[:, rolled.label_space.classes.index(node)]
            assert (coarser >= finer).all()
            finer = coarser


@given(tables(kind=ScoreKind.LOGITS))
@QUICK
def test_summed_logits_are_summed_probabilities(table: Predictions) -> None:
    shares = np.exp(as_float64(table))
    shares /= shares.sum(axis=1, keepdims=True)
    header = table.header.model_copy(update={"score_kind": ScoreKind.PROBABILITIES})
    softmaxed = Predictions(header, table.items, table.label_space, shares, table.taxonomy)
    rolled = np.exp(as_float64(roll_up(table, "genus")))
    rolled /= rolled.sum(axis=1, keepdims=True)
    assert np.allclose(rolled, roll_up(softmaxed, "genus").scores, atol=1e-6)


@given(tables())
@QUICK
def test_the_summary_is_that_of_a_slow_loop(table: Predictions) -> None:
    found = summarise(table)
    classes = table.label_space.classes
    for row, label in enumerate(table.labels):
        scores = as_float64(table)[row].tolist()
        order = sorted(range(len(classes)), key=lambda column: (-scores[column], column))
        assert found.predicted[row] == order[0]
        assert found.unknown[row] == (label not in classes)
        if label in classes:
            assert found.truth_rank[row] == 1 + order.index(classes.index(label))
            assert found.truth_position[row] == classes.index(label)
        else:
            assert found.truth_rank[row] == len(classes) + 1


@given(tables(), st.data())
@QUICK
def test_a_batch_is_its_items_one_by_one(table: Predictions, data: st.DataObject) -> None:
    row = data.draw(st.integers(0, table.n - 1))
    whole, single = summarise(table), summarise(rows_of(table, [row]))
    assert whole.predicted[row] == single.predicted[0]
    assert whole.truth_rank[row] == single.truth_rank[0]
    assert whole.truth_score[row] == pytest.approx(single.truth_score[0], rel=1e-6)


@given(tables(kind=ScoreKind.SIMILARITIES))
@QUICK
def test_ranks_do_not_change_when_the_scores_are_stretched(table: Predictions) -> None:
    stretched = np.asarray(table.scores, np.float64) * 3 + 7
    other = Predictions(table.header, table.items, table.label_space, stretched)
    assert np.array_equal(summarise(other).truth_rank, summarise(table).truth_rank)


@given(tables(), st.data())
@QUICK
def test_restricting_keeps_order_and_content(table: Predictions, data: st.DataObject) -> None:
    classes = data.draw(st.lists(st.sampled_from(table.label_space.classes), min_size=1))
    keep = table.labels.is_in(classes)
    assume(keep.any())
    kept = restrict(table, classes)
    expected = [name for name in table.label_space.classes if name in classes]
    assert list(kept.label_space.classes) == expected
    assert kept.items.equals(table.items.filter(keep))
    assert kept.scores.dtype == table.scores.dtype
    assert restrict(kept, classes) is kept
    if table.header.score_kind is not ScoreKind.PROBABILITIES:
        columns = table.label_space.positions(expected)
        assert np.array_equal(kept.scores, table.scores[keep.to_numpy()][:, columns])


@given(tables(), st.data())
@QUICK
def test_restricting_moves_no_label_back_in_the_ranking(table, data: st.DataObject) -> None:
    classes = data.draw(st.lists(st.sampled_from(table.label_space.classes), min_size=1))
    keep = table.labels.is_in(classes).to_numpy()
    assume(keep.any())
    before = summarise(table).truth_rank[keep]
    assume(table.header.score_kind is not ScoreKind.PROBABILITIES)
    assert (summarise(restrict(table, classes)).truth_rank <= before).all()


@given(tables())
@QUICK
def test_nothing_changes_its_input(table: Predictions) -> None:
    items, scores = table.items.clone(), np.array(table.scores)
    header = table.header.model_copy(deep=True)
    summarise(table)
    if not table.unknown_label_count:
        restrict(table, table.labels.to_list())
    if table.header.score_kind is not ScoreKind.SIMILARITIES:
        roll_up(table, "family")
    assert table.items.equals(items)
    assert np.array_equal(table.scores, scores)
    assert table.header == header


@given(tables())
@QUICK
def test_no_item_is_refused_and_one_and_two_are_enough(table: Predictions) -> None:
    with pytest.raises(PredictionsError, match="at least one item"):
        rows_of(table, [])
    assert rows_of(table, [0]).n == 1
    if table.n > 1:
        assert summarise(rows_of(table, [1, 0])).predicted.shape == (2,)
