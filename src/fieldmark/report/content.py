"""What a report says: stored records only, so that nothing on the page is typed by hand."""

from dataclasses import dataclass

from fieldmark.comparison.ablation import AblationTable
from fieldmark.comparison.claims import ClaimResult
from fieldmark.comparison.outcome import Comparison
from fieldmark.core.checks import first_few, unknown_choice
from fieldmark.core.errors import FieldmarkError
from fieldmark.evaluation.backoff_curve import BackoffCurve
from fieldmark.evaluation.estimates import Estimate
from fieldmark.evaluation.gates import Flag
from fieldmark.manifest.audit import Finding
from fieldmark.manifest.taxonomy import Taxonomy
from fieldmark.report.backoff_settings import BackoffSetting
from fieldmark.report.choices import SelectionFacts, ShownChoice
from fieldmark.report.confidences import ConfidenceAtRank
from fieldmark.report.dangers import Danger
from fieldmark.report.decided import Decided
from fieldmark.report.decodings import Decoding
from fieldmark.report.dossiers import Dossier
from fieldmark.report.exhibits import Confusion, ExampleImage, LearningCurve
from fieldmark.report.levels import Levels


@dataclass(frozen=True, slots=True)
class ContenderRow:
    """One contender or trivial baseline, how much of it has run, and what was measured.

    Args:
        name: as the study calls it.
        estimates: every stored estimate of it; empty when nothing has run.
        cells_ran: cells of the plan that have a result.
        cells_planned: cells of the plan; 0 for a baseline, which needs no run.
        description: what it is, in a few words.
        flags: signs of a dead run, and what to read with care.
        is_baseline: whether it is a trivial baseline, such as the most frequent class.

    Raises:
        FieldmarkError: more cells ran than were planned, or an estimate is another contender's.
    """

    name: str
    estimates: tuple[Estimate, ...] = ()
    cells_ran: int = 0
    cells_planned: int = 0
    description: str = ""
    flags: tuple[Flag, ...] = ()
    is_baseline: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.cells_ran <= self.cells_planned:
            raise FieldmarkError(
                f"Expected 0 to {self.cells_planned} cells of '{self.name}' to have run; got "
                f"{self.cells_ran}. Count only the cells that are in the plan."
            )
        foreign = sorted(
            {
                estimate.contender
                for estimate in self.estimates
                if estimate.contender is not None and estimate.contender != self.name
            }
        )
        if foreign:
            raise FieldmarkError(
                f"Expected the row of '{self.name}' to hold its own estimates; it holds those of "
                f"{first_few(foreign)}. Put every estimate into its contender's row."
            )

    @property
    def missing_cells(self) -> int:
        """How many planned cells have no result."""
        return self.cells_planned - self.cells_ran

    @property
    def is_dead(self) -> bool:
        """Whether it shows signs of a dead run, and must be left out of every conclusion."""
        return any(flag.dead for flag in self.flags)

    def estimate(self, metric: str, rank: str | None = None) -> Estimate | None:
        """Return the first stored estimate of a metric at a rank (None: the leaf), if any."""
        for estimate in self.estimates:
            if (estimate.metric, estimate.rank) == (metric, rank):
                return estimate
        return None


@dataclass(frozen=True, slots=True)
class DataCard:
    """What the numbers were measured on.

    Args:
        images: rows of the manifest.
        classes: (rank, number of classes), coarse to fine; one pair without a taxonomy.
        groups: distinct groups; None when the manifest has no group column.
        split_sizes: (part, number of images).
        excluded: images left out as unreadable; shown even when it is 0.
    """

    images: int
    classes: tuple[tuple[str, int], ...]
    groups: int | None
    split_sizes: tuple[tuple[str, int], ...]
    excluded: int


@dataclass(frozen=True, slots=True)
class Refusal:
    """Two things that may not stand side by side.

    Args:
        what: names them.
        why: the sentence of the refusal, with the way out.
    """

    what: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportContent:
    """Everything that a report page shows.

    Args:
        title: the name of the study.
        question: what it asks, one sentence.
        headline_metric: identifier in the catalogue of metrics.
        verdict: sentences, the most important first; ``verdicts.verdict_sentences`` draws them
            from the rows and comparisons. While cells are missing the page says that instead.
        rows: contenders and trivial baselines, in the order of the study.
        data: what the numbers were measured on.
        common: the same over the classes that all contenders know; none where these are the same.
        common_notes: what that left out, and what a coarser rank then means.
        selection: by what and where a study chooses; None when nothing was chosen.
        choices: every choice that was made; None when no ledger of them is stored.
        comparisons: verdicts between two contenders.
        at_ranks: verdicts on accuracy at each rank against the reference; none without ranks.
        refusals: pairs that could not be compared, and why.
        ablations: what each change makes of its own reference.
        claims: the claims of the study, checked.
        findings: what the audit of the data found; None when no audit is stored.
        confusions: one a contender; the first is shown, the others on demand.
        examples: images that were answered right or wrong.
        confidences: of each contender, the leaf first; none where scores are no probabilities.
        backoffs: what each contender answers when it may stop at a coarser rank.
        backoff_settings: ways to back off, and what came of them, one contender after another.
        decided: the decisions of the study, one a contender.
        dangers: how often poisonous is taken for harmless, one a contender.
        decodings: the decoders of each contender with ranks above its leaves.
        gains: of each contender with a head for each rank, the verdict on consistent paths.
        dossiers: of each critical class, one a contender.
        levels: photos and observations, and priors beside the bare scores; None without.
        taxonomy: the tree of the labels; None without one.
        curves: one a trained cell.
        stale: ids of cells whose results were made from other inputs, and are left out.
        provenance: (name, value) pairs: digests, versions, time.
        study_yaml: the resolved study as text.

    Raises:
        FieldmarkError: two rows have the same name, or a comparison names no row.
    """

    title: str
    question: str
    headline_metric: str
    verdict: tuple[str, ...]
    rows: tuple[ContenderRow, ...]
    data: DataCard
    common: tuple[ContenderRow, ...] = ()
    common_notes: tuple[str, ...] = ()
    selection: SelectionFacts | None = None
    choices: tuple[ShownChoice, ...] | None = None
    comparisons: tuple[Comparison, ...] = ()
    at_ranks: tuple[Comparison, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    ablations: tuple[AblationTable, ...] = ()
    claims: tuple[ClaimResult, ...] = ()
    findings: tuple[Finding, ...] | None = None
    confusions: tuple[Confusion, ...] = ()
    examples: tuple[ExampleImage, ...] = ()
    confidences: tuple[ConfidenceAtRank, ...] = ()
    backoffs: tuple[BackoffCurve, ...] = ()
    backoff_settings: tuple[BackoffSetting, ...] = ()
    decided: tuple[Decided, ...] = ()
    dangers: tuple[Danger, ...] = ()
    decodings: tuple[Decoding, ...] = ()
    gains: tuple[Comparison, ...] = ()
    dossiers: tuple[Dossier, ...] = ()
    levels: Levels | None = None
    taxonomy: Taxonomy | None = None
    curves: tuple[LearningCurve, ...] = ()
    stale: tuple[str, ...] = ()
    provenance: tuple[tuple[str, str], ...] = ()
    study_yaml: str = ""

    def __post_init__(self) -> None:
        names = [row.name for row in self.rows]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise FieldmarkError(
                f"Expected every contender and baseline once; {first_few(twice)} came twice. "
                "Give each row its own name."
            )
        for comparison in (*self.comparisons, *self.at_ranks):
            for name in (comparison.a, comparison.b):
                if name not in names:
                    raise FieldmarkError(unknown_choice("contender in a comparison", name, names))

    @property
    def contenders(self) -> tuple[ContenderRow, ...]:
        """The rows that are no baselines."""
        return tuple(row for row in self.rows if not row.is_baseline)

    @property
    def baselines(self) -> tuple[ContenderRow, ...]:
        """The trivial baselines."""
        return tuple(row for row in self.rows if row.is_baseline)

    @property
    def leaf_rank(self) -> str:
        """The name of the finest rank; "class" when the data card names none."""
        return self.data.classes[-1][0] if self.data.classes else "class"

    @property
    def stamped(self) -> tuple[ShownChoice, ...]:
        """The choices that were made on the items that are reported."""
        return tuple(one for one in self.choices or () if one.optimism is not None)

    @property
    def missing_cells(self) -> int:
        """How many planned cells of all contenders have no result."""
        return sum(row.missing_cells for row in self.rows)
