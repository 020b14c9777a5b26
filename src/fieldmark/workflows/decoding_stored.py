"""Decode what is stored: predictions over leaves, or the tables of a model with one head a rank."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from fieldmark.comparison.rules import STRICT, ComparisonRules
from fieldmark.core.checks import count_of
from fieldmark.core.errors import PredictionsError
from fieldmark.core.storage import write_json
from fieldmark.decision.paths import Paths
from fieldmark.decision.paths_store import save_paths
from fieldmark.decision.rank_head_paths import joint_paths, rank_wise_heads
from fieldmark.predictions.rank_heads import RankHeads, joint, load_rank_heads, write_rank_heads
from fieldmark.predictions.store import load_predictions, save_predictions
from fieldmark.predictions.table import Predictions
from fieldmark.report.decodings import Decoding
from fieldmark.workflows.decoding import DecodingOptions, decoding_of
from fieldmark.workflows.decoding_evidence import heads_beside
from fieldmark.workflows.parts import PREDICTIONS, RANK_HEADS
from fieldmark.workflows.rank_tables import heads_of_tables


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class DecodedStore:
    """What became of stored scores.

    Attributes:
        decoding: how the decoders compare.
        paths: what each of them answers, the diagnosis last.
        written: what lies where, one sentence each.
    """

    decoding: Decoding
    paths: tuple[Paths, ...]
    written: tuple[str, ...]


def decode_stored(
    predictions: Path | None,
    options: DecodingOptions,
    *,
    heads: Path | None = None,
    ranks: Mapping[str, Path] | None = None,
    taxonomy: Path | None = None,
    contender: str | None = None,
    out: Path | None = None,
    rules: ComparisonRules = STRICT,
) -> DecodedStore:
    """Return how stored scores decode, and store the paths and, of heads, the joint predictions.

    Raw heads that a cell keeps beside its predictions are read with them.

    Args:
        predictions: stored predictions over the leaves of a taxonomy; None where heads are given.
        options: which decoders, and how.
        heads: stored heads of all ranks.
        ranks: rank -> stored predictions of its head, where heads come as tables of their own.
        taxonomy: CSV file with the ranks as columns, for ``ranks``.
        contender: name of the model, for ``ranks``; None takes that of the finest table.
        out: folder for what is made; None stores nothing.
        rules: level, draws and seed.

    Raises:
        PredictionsError: not exactly one of predictions, heads and ranks is given, or the tables
            do not fit the taxonomy.
        FieldmarkError: as `decoding_of`.
    """
    given = [one for one in (predictions, heads, ranks or None) if one is not None]
    if len(given) != 1:
        raise PredictionsError(
            "Expected either PREDICTIONS, or --heads DIR, or --rank RANK=DIR for every rank with"
            f" --taxonomy; got {len(given)} of them."
        )
    if predictions is not None:
        table, raw = load_predictions(predictions), None
        alone = heads_beside([predictions])(table)
    else:
        own = None if heads is None else load_rank_heads(heads)
        raw = own or heads_of_tables(ranks or {}, taxonomy, contender=contender)
        table, alone = joint(raw), (joint_paths(raw), rank_wise_heads(raw))
    decoding, paths = decoding_of(table, options, heads=alone, rules=rules)
    written: list[str] = []
    if raw is not None:
        written += _left_out(raw, table)
    if out is not None:
        written += _store_paths(out, decoding, paths)
        written += [] if raw is None else _store_heads(out, raw, table)
    return DecodedStore(decoding=decoding, paths=paths, written=tuple(written))


def _left_out(raw: RankHeads, table: Predictions) -> list[str]:
    """Say how many leaves no path can reach, since a head has no column for them."""
    missing = len(raw.leaf.label_space) - len(table.label_space)
    if not missing:
        return []
    return [
        f"{count_of(missing, 'leaf is', 'leaves are')} never answered: the head of some rank has no"
        " column for a name above."
    ]


def _store_paths(out: Path, decoding: Decoding, paths: Sequence[Paths]) -> list[str]:
    for one in paths:
        save_paths(one, out / "paths" / one.decoder)
    write_json(out / "decoding.json", decoding.to_dict())
    return [
        f"Paths of each decoder are in {out / 'paths'}, all numbers in {out / 'decoding.json'}."
    ]


def _store_heads(out: Path, raw: RankHeads, table: Predictions) -> list[str]:
    folder, heads = out / PREDICTIONS / table.header.split, out / RANK_HEADS / table.header.split
    save_predictions(table, folder)
    write_rank_heads(heads, raw)
    return [
        f"Joint predictions over the leaves are in {folder}, for evaluate, compare and report; the"
        f" raw heads in {heads}."
    ]
