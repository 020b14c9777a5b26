"""Contenders against one reference at each rank of a taxonomy: one family of paired verdicts."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from fieldmark.comparison.families import holm, holm_levels
from fieldmark.comparison.judged_tables import rank_above_leaves
from fieldmark.comparison.matching import Contender, Matched, match, tables_of
from fieldmark.comparison.outcome import Comparison
from fieldmark.comparison.paired_tests import fewest_resamples
from fieldmark.comparison.rules import STRICT, ComparisonRules
from fieldmark.comparison.verdict import compare_matched
from fieldmark.core.checks import count_of
from fieldmark.core.errors import NotComparableError

_METRIC = "accuracy"


@dataclass(frozen=True, eq=False, slots=True)
class RankQuestion:
    """Two contenders, matched item by item, at one rank.

    Attributes:
        matched: the two, with their answers at the rank.
        rank: its name, that of the leaves too.
    """

    matched: Matched
    rank: str

    def verdict(self, rules: ComparisonRules) -> Comparison:
        """Return the verdict on accuracy at the level of the rules."""
        return compare_matched(self.matched, metric=_METRIC, rank=self.rank, rules=rules)


def compare_at_ranks(
    reference: Contender, challengers: Sequence[Contender], *, rules: ComparisonRules = STRICT
) -> tuple[Comparison, ...]:
    """Return the verdicts on accuracy at each rank, of each challenger against one reference.

    At each rank the answer of a contender is the ancestor with the highest summed score, as in
    `compare`. Each pair is matched once, with all seeds. Holm's procedure runs over all challengers
    and ranks together; each interval is at the level that it holds its comparison against.

    Args:
        reference: predictions of the contender that all are compared with.
        challengers: predictions of the others, each one table or several seeds.
        rules: what may differ, and how the tests are made; the level is that of the whole family.

    Returns:
        Challenger by challenger, in their order; of each the ranks, coarse to fine. Each names its
        rank, that of the leaves too.

    Raises:
        NotComparableError: the reference has no ranks above its leaves, or two tables may not stand
            side by side.

    Example:
        >>> import numpy as np, polars as pl
        >>> from fieldmark.manifest.labels import LabelSpace
        >>> from fieldmark.manifest.taxonomy import build_taxonomy
        >>> from fieldmark.predictions.table import Predictions, PredictionsHeader
        >>> tree = build_taxonomy(pl.DataFrame(
        ...     {"genus": ["A", "A", "B"], "species": ["a", "b", "c"]}), ("genus", "species"))
        >>> def table(name: str, right: int) -> Predictions:
        ...     label = np.arange(60) % 3
        ...     answer = np.where(np.arange(60) < right, label, (label + 1) % 3)
        ...     return Predictions(PredictionsHeader(score_kind="logits", contender=name),
        ...         pl.DataFrame({"id": [f"{i}" for i in range(60)], "label": list("abc" * 20)}),
        ...         LabelSpace(("a", "b", "c")), 9.0 * np.eye(3)[answer], tree)
        >>> for one in compare_at_ranks(table("flat", 30), [table("heads", 60)]):
        ...     print(one.rank, one.verdict, f"{one.difference:.3f}")
        genus better 0.333
        species better 0.500
    """
    questions = [one for side in challengers for one in match_at_ranks(side, reference, rules)]
    return verdicts_at_ranks(questions, rules=rules)


def match_at_ranks(
    challenger: Contender, reference: Contender, rules: ComparisonRules = STRICT
) -> tuple[RankQuestion, ...]:
    """Return two contenders matched item by item once, for each rank, coarse to fine.

    Args:
        challenger: predictions of the contender that verdicts are about.
        reference: predictions of the contender that it is compared with.
        rules: what may differ.

    Raises:
        NotComparableError: as `compare_at_ranks`.
    """
    ranks = _ranks_of(reference)
    matched = match(challenger, reference, metric=_METRIC, rank=ranks[0], rules=rules)
    leaf_or_rank = (rank_above_leaves(tables_of(reference)[0], rank) for rank in ranks)
    return tuple(
        RankQuestion(replace(matched, rank=where), rank)
        for rank, where in zip(ranks, leaf_or_rank, strict=True)
    )


def verdicts_at_ranks(
    questions: Sequence[RankQuestion], *, rules: ComparisonRules = STRICT
) -> tuple[Comparison, ...]:
    """Return the verdicts on accuracy, corrected for their number.

    Args:
        questions: contenders and ranks, in the order of the verdicts.
        rules: how the tests are made; the level is that of all verdicts together.
    """
    strictest = 1 - (1 - rules.level) / max(1, len(questions))
    rules = replace(rules, resamples=max(rules.resamples, fewest_resamples(strictest)))
    found = [question.verdict(rules) for question in questions]
    if len(found) < 2:
        return tuple(found)
    p_values = [one.p_value for one in found]
    levels = holm_levels(p_values, level=rules.level)
    family = f"Holm over {count_of(len(found), 'comparison')}"
    return tuple(
        replace(
            one if level == rules.level else question.verdict(replace(rules, level=level)),
            p_adjusted=adjusted,
            adjustment=family,
        )
        for question, one, level, adjusted in zip(
            questions, found, levels, holm(p_values), strict=True
        )
    )


def _ranks_of(side: Contender) -> tuple[str, ...]:
    first = tables_of(side)[0]
    if first.taxonomy is None or len(first.taxonomy.ranks) < 2:
        raise NotComparableError(
            "Expected ranks above the leaves to compare at; the predictions of"
            f" {first.header.contender} have none. Import them with --taxonomy, or compare at the"
            " leaves."
        )
    return first.taxonomy.ranks
