"""The catalogue of retrieval metrics: what is measured of rankings of a gallery.

Each is defined once and exists in three scopes: the whole gallery, the photos of the query's
group, and the photos within a radius. A scope is part of the identifier, so that numbers of
different scopes never share a column; the radius in metres stands in the denominator.
"""

from dataclasses import replace

from fieldmark.evaluation.metric_definition import MetricDefinition

RANKS = (1, 3, 5, 10)

_ALL = "all queries; one without its identity among the candidates counts as wrong"
_CHOICES = "queries whose identity is a candidate, beside at least one other"
_MEAN = "mean over queries"
_TIES = " Ties go to the wrong photo."

_SCOPES = {
    "": ("", "the whole gallery"),
    "_in_group": (" within the group", "the photos of the query's group"),
    "_in_radius": (" within the radius", "the photos within the stated radius of the query"),
}


def _number(
    identifier: str, title: str, definition: str, denominator: str, aggregation: str = _MEAN
) -> MetricDefinition:
    return MetricDefinition(
        identifier=identifier,
        title=title,
        definition=definition,
        denominator=denominator,
        aggregation=aggregation,
        scale="number",
    )


def _share(
    identifier: str, title: str, definition: str, denominator: str = _ALL
) -> MetricDefinition:
    return MetricDefinition(
        identifier=identifier,
        title=title,
        definition=definition,
        denominator=denominator,
        aggregation=_MEAN,
    )


def _described(identifier: str, title: str, definition: str) -> MetricDefinition:
    return replace(_share(identifier, title, definition, "all queries"), direction="neither")


_BASE = (
    *(
        _share(
            f"rank_{k}",
            f"Rank-{k} accuracy",
            f"Share of queries with a photo of the right identity among the {k} most similar"
            f" candidate photos.{_TIES}"
            if k > 1
            else f"Share of queries whose most similar candidate photo shows the right identity."
            f"{_TIES}",
        )
        for k in RANKS
    ),
    *(
        _share(
            f"identity_rank_{k}",
            f"Rank-{k} accuracy by identity",
            f"Share of queries whose identity is among the {k} most similar candidate identities,"
            f" each as similar as its best photo.{_TIES}",
        )
        for k in RANKS[1:]
    ),
    _share(
        "mean_average_precision",
        "mAP",
        "Mean over all queries of the average precision: the mean over the right photos of the"
        f" share of right photos up to their place; 0 without a right candidate.{_TIES}",
    ),
    _share(
        "map_at_r",
        "mAP@R",
        "Mean over all queries of the sum of the precisions at the right photos among the first R,"
        " divided by R, the number of right candidate photos; 0 without a right candidate (Musgrave"
        f" 2020).{_TIES}",
    ),
    _share(
        "mrr",
        "Mean reciprocal rank",
        "Mean over all queries of 1 / place of the first right photo; 0 without a right candidate."
        f"{_TIES}",
    ),
    _share(
        "rank_1_of_choices",
        "Rank-1 accuracy of choices",
        "Share of the queries that ask for a choice which are right; it leaves out trivial queries"
        " and those without their identity, so read it beside the coverage.",
        _CHOICES,
    ),
    _described(
        "coverage",
        "Coverage",
        "Share of queries whose identity is among the candidates; no method can be right more"
        " often.",
    ),
    _described(
        "trivial_queries",
        "Trivial queries",
        "Share of queries with a single candidate identity, which is the right one: they are right"
        " whatever the similarities say.",
    ),
    _described(
        "queries_without_candidate",
        "Queries without candidate",
        "Share of queries for which there is no candidate photo at all; they count as wrong.",
    ),
    _described(
        "tied_queries",
        "Tied queries",
        "Share of queries whose right identity is exactly as similar as the best other; they count"
        " as wrong.",
    ),
    _described(
        "chance_by_identity",
        "Chance by identity",
        "Expected rank-1 accuracy of naming a candidate identity at random: 1 / candidates where"
        " the right one is among them, else 0.",
    ),
    _described(
        "chance_by_photo",
        "Chance by photo",
        "Expected rank-1 accuracy of taking a candidate photo at random: the share of the candidate"
        " photos that show the right identity.",
    ),
    _number(
        "rank_1_above_chance",
        "Rank-1 accuracy above chance",
        "Rank-1 accuracy minus chance by identity, query by query.",
        "all queries",
    ),
    _number(
        "d_prime",
        "d'",
        "The d' of a forced choice between normal candidates of unit variance under which the"
        " right and wrong answers are most likely; unlike accuracy it does not fall with the number"
        " of candidates by itself.",
        _CHOICES,
        "maximum likelihood over queries with different numbers of candidates",
    ),
    _number(
        "standardised_margin",
        "Standardised margin",
        "Mean of the similarity of the right identity minus that of the best other, divided by the"
        " pooled standard deviation of the other identities' similarities within a query.",
        _CHOICES,
    ),
    _share(
        "baks",
        "BAKS: balanced accuracy of the known",
        "Mean over the identities that are candidates of the share of their queries that are right"
        " and not rejected as new at the stated threshold.",
        "identities with a query whose identity is a candidate",
    ),
    _share(
        "baus",
        "BAUS: balanced accuracy of the new",
        "Mean over the identities that are no candidates of the share of their queries that are"
        " rejected as new: no candidate is as similar as the stated threshold.",
        "identities with a query whose identity is no candidate",
    ),
    _share(
        "baks_baus",
        "Geometric mean of BAKS and BAUS",
        "Square root of BAKS times BAUS at the stated threshold.",
        "both",
    ),
)
_SKILL = _number(
    "rank_1_skill",
    "Rank-1 accuracy: skill",
    "Share of the way from the best trivial baseline of the same scope to 1: 0 is no better than"
    " the baseline. The interval takes the baseline as known.",
    _ALL,
    "(value - baseline) / (1 - baseline)",
)
_UNUSUAL_MEANS = {
    "baks": "unweighted mean over identities",
    "baus": "unweighted mean over identities",
    "baks_baus": "geometric mean",
}


def _in_scope(metric: MetricDefinition, suffix: str) -> MetricDefinition:
    ending, photos = _SCOPES[suffix]
    stem = metric.identifier.removesuffix("_skill")
    identifier = f"{stem}{suffix}{metric.identifier[len(stem) :]}"
    return replace(
        metric,
        identifier=identifier,
        title=f"{metric.title}{ending}",
        definition=f"{metric.definition} Candidates are {photos}, never the same photo.",
        aggregation=_UNUSUAL_MEANS.get(metric.identifier, metric.aggregation),
    )


RETRIEVAL_METRICS = tuple(
    _in_scope(metric, suffix) for suffix in _SCOPES for metric in (*_BASE, _SKILL)
)
