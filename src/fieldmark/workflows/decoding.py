"""Decode a contender's scores in several ways, and say which of them is better."""

from dataclasses import dataclass

from fieldmark.comparison.rules import STRICT, ComparisonRules
from fieldmark.core.checks import unknown_choice
from fieldmark.core.errors import DecisionError
from fieldmark.decision.decoding import DECODERS, decode_all, decoder_of
from fieldmark.decision.path_decoders import Decoder
from fieldmark.decision.path_estimates import Intervals, path_estimates
from fieldmark.decision.path_quantities import Poison
from fieldmark.decision.paths import Paths
from fieldmark.decision.rank_head_paths import rank_wise_sums
from fieldmark.predictions.header import ScoreKind
from fieldmark.predictions.table import Predictions
from fieldmark.report.decodings import DecoderRow, Decoding
from fieldmark.workflows.decoder_verdicts import decoder_verdicts

#: What may be asked for; "all" takes every decoder that fits the scores.
CHOICES = ("all", *DECODERS, "joint")
_TITLES = {
    "leaf": "ancestors of the best leaf",
    "joint": "best path over the heads of all ranks",
    "greedy": "from the root to the best child",
    "threshold": "deepest node above {threshold:g}",
    "roll-up": "finest rank with {threshold:g} among {kept_leaves} leaves",
    "tree-distance": "least expected distance in the tree",
    "poison": "least expected cost, poison at {poison_cost:g}",
    "rank-wise": "each rank by itself; no answer",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DecodingOptions:
    """How scores are decoded.

    Attributes:
        by: one of `CHOICES`.
        threshold: of the decoder "threshold", from 0.5 up to 1.
        poison: what poison costs, which "minimum-cost" then weighs; None for the tree distance.

    Raises:
        DecisionError: there is no such decoder, or a setting is out of range.
    """

    by: str = "all"
    threshold: float = 0.5
    poison: Poison | None = None

    def __post_init__(self) -> None:
        if self.by not in CHOICES:
            raise DecisionError(unknown_choice("decoder", self.by, CHOICES))
        self.decoders()

    def decoders(self) -> tuple[Decoder, ...]:
        """Return what is asked for, the best leaf first: the others are compared with it."""
        asked = DECODERS if self.by == "all" else (self.by,)
        poison = self.poison
        return tuple(
            decoder_of(
                name,
                threshold=self.threshold,
                poisonous=() if poison is None else sorted(poison.classes),
                poison_cost=100.0 if poison is None else poison.cost,
            )
            for name in dict.fromkeys(("leaf", *asked))
            if name != "joint"
        )


EVERYTHING = DecodingOptions()


def decoding_of(
    predictions: Predictions,
    options: DecodingOptions = EVERYTHING,
    *,
    heads: tuple[Paths, Paths] | None = None,
    rules: ComparisonRules = STRICT,
) -> tuple[Decoding, tuple[Paths, ...]]:
    """Return how decoders of the same scores compare, and what each of them answers.

    Every decoder is compared with the ancestors of the best leaf; and these, or the joint path over
    the heads of all ranks, with each rank read by itself, which is a diagnosis and no answer.

    Args:
        predictions: scores over the leaves of a taxonomy.
        options: which decoders, and how.
        heads: of the raw heads of the same items, the joint path and the diagnosis; None where
            leaves alone were scored, whose ranks are then read from summed probabilities.
        rules: level, draws and seed of the tests and intervals.

    Returns:
        The record for a report, and the paths in its order, the diagnosis last.

    Raises:
        DecisionError: there is no taxonomy, the scores cannot be summed as asked, "joint" is asked
            for without heads, or a poisonous class is no leaf of the taxonomy.
    """
    if options.by == "joint" and heads is None:
        raise DecisionError(
            "Expected the heads of all ranks to decode by 'joint'; there are scores over the leaves"
            " alone. Give the heads with --heads or --rank, or decode by 'leaf'."
        )
    decoders = options.decoders()
    has_sums = predictions.header.score_kind is not ScoreKind.SIMILARITIES
    if options.by == "all" and not has_sums:
        decoders = tuple(decoder for decoder in decoders if not decoder.needs_shares)
    first, *others = decode_all(predictions, decoders)
    gain = heads
    if heads is not None and (heads[0].nodes == first.nodes).all():
        first = heads[0]
    elif heads is not None:
        others.append(heads[0])
    elif has_sums:
        gain = first, rank_wise_sums(predictions)
    answers = (first, *others, *(() if gain is None else gain[1:]))
    how = Intervals(level=rules.level, resamples=rules.resamples, seed=rules.seed)
    rows = tuple(_row(paths, options.poison, how) for paths in answers)
    found = Decoding(
        contender=first.contender,
        split=first.split,
        ranks=first.taxonomy.ranks,
        n=first.n,
        candidates=first.candidates,
        seed=predictions.header.seed,
        rows=rows,
        comparisons=decoder_verdicts(first, others, gain=gain, rules=rules),
    )
    return found, answers


def _row(paths: Paths, poison: Poison | None, how: Intervals) -> DecoderRow:
    title = _TITLES[paths.settings.get("cost", paths.decoder)].format(**paths.settings)
    return DecoderRow(
        decoder=paths.decoder,
        title=title,
        estimates=path_estimates(paths, poison=poison, how=how),
        is_diagnosis=paths.is_diagnosis,
    )
