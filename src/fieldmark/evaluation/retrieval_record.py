"""The record of everything that is reported of one contender's rankings."""

from dataclasses import asdict, dataclass
from typing import Any

from fieldmark.evaluation.estimates import Estimate, find_estimate
from fieldmark.evaluation.gates import Flag


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateBin:
    """How queries with about as many candidate identities fared.

    Attributes:
        low: smallest number of candidates of the bin.
        high: greatest number.
        queries: number of queries; all of them have their identity among the candidates.
        accuracy: rank-1 accuracy.
        chance: accuracy of naming a candidate at random.
        d_prime: what is left when chance is taken out; None in a bin without choice.
    """

    low: int
    high: int
    queries: int
    accuracy: Estimate
    chance: float
    d_prime: Estimate | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoBin:
    """How queries with about as many enrolled photos of the right identity fared.

    Attributes:
        low: smallest number of candidate photos of the right identity.
        high: greatest number.
        queries: number of queries.
        accuracy: rank-1 accuracy over the queries that ask for a choice.
    """

    low: int
    high: int
    queries: int
    accuracy: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class FailingIdentity:
    """An identity that is never right, and whom it is taken for.

    Attributes:
        identity: its name.
        group: its group, None without groups.
        queries: number of its queries that ask for a choice.
        photos: greatest number of its candidate photos.
        twin: the identity that comes first most often instead.
        taken_for_twin: number of queries in which the twin comes first.
        by_chance: probability that an identity with the d' of all and with as many candidates
            fails every time; None when d' is not defined.
    """

    identity: str
    group: str | None
    queries: int
    photos: int
    twin: str
    taken_for_twin: int
    by_chance: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupErrors:
    """A group with many errors.

    Attributes:
        group: its name.
        queries: number of its queries.
        errors: number of those that are not right.
        expected_errors: how many its numbers of candidates explain at the d' of all; None when d'
            is not defined.
        candidates: greatest number of candidate identities.
        share_of_errors: of all errors.
    """

    group: str
    queries: int
    errors: int
    expected_errors: float | None
    candidates: int
    share_of_errors: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MarginHistogram:
    """How far the right identity lies before or behind the best other, in standard deviations.

    Attributes:
        edges: ends of the bins; the outermost bins hold all that lies beyond.
        right: number of right queries in each bin.
        wrong: number of wrong ones.
    """

    edges: tuple[float, ...]
    right: tuple[int, ...]
    wrong: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class QuerySlice:
    """The rank-1 accuracy of some of the queries: which they are in words, and how many."""

    name: str
    queries: int
    accuracy: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeEvaluation:
    """What was measured in one scope.

    Attributes:
        scope: "gallery", "group" or "radius".
        radius_metres: for "radius" only.
        candidates: candidate identities of a query: fewest, median, most.
        threshold: similarity below which a query is rejected as new; None when none was stated.
        threshold_source: where it comes from, in words.
        estimates: every metric of this scope.
        baselines: the same for what does not look at a photo.
        by_candidates: rank-1 accuracy and d' by the number of candidates.
        by_photos: rank-1 accuracy by the number of enrolled photos.
        places: number of queries by the place of the right identity, in words.
        margins: standardised margins; None where they are not defined.
        failing: identities that are never right, those that chance explains least first.
        expected_failing: how many identities would be never right by chance at the d' of all; None
            when d' is not defined.
        fewest_queries: number of queries that an identity needs to count as failing.
        worst_groups: the groups with most errors; they were picked on these very queries.
        slices: parts of the queries.
    """

    scope: str
    radius_metres: float | None
    candidates: tuple[int, float, int]
    threshold: float | None
    threshold_source: str | None
    estimates: tuple[Estimate, ...]
    baselines: tuple[Estimate, ...]
    by_candidates: tuple[CandidateBin, ...]
    by_photos: tuple[PhotoBin, ...]
    places: tuple[tuple[str, int], ...]
    margins: MarginHistogram | None
    failing: tuple[FailingIdentity, ...]
    expected_failing: float | None
    fewest_queries: int
    worst_groups: tuple[GroupErrors, ...]
    slices: tuple[QuerySlice, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SimilarityLevels:
    """How similar photos of the same and of different individuals are, over a sample of pairs.

    Attributes:
        same: median similarity of photos of one individual; None without such a pair.
        different: median similarity of photos of different individuals; None without one.
        separation: probability that a pair of one individual is more similar than a pair of two.
        accepted_different: share of the pairs of different individuals that the threshold accepts;
            None without a threshold.
    """

    same: float | None
    different: float | None
    separation: float | None
    accepted_different: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrievalEvaluation:
    """What was measured of the rankings of one contender, in every scope that the data allow.

    Attributes:
        contender: who made the similarities.
        split: part of the split that the queries come from.
        split_digest: digest of the split; None when it is not known.
        seed: training seed; None when it is not known.
        queries: number of queries: the denominator of every share over all queries.
        photos: number of photos of the gallery.
        identities: number of identities of the gallery.
        new_queries: number of queries whose identity has no photo in the gallery.
        self_matches: number of queries that are in the gallery too; no photo matches itself.
        excluded: number of images that were left out as unreadable.
        other_sessions_only: whether photos of the query's session were no candidates.
        similarity: what the similarities are.
        kind: whether they are a "matrix", from "embeddings", or in "lists".
        cluster: what is drawn together: "335 groups".
        queries_digest: digest of ids and identities of the queries.
        gallery_digest: digest of ids and identities of the gallery.
        resamples: number of bootstrap draws.
        resampling_seed: of the draws.
        levels: similarities of the same and of different individuals.
        scopes: the whole gallery first.
        warnings: what makes the numbers doubtful, or must be read with care.
    """

    contender: str
    split: str
    split_digest: str | None
    seed: int | None
    queries: int
    photos: int
    identities: int
    new_queries: int
    self_matches: int
    excluded: int
    other_sessions_only: bool
    similarity: str
    kind: str
    cluster: str
    queries_digest: str
    gallery_digest: str
    resamples: int
    resampling_seed: int
    levels: SimilarityLevels
    scopes: tuple[ScopeEvaluation, ...]
    warnings: tuple[Flag, ...]

    @property
    def is_dead(self) -> bool:
        """Whether the contender must be left out of every conclusion."""
        return any(flag.dead for flag in self.warnings)

    @property
    def estimates(self) -> tuple[Estimate, ...]:
        """The Estimates of all scopes."""
        return tuple(estimate for scope in self.scopes for estimate in scope.estimates)

    @property
    def baselines(self) -> tuple[Estimate, ...]:
        """The baselines of all scopes."""
        return tuple(estimate for scope in self.scopes for estimate in scope.baselines)

    def estimate(self, metric: str) -> Estimate | None:
        """Return one Estimate, or None when it was not measured; the scope is in the metric."""
        return find_estimate(self.estimates, metric)

    def to_dict(self) -> dict[str, Any]:
        """Return the record as it is written to JSON."""
        return asdict(self)
