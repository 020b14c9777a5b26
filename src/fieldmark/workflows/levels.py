"""Photos and observations: what was measured at each level, and whether pooling and priors gain."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from fieldmark.comparison.families import compare_pairs
from fieldmark.comparison.judged_tables import COMPARABLE
from fieldmark.comparison.outcome import Comparison
from fieldmark.comparison.rules import ComparisonRules
from fieldmark.core.checks import count_of
from fieldmark.core.progress import Progress
from fieldmark.evaluation.estimates import Estimate
from fieldmark.evaluation.evaluate import evaluate_many
from fieldmark.predictions.pooled_photos import grouped_by, photos_of_several, spread
from fieldmark.predictions.pooling import PoolingRule, pool
from fieldmark.predictions.subsets import subset
from fieldmark.predictions.table import Predictions
from fieldmark.report.levels import BARE, Level, LevelRow, Levels, LevelVerdict, Observations
from fieldmark.workflows.treatments import Treated, treated

#: What is shown of each level.
SHOWN = ("accuracy", "top_5_accuracy", "macro_f1", "log_loss")
Seeds = tuple[Predictions, ...]
_Leveled = Mapping[str, Mapping[Level, Seeds]]
_POOLED = "photos pooled"


@dataclass(frozen=True, slots=True)
class Pooling:
    """What several photos show one of, and how their scores become one."""

    by: str
    rule: PoolingRule = "arithmetic"


@dataclass(frozen=True, eq=False, slots=True)
class _Question:
    """Whether a step helps: one table a seed with it, and without it."""

    step: str
    counted: str
    changed: Seeds
    own: Seeds
    is_idle: bool = False

    @property
    def contender(self) -> str:
        return self.own[0].header.contender

    def verdict(self, comparison: Comparison | None) -> LevelVerdict:
        return LevelVerdict(self.step, self.counted, self.contender, comparison)


def levels_of(
    contenders: Sequence[Treated],
    pooling: Pooling | None,
    *,
    metric: str = "accuracy",
    rules: ComparisonRules,
    progress: Progress,
) -> Levels:
    """Return what was measured of photos and of observations, with verdicts on equal items.

    A treatment is compared with the bare scores at each level. Pooling is judged by photo: the
    answer of its observation, given for each photo, against the photo's own answer, with whole
    observations as groups. All verdicts of one metric are corrected together.

    Args:
        contenders: their scores, bare and treated; at least one.
        pooling: None to judge photos alone.
        metric: what verdicts are about, besides accuracy.
        rules: level and draws.
        progress: who is told how far it is.

    Raises:
        PredictionsError: there is no such column, or an observation has two labels.
    """
    rows: list[LevelRow] = []
    questions: list[_Question] = []
    with progress.step("levels", len(contenders)) as step:
        for one in contenders:
            tables = {
                treatment: dict(_at_levels(seeds, pooling))
                for treatment, seeds in one.tables.items()
            }
            rows += _rows(one, tables, rules)
            questions += _questions(one, tables, pooling)
            step.advance()
    verdicts, refused = _verdicts(questions, metric, rules, progress)
    remarks = dict.fromkeys(note for one in contenders for note in one.notes)
    return Levels(
        observations=None if pooling is None else _observations(contenders[0], pooling),
        rows=tuple(rows),
        verdicts=verdicts,
        refusals=(*(refusal for one in contenders for refusal in one.refusals), *refused),
        priors=tuple(prior for one in contenders for prior in one.priors),
        shifts=tuple(shift for one in contenders for shift in one.shifts),
        remarks=tuple(remarks),
    )


def photo_levels(
    tables: Mapping[str, Seeds],
    pooling: Pooling,
    *,
    metric: str,
    rules: ComparisonRules,
    progress: Progress,
) -> Levels:
    """Return the levels of stored predictions alone, pooled as they came.

    Args:
        tables: contender -> one table a seed.
        pooling: what several photos show one of.
        metric: as in `levels_of`.
        rules: as in `levels_of`.
        progress: who is told how far it is.

    Raises:
        PredictionsError: as `levels_of`.
    """
    contenders = [treated(seeds, ()) for seeds in tables.values()]
    return levels_of(contenders, pooling, metric=metric, rules=rules, progress=progress)


def _rows(one: Treated, tables: _Leveled, rules: ComparisonRules) -> Iterator[LevelRow]:
    for treatment, levels in tables.items():
        for level, seeds in levels.items():
            found = evaluate_many(seeds, resamples=rules.resamples, level=rules.level)
            estimates = tuple(one for one in found.estimates if _is_shown(one))
            yield LevelRow(one.contender, treatment, level, found.n, estimates)


def _is_shown(estimate: Estimate) -> bool:
    return estimate.metric in SHOWN


def _at_levels(tables: Seeds, pooling: Pooling | None) -> Iterator[tuple[Level, Seeds]]:
    if pooling is None:
        yield "image", tables
        return
    yield "image", _each(tables, lambda table: grouped_by(table, pooling.by))
    yield "observation", _each(tables, lambda table: pool(table, pooling.by, rule=pooling.rule))


def _questions(one: Treated, tables: _Leveled, pooling: Pooling | None) -> Iterator[_Question]:
    """Yield each step with the two sides that it is judged by, on the same items."""
    bare = tables[BARE]
    for treatment, levels in tables.items():
        for level, seeds in levels.items() if treatment != BARE else ():
            counted = f"of {count_of(seeds[0].n, level)}"
            yield _Question(treatment, counted, seeds, bare[level], is_idle=one.is_idle(treatment))
    if pooling is None:
        return
    own = bare["image"]
    pooled = tuple(
        spread(observations, photos, pooling.by)
        for observations, photos in zip(bare["observation"], own, strict=True)
    )
    yield _Question(_POOLED, f"of {count_of(own[0].n, 'image')}", pooled, own)
    several = photos_of_several(own[0], pooling.by)
    if several.any() and not several.all():
        names = own[0].items[pooling.by].filter(several)
        counted = (
            f"of the {count_of(int(several.sum()), 'image')} of"
            f" {count_of(names.n_unique(), 'observation')} with at least two"
        )
        sides = [
            _each(side, lambda table: subset(table, photos_of_several(table, pooling.by)))
            for side in (pooled, own)
        ]
        yield _Question(_POOLED, counted, sides[0], sides[1])


def _each(tables: Seeds, change: Callable[[Predictions], Predictions]) -> Seeds:
    return tuple(change(table) for table in tables)


def _verdicts(
    questions: Sequence[_Question], metric: str, rules: ComparisonRules, progress: Progress
) -> tuple[tuple[LevelVerdict, ...], tuple[tuple[str, str], ...]]:
    """Return the verdicts on each metric, corrected together; a step that is idle needs no test."""
    metrics = tuple(dict.fromkeys((metric if metric in COMPARABLE else "accuracy", "accuracy")))
    asked = [one for one in questions if not one.is_idle]
    verdicts: list[LevelVerdict] = [one.verdict(None) for one in questions if one.is_idle]
    refusals: dict[tuple[str, str], None] = {}
    with progress.step("compare levels", len(metrics)) as step:
        for name in metrics:
            pairs = [(one.changed, one.own) for one in asked]
            found = compare_pairs(pairs, metric=name, rules=rules)
            for question, outcome in zip(asked, found, strict=True):
                if isinstance(outcome, Comparison):
                    verdicts.append(question.verdict(outcome))
                else:
                    what = f"{question.contender}: {question.step}, {question.counted}"
                    refusals[what, str(outcome)] = None
            step.advance()
    return tuple(verdicts), tuple(refusals)


def _observations(one: Treated, pooling: Pooling) -> Observations:
    table = one.tables[BARE][0]
    several = photos_of_several(table, pooling.by)
    names = table.items[pooling.by]
    return Observations(
        by=pooling.by,
        rule=pooling.rule,
        images=table.n,
        count=names.n_unique(),
        several=names.filter(several).n_unique(),
        images_of_several=int(several.sum()),
    )
