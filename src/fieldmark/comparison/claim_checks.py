"""Claims checked against tables of predictions: evaluates and compares what they are about."""

from collections.abc import Mapping, Sequence

from fieldmark.comparison.claims_file import (
    StatedClaim,
    StatedClaimResult,
    check_better,
    check_number,
    unknown,
)
from fieldmark.comparison.rules import STRICT, ComparisonRules
from fieldmark.comparison.selection import SelectionLedger
from fieldmark.comparison.verdict import compare
from fieldmark.core.errors import NotComparableError
from fieldmark.evaluation.evaluate import Evaluation, evaluate_many
from fieldmark.predictions.table import Predictions


def check_claims(
    claims: Sequence[StatedClaim],
    contenders: Mapping[str, Sequence[Predictions]],
    *,
    margin: float | None = None,
    rules: ComparisonRules = STRICT,
    selection: SelectionLedger | None = None,
) -> tuple[StatedClaimResult, ...]:
    """Return what stored predictions say of every claim, in order.

    Each contender that a claim is about is evaluated once. Where two may not be compared, the
    refusal is why the claim cannot be told.

    Args:
        claims: what is claimed.
        contenders: name -> the tables of its seeds.
        margin: as in `compare`.
        rules: as in `compare`.
        selection: as in `compare`.
    """
    evaluations: dict[str, Evaluation] = {}
    results: list[StatedClaimResult] = []
    for claim in claims:
        lacking = [
            name
            for name in (claim.contender, claim.better_than)
            if name is not None and name not in contenders
        ]
        if lacking:
            why = f"there are no predictions of {lacking[0]}; there are: {', '.join(contenders)}"
            results.append(unknown(claim, why))
        elif claim.better_than is not None:
            results.append(_compared(claim, contenders, margin, rules, selection))
        else:
            tables = contenders[claim.contender]
            if claim.contender not in evaluations:
                evaluations[claim.contender] = evaluate_many(
                    tables, resamples=rules.resamples, seed=rules.seed, level=rules.level
                )
            estimates = evaluations[claim.contender].estimates
            results.append(check_number(_at_leaves(claim, tables[0]), estimates))
    return tuple(results)


def _at_leaves(claim: StatedClaim, table: Predictions) -> StatedClaim:
    """Return the claim with the finest rank written as the leaves, as Estimates have it."""
    if table.taxonomy is None or claim.rank != table.taxonomy.ranks[-1]:
        return claim
    return claim.model_copy(update={"rank": None})


def _compared(
    claim: StatedClaim,
    contenders: Mapping[str, Sequence[Predictions]],
    margin: float | None,
    rules: ComparisonRules,
    selection: SelectionLedger | None,
) -> StatedClaimResult:
    try:
        found = compare(
            contenders[claim.contender],
            contenders[str(claim.better_than)],
            metric=claim.metric,
            rank=claim.rank,
            margin=margin,
            rules=rules,
            selection=selection,
        )
    except NotComparableError as error:
        return unknown(claim, str(error))
    return check_better(claim, found)
