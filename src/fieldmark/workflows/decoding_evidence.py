"""The decoders of every contender of a report, with the raw heads where cells keep them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from fieldmark.comparison.outcome import Comparison
from fieldmark.comparison.rules import STRICT, ComparisonRules
from fieldmark.decision.paths import Paths
from fieldmark.decision.rank_head_paths import joint_paths, rank_wise_heads
from fieldmark.predictions.rank_heads import is_rank_heads_store, load_rank_heads
from fieldmark.predictions.table import Predictions
from fieldmark.report.decodings import Decoding
from fieldmark.workflows.decoder_verdicts import path_gains
from fieldmark.workflows.decoding import decoding_of
from fieldmark.workflows.ground import Ground
from fieldmark.workflows.pairs import rules_of
from fieldmark.workflows.parts import RANK_HEADS, stored_parts

_Key = tuple[str, str, int | None]
Heads = Callable[[Predictions], tuple[Paths, Paths] | None]


def decodings_of(
    tables: Sequence[Predictions], *, heads: Heads | None = None, rules: ComparisonRules = STRICT
) -> tuple[Decoding, ...]:
    """Return how decoders compare for each contender with ranks above its leaves.

    Args:
        tables: one a contender.
        heads: gives the joint path and the diagnosis of the raw heads of a table, or None where it
            has none; None where no contender has any.
        rules: level, draws and seed.
    """
    return tuple(
        decoding_of(table, heads=None if heads is None else heads(table), rules=rules)[0]
        for table in tables
        if table.taxonomy is not None and len(table.taxonomy.ranks) > 1
    )


def gains_of(
    predictions: Mapping[str, Sequence[Predictions]],
    *,
    heads: Heads,
    rules: ComparisonRules = STRICT,
) -> tuple[Comparison, ...]:
    """Return what consistent paths gain for each contender with a head for each rank.

    Args:
        predictions: contender -> one table a seed; seeds of other items than the first are left
            out.
        heads: as in `decodings_of`.
        rules: level, draws and seed.
    """
    found = []
    for tables in predictions.values():
        alike = [table for table in tables if table.ids.equals(tables[0].ids)]
        own = [pair for table in alike if (pair := heads(table)) is not None]
        if own:
            found.append(own)
    return path_gains(found, rules=rules)


def study_decodings(
    ground: Ground,
    tables: Sequence[Predictions],
    predictions: Mapping[str, Sequence[Predictions]],
) -> tuple[tuple[Decoding, ...], tuple[Comparison, ...]]:
    """Return how decoders compare for each contender of a study, and what consistent paths gain.

    Args:
        ground: the study.
        tables: one a contender, the first seed; over folds, all of its folds together.
        predictions: contender -> the tables of all its seeds.
    """
    part = ground.file.study.protocol.report_on
    done = [folder for _, folder in stored_parts(ground, part)]
    rules = rules_of(ground.file.study)
    return all_decodings(tables, predictions, heads=heads_beside(done), rules=rules)


def all_decodings(
    tables: Sequence[Predictions],
    predictions: Mapping[str, Sequence[Predictions]],
    *,
    heads: Heads,
    rules: ComparisonRules = STRICT,
) -> tuple[tuple[Decoding, ...], tuple[Comparison, ...]]:
    """Return how decoders compare for each contender, and what consistent paths gain.

    Args:
        tables: one a contender.
        predictions: contender -> the tables of all its seeds.
        heads: as in `decodings_of`; asked once of each table.
        rules: level, draws and seed.
    """
    heads = _asked_once(heads)
    seeds = {name: len(own) for name, own in predictions.items()}
    found = decodings_of(tables, heads=heads, rules=rules)
    return (
        tuple(replace(one, seeds=seeds.get(one.contender, 1)) for one in found),
        gains_of(predictions, heads=heads, rules=rules),
    )


def _asked_once(heads: Heads) -> Heads:
    """Return heads that decode a table when it is first asked for, and remember it by identity."""
    known: dict[int, tuple[Predictions, tuple[Paths, Paths] | None]] = {}

    def asked(table: Predictions) -> tuple[Paths, Paths] | None:
        if id(table) not in known:
            known[id(table)] = table, heads(table)
        return known[id(table)][1]

    return asked


def heads_beside(predictions: Iterable[Path]) -> Heads:
    """Return what gives the raw heads of a table, which are stored beside its predictions.

    A cell keeps its predictions in ``predictions/PART`` and its raw heads in ``rank-heads/PART``.

    Args:
        predictions: folders of stored predictions; the folds of one contender and seed are put
            together.
    """
    stored: dict[_Key, list[Path]] = {}
    for path in predictions:
        folder = path.parent.parent / RANK_HEADS / path.name
        if is_rank_heads_store(folder):
            stored.setdefault(_key(load_rank_heads(folder).leaf), []).append(folder)

    def heads_of(table: Predictions) -> tuple[Paths, Paths] | None:
        raw = [load_rank_heads(folder) for folder in stored.get(_key(table), ())]
        if not raw:
            return None
        joint = _together([joint_paths(one) for one in raw], table)
        alone = _together([rank_wise_heads(one) for one in raw], table)
        return None if joint is None or alone is None else (joint, alone)

    return heads_of


def _key(table: Predictions) -> _Key:
    return table.header.contender, table.header.split, table.header.seed


def _together(parts: Sequence[Paths], table: Predictions) -> Paths | None:
    """Return the paths of all parts in the order of a table; None where they are other items."""
    place = {id_: row for row, id_ in enumerate(id_ for one in parts for id_ in one.items["id"])}
    rows = [place.get(id_, -1) for id_ in table.ids]
    if len(place) != table.n or -1 in rows:
        return None
    first = parts[0]
    return Paths(
        decoder=first.decoder,
        taxonomy=first.taxonomy,
        nodes=np.concatenate([one.nodes for one in parts])[rows],
        items=table.items,
        contender=first.contender,
        split=first.split,
        candidates=first.candidates,
        is_diagnosis=first.is_diagnosis,
    )
