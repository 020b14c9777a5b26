"""What a report says of stored predictions besides numbers: question, data and origin."""

from collections.abc import Mapping

from fieldmark.core.checks import count_of
from fieldmark.core.provenance import provenance
from fieldmark.predictions.table import Predictions
from fieldmark.report.content import DataCard

Tables = Mapping[str, tuple[Predictions, ...]]


def question_of(tables: Tables) -> str:
    """Return what the report of the tables of each contender asks, in one sentence."""
    parts = " and ".join(
        f"“{part}”" for part in dict.fromkeys(one[0].header.split for one in tables.values())
    )
    if len(tables) == 1:
        return f"How well does {next(iter(tables))} answer on the part {parts}?"
    return f"Which of {len(tables)} contenders answers best on the part {parts}?"


def description_of(table: Predictions) -> str:
    """Return what a contender stored, in a few words."""
    source = table.header.provenance.get("source")
    classes = count_of(len(table.label_space), "class", "classes")
    made = f"{table.header.score_kind.value} over {classes}"
    return f"{made}, from {source}" if isinstance(source, str) else made


def data_card_of(table: Predictions) -> DataCard:
    """Return what the numbers were measured on, as far as a table tells."""
    ranks = () if table.taxonomy is None else table.taxonomy.ranks
    nodes = () if table.taxonomy is None else table.taxonomy.nodes
    classes = tuple((rank, len(names)) for rank, names in zip(ranks, nodes, strict=True))
    return DataCard(
        images=table.n,
        classes=classes or (("class", len(table.label_space)),),
        groups=None if table.groups is None else table.groups.n_unique(),
        split_sizes=((table.header.split, table.n),),
        excluded=table.header.excluded,
    )


def provenance_of(tables: Tables) -> tuple[tuple[str, str], ...]:
    """Return (name, value) pairs: the digest of every table, and what made the report."""
    digests = tuple(
        (
            f"digest of {name}"
            if len(seeds) == 1
            else f"digest of {name}, seed {table.header.seed}",
            table.digest,
        )
        for name, seeds in tables.items()
        for table in seeds
    )
    made = tuple((f"report made with {name}", value) for name, value in provenance().items())
    return digests + made
