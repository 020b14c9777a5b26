"""Looking for 20,000 queries among the photos of their own group, against a loop over queries."""

import argparse
from collections.abc import Callable
from dataclasses import fields

import numpy as np
import numpy.typing as npt
import polars as pl

from benchmarks.record import markdown_table, time_in_turns, write_section
from fieldmark.evaluation.retrieval_places import RankedQueries, rank_queries
from fieldmark.evaluation.retrieval_scopes import Scope
from fieldmark.predictions.rankings import EmbeddingPair, Rankings, RankingsHeader

FloatArray = npt.NDArray[np.floating]
IntArray = npt.NDArray[np.int64]

COMPARED = (
    "photos",
    "identities",
    "right_photos",
    "place",
    "first_right",
    "average_precision",
    "precision_at_r",
    "first",
    "best_right",
    "best_other",
    "others_spread",
    "tied",
)
LOOP = "a loop over queries"
STACKED = "the same, the photos of each group stacked beforehand"
BLOCKS = "one matrix product per group"


def main() -> None:
    """Check that both ways find the same, measure them in turns, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--queries", type=int, default=20_000)
    parser.add_argument("--groups", type=int, default=335)
    parser.add_argument("--width", type=int, default=512)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    rankings = drawn(given.queries, given.groups, given.width)
    ways: dict[str, Callable[[], object]] = {
        LOOP: lambda: by_query(rankings, stacks=None),
        STACKED: lambda: by_query(rankings, stacks={}),
        BLOCKS: lambda: rank_queries(rankings, Scope("group")),
    }
    blocks = rank_queries(rankings, Scope("group"))
    compare(by_query(rankings, stacks=None), blocks)
    compare(by_query(rankings, stacks={}), blocks)
    seconds = time_in_turns(ways, rounds=given.rounds)
    rows = [
        (name, f"{taken:.2f}", f"{1e6 * taken / given.queries:.0f}", f"{seconds[LOOP] / taken:.1f}")
        for name, taken in seconds.items()
    ]
    table = markdown_table(("", "seconds", "microseconds per query", "times as fast"), rows)
    photos = rankings.gallery.height
    title = (
        f"Within-group retrieval of {given.queries:,} queries in {given.groups:,} groups "
        f"({photos:,} photos, {given.width} values each)"
    )
    note = (
        "All start from the embeddings and return, for every query, the number of candidates, the"
        " place of the right identity and of its first photo, average precision, the identity that"
        " comes first, and what margins need, with the same rule for ties; the results are compared"
        " before the clock starts and are equal. The loops know the photos of each group by"
        " position, with unit lengths, and never look through the whole gallery."
    )
    write_section("retrieval", title, f"{table}\n\n{note}")


def drawn(queries: int, groups: int, width: int) -> Rankings:
    """Return embeddings of look-alikes: 2 to 27 identities in a group, 15 photos each."""
    rng = np.random.default_rng(0)
    sizes = np.minimum(2 + rng.geometric(0.25, groups), 27)
    group = np.repeat(np.arange(groups), sizes)
    centres = rng.standard_normal((groups, width))[group] + 0.3 * rng.standard_normal(
        (len(group), width)
    )
    sides, vectors = [], []
    for side, count in (("query", queries), ("photo", 15 * len(group))):
        identity = rng.permutation(np.arange(count) % len(group))
        noise = rng.standard_normal((count, width))
        vectors.append((centres[identity] + noise).astype(np.float32))
        sides.append(
            pl.DataFrame(
                {
                    "id": [f"{side} {number}" for number in range(count)],
                    "identity": [f"tree {number}" for number in identity.tolist()],
                    "group": [f"address {number}" for number in group[identity].tolist()],
                }
            )
        )
    header = RankingsHeader(similarity="cosine", contender="trees")
    return Rankings(header, sides[0], sides[1], EmbeddingPair(vectors[0], vectors[1]))


def by_query(rankings: Rankings, *, stacks: dict[str, FloatArray] | None) -> dict[str, list[float]]:
    """Return what `rank_queries` does within groups, one query at a time.

    With ``stacks`` the photos of each group are copied there once; with None they are taken from
    the gallery for every query.
    """
    photos, queries = rankings.gallery, rankings.queries
    left, right = (
        vectors / np.linalg.norm(vectors.astype(np.float64), axis=1, keepdims=True)
        for vectors in rankings.similarities.arrays.values()
    )
    rows_of: dict[str, list[int]] = {}
    codes = photos["identity"].rank("dense").to_numpy().astype(np.int64)
    truth = dict(zip(photos["identity"].to_list(), codes.tolist(), strict=True))
    groups = photos["group"].to_list()
    for row in np.argsort(codes, kind="stable").tolist():
        rows_of.setdefault(groups[row], []).append(row)
    members = {name: np.array(rows) for name, rows in rows_of.items()}
    if stacks is not None:
        stacks.update({name: right[rows] for name, rows in members.items()})
    enrolled = {name: codes[rows] for name, rows in members.items()}
    found: dict[str, list[float]] = {name: [] for name in COMPARED}
    asked = zip(queries["group"].to_list(), queries["identity"].to_list(), strict=True)
    for row, (group, identity) in enumerate(asked):
        photos_of_group = right[members[group]] if stacks is None else stacks[group]
        cosines = (photos_of_group @ left[row]).astype(np.float32)
        for name, value in judged(cosines, enrolled[group], truth[identity]).items():
            found[name].append(value)
    return found


def judged(cosines: FloatArray, codes: IntArray, code: int) -> dict[str, float]:
    """Return what became of one query; ``codes`` are the identities of its photos, sorted."""
    is_right = codes == code
    order = np.lexsort((is_right, -cosines))
    hits = np.flatnonzero(is_right[order]) + 1
    precisions = np.arange(1, len(hits) + 1) / hits
    starts = np.flatnonzero(np.diff(codes, prepend=-1))
    best = np.maximum.reduceat(cosines, starts)
    names = codes[starts]
    own, others = best[names == code][0], best[names != code].astype(np.float64)
    place = 1 + np.count_nonzero(others >= own)
    leader = others.argmax()
    return {
        "photos": len(codes),
        "identities": len(names),
        "right_photos": len(hits),
        "place": place,
        "first_right": hits[0],
        "average_precision": precisions.mean(),
        "precision_at_r": precisions[hits <= len(hits)].sum() / len(hits),
        "first": (code if place == 1 else names[names != code][leader]) - 1,
        "best_right": own,
        "best_other": others[leader],
        "others_spread": ((others - others.mean()) ** 2).sum(),
        "tied": others[leader] == own,
    }


def compare(loop: dict[str, list[float]], blocks: RankedQueries) -> None:
    """Raise unless both found the same."""
    columns = {field.name: getattr(blocks, field.name) for field in fields(blocks)}
    for name in COMPARED:
        np.testing.assert_allclose(columns[name], loop[name], rtol=1e-6, atol=1e-12)


if __name__ == "__main__":
    main()
