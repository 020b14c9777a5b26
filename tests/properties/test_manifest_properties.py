import csv
import io
from pathlib import Path

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldmark.manifest.labels import LabelSpace
from fieldmark.manifest.table import Manifest
from fieldmark.manifest.text_tables import read_text_table

NAMES = st.lists(
    st.text(min_size=1, max_size=6).filter(str.strip), min_size=1, max_size=8, unique=True
)
CELLS = st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\0\ufeff"), max_size=8)


@st.composite
def tables(draw: st.DrawFn) -> pl.DataFrame:
    ids = draw(NAMES)
    notes = draw(st.lists(st.none() | CELLS, min_size=len(ids), max_size=len(ids)))
    labels = draw(st.lists(st.sampled_from("xyz"), min_size=len(ids), max_size=len(ids)))
    columns = {"id": ids, "path": ids, "label": labels, "note": notes}
    return pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))


@given(NAMES, st.data())
def test_positions_point_at_their_labels(names: list[str], data: st.DataObject) -> None:
    asked = data.draw(st.lists(st.sampled_from(names)))
    space = LabelSpace(tuple(names))
    assert [space.classes[place] for place in space.positions(asked)] == asked


@given(NAMES)
def test_the_set_digest_is_that_of_the_sorted_classes(names: list[str]) -> None:
    space = LabelSpace(tuple(names))
    assert space.set_digest == LabelSpace(tuple(sorted(names))).digest


@given(tables(), st.randoms(use_true_random=False))
def test_row_order_does_not_change_the_digest(table: pl.DataFrame, random: object) -> None:
    order = list(range(len(table)))
    random.shuffle(order)  # type: ignore[attr-defined]
    assert Manifest(table, Path()).digest == Manifest(table[order], Path()).digest


@given(tables(), st.data())
def test_any_changed_cell_changes_the_digest(table: pl.DataFrame, data: st.DataObject) -> None:
    row = data.draw(st.integers(0, len(table) - 1))
    cell = table["note"][row]
    other = data.draw((st.none() | CELLS).filter(lambda text: text != cell))
    notes = [*table["note"][:row], other, *table["note"][row + 1 :]]
    changed = table.with_columns(pl.Series("note", notes, dtype=pl.String))
    assert Manifest(table, Path()).digest != Manifest(changed, Path()).digest


@given(tables(), st.data())
def test_a_selection_holds_the_rows_asked_for(table: pl.DataFrame, data: st.DataObject) -> None:
    asked = data.draw(st.lists(st.sampled_from(table["id"].to_list()), min_size=1, unique=True))
    manifest = Manifest(table, Path())
    some = manifest.select(asked)
    assert some.ids.to_list() == asked
    assert some.select(sorted(asked)) == manifest.select(sorted(asked))


@settings(max_examples=200)
@given(
    st.integers(1, 4).flatmap(
        lambda width: st.lists(
            st.lists(CELLS, min_size=width, max_size=width), min_size=1, max_size=5
        )
    )
)
def test_whatever_is_written_as_csv_is_read_as_it_was(
    tmp_path_factory: object, rows: list[list[str]]
) -> None:
    path = tmp_path_factory.mktemp("tables") / "table.csv"  # type: ignore[attr-defined]
    header = [f"column {place}" for place in range(len(rows[0]))]
    text = io.StringIO(newline="")
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows([header, *rows])
    path.write_bytes(text.getvalue().encode())
    wanted = [tuple(cell or None for cell in row) for row in rows]
    assert read_text_table(path).frame.rows() == wanted
