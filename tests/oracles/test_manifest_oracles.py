from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from fieldmark.core.digests import digest_of_file
from fieldmark.manifest.audit import audit
from fieldmark.manifest.lineage import distinct_lineages, fill_gaps
from fieldmark.manifest.splits import Split
from fieldmark.manifest.table import Manifest
from fieldmark.manifest.text_tables import read_text_table

RANKS = ("family", "genus", "species")
ROWS = st.lists(
    st.tuples(
        st.sampled_from(["E", "F", None]), st.sampled_from(["G", "H", None]), st.sampled_from("xyz")
    ),
    min_size=1,
    max_size=8,
)


def slowly_filled(rows: Sequence[tuple[str | None, ...]]) -> set[tuple[str | None, ...]]:
    """Fill gaps row by row, child by child, as the definition reads."""
    filled = [list(row) for row in rows]
    for rank in (1, 0):
        for row in filled:
            if row[rank] is None and row[rank + 1] is not None:
                known = {
                    other[rank]
                    for other in rows_now(filled, rank, row[rank + 1])
                    if other[rank] is not None and not str(other[rank]).startswith("incertae")
                }
                child = str(row[rank + 1])
                own = child if child.startswith("incertae") else f"incertae sedis ({child})"
                row[rank] = known.pop() if len(known) == 1 else own if not known else None
    return {tuple(row) for row in filled}


def rows_now(rows: list[list[str | None]], rank: int, child: str | None) -> list[list[str | None]]:
    return [row for row in rows if row[rank + 1] == child]


@given(ROWS)
def test_gaps_are_filled_as_the_slow_loop_does(rows: list[tuple[str | None, ...]]) -> None:
    frame = pl.DataFrame(rows, schema=dict.fromkeys(RANKS, pl.String), orient="row")
    filled = fill_gaps(distinct_lineages(frame, RANKS), RANKS).select(RANKS)
    assert set(filled.iter_rows()) == slowly_filled(rows)


def test_polars_reads_the_same_cells_from_an_ordinary_table(tmp_path: Path) -> None:
    draws = np.random.default_rng(0)
    words = ["plain", 'a "quoted" word', "comma, here", "line\nbreak", "ä ö ü", None, "007", "1e5"]
    columns = {f"c{place}": [words[k] for k in draws.integers(8, size=500)] for place in range(5)}
    frame = pl.DataFrame(columns)
    frame.write_csv(tmp_path / "table.csv")
    assert read_text_table(tmp_path / "table.csv").frame.equals(frame)


def test_twins_are_those_that_comparing_all_pairs_finds(tmp_path: Path) -> None:
    draws = np.random.default_rng(1)
    ids = [f"i{number:02}" for number in range(40)]
    for id_ in ids:
        (tmp_path / id_).write_bytes(bytes(draws.integers(1, 3, size=3).astype(np.uint8)))
    parts = dict(zip(ids, draws.choice(["train", "test"], size=40).tolist(), strict=True))
    split = Split(
        {part: tuple(id_ for id_ in ids if parts[id_] == part) for part in ("train", "test")},
        name="",
    )
    manifest = Manifest(pl.DataFrame({"id": ids, "path": ids, "label": ["x"] * 40}), tmp_path)
    digests = {id_: digest_of_file(tmp_path / id_) for id_ in ids}
    torn = {
        digests[one]
        for one in ids
        for other in ids
        if digests[one] == digests[other] and parts[one] != parts[other]
    }
    found = {finding.code: finding.count for finding in audit(manifest, split)}
    assert found["same_bytes_in_two_parts"] == len(torn)
