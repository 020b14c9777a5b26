"""From the options of compare to verdicts: who is compared with whom, and under which rules."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from fieldmark.comparison.claim_checks import check_claims
from fieldmark.comparison.claims_file import ClaimsFile, StatedClaimResult
from fieldmark.comparison.families import compare_many
from fieldmark.comparison.fold_tables import measure_folds, verdict_over_folds
from fieldmark.comparison.folds import RopeProbabilities, bayesian_resampled_t
from fieldmark.comparison.judged_tables import require_margin
from fieldmark.comparison.label_versions import relabelled_note
from fieldmark.comparison.outcome import Comparison
from fieldmark.comparison.rules import ComparisonRules
from fieldmark.comparison.selection import SelectionLedger, read_ledger
from fieldmark.core.checks import first_few, unknown_choice
from fieldmark.core.errors import NotComparableError
from fieldmark.predictions.store import load_predictions
from fieldmark.predictions.table import Predictions

Tables = tuple[Predictions, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdicts:
    """What one call of compare found.

    Attributes:
        comparisons: one for each challenger, or for each version of the labels.
        claims: the claims of the file, checked; none without one.
        rope: where the difference over folds probably lies; None where it was not asked for.
        further: sentences beside the notes of the comparisons.
    """

    comparisons: tuple[Comparison, ...]
    claims: tuple[StatedClaimResult, ...] = ()
    rope: RopeProbabilities | None = None
    further: tuple[str, ...] = ()


def judge_tables(arguments: argparse.Namespace) -> Verdicts:
    """Return the verdicts that the options of compare ask for.

    Raises:
        FieldmarkError: the tables may not stand side by side, or an option does not fit.
    """
    _refuse_repeated(arguments.tables)
    sides = _sides([load_predictions(folder) for folder in arguments.tables], arguments)
    rules = ComparisonRules(
        classes=arguments.classes,
        labels="first" if arguments.labels == "both" else arguments.labels,
        across=frozenset(arguments.across),
        universe=arguments.universe,
        test=arguments.test,
        level=arguments.level,
        resamples=arguments.resamples,
        seed=arguments.resampling_seed,
    )
    if arguments.folds:
        return _over_folds(sides, rules, arguments)
    if arguments.rope is not None:
        raise NotComparableError("--rope belongs to --folds; name a --margin instead.")
    ledger = None if arguments.selection is None else read_ledger(arguments.selection)
    comparisons: tuple[Comparison, ...] = ()
    if len(sides) > 1:
        comparisons = _against_reference(sides, rules, arguments, ledger)
        if arguments.labels == "both" and _labels_differ(sides):
            second = replace(rules, labels="second")
            comparisons += _against_reference(sides, second, arguments, ledger)
    return Verdicts(comparisons=comparisons, claims=_checked(arguments, sides, rules, ledger))


def _refuse_repeated(folders: Sequence[Path]) -> None:
    places = [folder.resolve() for folder in folders]
    repeated = [one for row, one in enumerate(folders) if places[row] in places[:row]]
    if repeated:
        raise NotComparableError(
            f"Expected every folder once; {first_few(repeated, 1)} stands more than once. Name"
            " another one to compare it with."
        )


def _sides(tables: Sequence[Predictions], arguments: argparse.Namespace) -> list[Tables]:
    """Return the tables by contender, the reference last; two tables are always two sides."""
    by_name: dict[str, Tables] = {}
    for table in tables:
        name = table.header.contender
        by_name[name] = (*by_name.get(name, ()), table)
    reference = arguments.reference or tables[-1].header.contender
    if reference not in by_name:
        raise NotComparableError(unknown_choice("reference", reference, by_name))
    if len(tables) == 2 and len(by_name) == 1 and not arguments.folds:
        return [(table,) for table in tables]
    if len(by_name) == 1 and arguments.claims is None:
        raise NotComparableError(
            f"Expected predictions of two contenders to compare; all are of '{reference}'. Import"
            " one of them with another --contender."
        )
    last = by_name.pop(reference)
    return [*by_name.values(), last]


def _labels_differ(sides: Sequence[Tables]) -> bool:
    reference = sides[-1][0]
    return any(relabelled_note(table, reference) for side in sides[:-1] for table in side)


def _against_reference(
    sides: Sequence[Tables],
    rules: ComparisonRules,
    arguments: argparse.Namespace,
    ledger: SelectionLedger | None,
) -> tuple[Comparison, ...]:
    return compare_many(
        sides[-1],
        sides[:-1],
        metric=arguments.metric,
        rank=arguments.rank,
        margin=arguments.margin,
        rules=rules,
        selection=ledger,
    )


def _over_folds(
    sides: Sequence[Tables], rules: ComparisonRules, arguments: argparse.Namespace
) -> Verdicts:
    ignored = [
        option
        for option, given in (
            ("--test", arguments.test != "default"),
            ("--universe", arguments.universe is not None),
            ("--claims", arguments.claims is not None),
            ("--selection", arguments.selection is not None),
        )
        if given
    ]
    if ignored:
        raise NotComparableError(
            f"{' and '.join(ignored)} cannot go with --folds, which has a test of its own. Leave"
            " out one of them."
        )
    if len(sides) != 2:
        raise NotComparableError(
            f"Expected the folds of two contenders; got {len(sides)}. Compare two at a time."
        )
    measured = measure_folds(
        sides[0], sides[1], metric=arguments.metric, rank=arguments.rank, rules=rules
    )
    comparison = verdict_over_folds(measured, margin=arguments.margin, level=rules.level)
    if arguments.rope is None:
        return Verdicts(comparisons=(comparison,))
    require_margin(arguments.rope, arguments.metric, called="rope")
    rope = bayesian_resampled_t(measured.differences, rope=arguments.rope)
    return Verdicts(comparisons=(comparison,), rope=rope, further=(rope.sentence(*measured.names),))


def _checked(
    arguments: argparse.Namespace,
    sides: Sequence[Tables],
    rules: ComparisonRules,
    ledger: SelectionLedger | None,
) -> tuple[StatedClaimResult, ...]:
    if arguments.claims is None:
        return ()
    contenders = {side[0].header.contender: side for side in sides}
    return check_claims(
        _read_claims(arguments.claims).claims,
        contenders,
        margin=arguments.margin,
        rules=rules,
        selection=ledger,
    )


def _read_claims(path: Path) -> ClaimsFile:
    from pydantic import ValidationError

    from fieldmark.core.errors import StudyError
    from fieldmark.experiments.problems import problems_in
    from fieldmark.experiments.yaml_document import read_yaml

    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise StudyError(f"{path.name} is not UTF-8; save it as UTF-8.") from None
    document = read_yaml(text, path.name)
    try:
        return ClaimsFile.model_validate(document.content)
    except ValidationError as error:
        problems = problems_in(error, document, whole="the claims file")
        raise StudyError(" ".join(problems)) from None
