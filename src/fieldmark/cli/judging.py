"""import, metrics: how predictions made anywhere come in, and what can be measured of them."""

import argparse
from pathlib import Path

from fieldmark.cli.console import open_progress, print_json, print_line
from fieldmark.core.checks import count_of


def _configure_import(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", type=Path, help="CSV, TSV, Parquet or NPZ")
    parser.add_argument(
        "--kind",
        required=True,
        choices=("probabilities", "logits", "similarities"),
        help="what the scores are; it is never guessed",
    )
    parser.add_argument(
        "--out", required=True, metavar="DIR", type=Path, help="folder for the stored predictions"
    )
    parser.add_argument("--contender", help="name of the model (default: the file's name)")
    parser.add_argument("--split", default="all", help="name of the part that the items are")
    parser.add_argument("--seed", type=int, help="training seed, when there is one to state")
    parser.add_argument("--id", metavar="COLUMN", help="column or array with the ids")
    parser.add_argument("--label", metavar="COLUMN", help="column or array with the labels")
    parser.add_argument("--group", metavar="COLUMN", help="column with the groups")
    parser.add_argument("--scores", default="scores", metavar="ARRAY", help="NPZ: the scores")
    parser.add_argument("--classes", default="classes", metavar="ARRAY", help="NPZ: the classes")
    parser.add_argument("--class-names", metavar="TXT", type=Path, help="one class name a line")
    parser.add_argument(
        "--columns",
        metavar="ARRAY",
        nargs="+",
        action="extend",
        default=[],
        help="NPZ: further arrays to keep with the items, such as habitat (tables keep all)",
    )
    parser.add_argument(
        "--taxonomy", metavar="CSV", type=Path, help="columns are the ranks, coarse to fine"
    )
    parser.add_argument(
        "--ranks",
        metavar="COLUMNS",
        default="",
        help="which columns of the taxonomy are the ranks, with commas, where it has others too",
    )
    parser.add_argument(
        "--training-ids", metavar="TXT", type=Path, help="what the model was trained on, one a line"
    )
    parser.add_argument(
        "--synonyms",
        metavar="CSV",
        type=Path,
        help="columns name and accepted (and rank, with a taxonomy): classes and labels get"
        " accepted names, and classes that become one are merged",
    )


def _import(arguments: argparse.Namespace) -> int:
    from fieldmark.cli.acceptance_text import acceptance_lines
    from fieldmark.predictions.accepted_import import import_accepted
    from fieldmark.predictions.header import ScoreKind
    from fieldmark.predictions.importers import ImportOptions, import_predictions

    ranks = tuple(name.strip() for name in arguments.ranks.split(",") if name.strip())
    given = vars(arguments) | {"columns": tuple(arguments.columns), "ranks": ranks}
    options = ImportOptions(**{name: given[name] for name in ImportOptions.__slots__})
    file, kind, out = arguments.file, ScoreKind(arguments.kind), arguments.out
    changed = None
    with open_progress() as progress:
        if arguments.synonyms is None:
            predictions = import_predictions(
                file, kind=kind, out=out, options=options, progress=progress
            )
        else:
            predictions, changed = import_accepted(
                file,
                kind=kind,
                out=out,
                synonyms=arguments.synonyms,
                options=options,
                progress=progress,
            )
    unknown = count_of(predictions.unknown_label_count, "label is", "labels are")
    print_line(
        f"Imported {count_of(predictions.n, 'item')} over "
        f"{count_of(len(predictions.label_space), 'class', 'classes')} into {arguments.out}"
        f"{f'; {unknown} outside the classes' if predictions.unknown_label_count else ''}."
    )
    for line in () if changed is None else acceptance_lines(changed, kind, arguments.synonyms.name):
        print_line(line)
    return 0


def _configure_metrics(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print the document instead of a table")


def _metrics(arguments: argparse.Namespace) -> int:
    import dataclasses

    from fieldmark.evaluation.metrics import METRICS

    if arguments.json:
        print_json([dataclasses.asdict(metric) for metric in METRICS.values()])
        return 0
    for metric in METRICS.values():
        print_line(f"{metric.identifier} ({metric.title}; {metric.direction} is better)")
        print_line(f"    {metric.definition}")
        print_line(f"    over: {metric.denominator}; {metric.aggregation}")
    return 0


COMMANDS = {
    "import": (_configure_import, _import),
    "metrics": (_configure_metrics, _metrics),
}
