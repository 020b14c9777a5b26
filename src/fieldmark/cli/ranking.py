"""import-rankings, and evaluate where the folder holds rankings of a gallery."""

import argparse
from collections.abc import Mapping
from pathlib import Path

from fieldmark.cli.console import open_progress, print_json, print_line
from fieldmark.core.checks import count_of
from fieldmark.core.errors import PredictionsError

# options of evaluate that only one of the two kinds of stored results takes, with their defaults
_OF_RANKINGS: Mapping[str, object] = {
    "radius": None,
    "new_below": None,
    "threshold_from": None,
    "other_sessions": False,
    "cluster": None,
}
_OF_PREDICTIONS: Mapping[str, object] = {
    "universe": None,
    "slice_by": [],
    "back_off": False,
    "confused": None,
    "per_class": None,
    "errors": None,
    "items": None,
    "metadata": [],
    "training_items": None,
}


def add_ranking_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``evaluate`` that rankings of a gallery take."""
    group = parser.add_argument_group("rankings of a gallery")
    group.add_argument(
        "--radius", type=float, metavar="METRES", help="also look among the photos within this"
    )
    group.add_argument(
        "--new-below", type=float, metavar="SIMILARITY", help="reject as new below this similarity"
    )
    group.add_argument(
        "--threshold-from", type=Path, metavar="RANKINGS", help="fit that on these other queries"
    )
    group.add_argument(
        "--other-sessions", action="store_true", help="leave out photos of the query's session"
    )
    group.add_argument(
        "--cluster", choices=("group", "identity"), help="what the bootstrap draws together"
    )


def evaluate_stored_rankings(arguments: argparse.Namespace) -> int:
    """Evaluate the rankings in the folder ``arguments.predictions``, and print what was found.

    Raises:
        PredictionsError: an option is for predictions only.
    """
    from fieldmark.cli.retrieval_text import print_retrieval
    from fieldmark.evaluation.retrieval_evaluate import RetrievalSettings, evaluate_rankings
    from fieldmark.predictions.rankings_store import load_rankings

    _refuse(arguments, _OF_PREDICTIONS, holds="rankings", wants="predictions")
    other = arguments.threshold_from
    settings = RetrievalSettings(
        radius_metres=arguments.radius,
        threshold=arguments.new_below,
        calibration=None if other is None else load_rankings(other),
        other_sessions_only=arguments.other_sessions,
        cluster=arguments.cluster,
        resamples=arguments.resamples,
        seed=arguments.resampling_seed,
        level=arguments.level,
    )
    found = evaluate_rankings(load_rankings(arguments.predictions), settings)
    if arguments.json:
        print_json(found.to_dict())
        return 0
    print_retrieval(found)
    return 0


def refuse_ranking_options(arguments: argparse.Namespace) -> None:
    """Refuse options of ``evaluate`` that only rankings take.

    Raises:
        PredictionsError: one was given.
    """
    _refuse(arguments, _OF_RANKINGS, holds="predictions", wants="rankings")


def _refuse(
    arguments: argparse.Namespace, defaults: Mapping[str, object], *, holds: str, wants: str
) -> None:
    given = vars(arguments)
    wrong = [name for name, value in defaults.items() if given.get(name, value) != value]
    if wrong:
        options = ", ".join(f"--{name.replace('_', '-')}" for name in wrong)
        raise PredictionsError(
            f"{arguments.predictions} holds {holds}; {options} is for {wants}. Leave it out."
        )


def _configure_import(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file",
        metavar="FILE",
        type=Path,
        help="CSV, TSV or Parquet with the columns query, gallery, similarity, or NPZ",
    )
    parser.add_argument(
        "--similarity",
        required=True,
        choices=("cosine", "probabilities", "other"),
        help="what the similarities are; it is never guessed",
    )
    parser.add_argument(
        "--out", required=True, metavar="DIR", type=Path, help="folder for the stored rankings"
    )
    parser.add_argument("--queries", metavar="TABLE", type=Path, help="id, identity, group, ...")
    parser.add_argument("--gallery", metavar="TABLE", type=Path, help="id, identity, group, ...")
    parser.add_argument("--contender", help="name of the model (default: the file's name)")
    parser.add_argument("--split", default="all", help="name of the part that the queries are")
    parser.add_argument("--seed", type=int, help="training seed, when there is one to state")
    parser.add_argument("--id", metavar="COLUMN", help="column with the ids")
    parser.add_argument("--identity", metavar="COLUMN", help="column with the identities")
    parser.add_argument("--group", metavar="COLUMN", help="column with the groups")
    parser.add_argument(
        "--training-ids", metavar="TXT", type=Path, help="what the model was trained on, one a line"
    )
    parser.add_argument(
        "--training-identities", metavar="TXT", type=Path, help="whom it was trained on"
    )
    parser.add_argument(
        "--filtered-by",
        metavar="COLUMN",
        nargs="+",
        action="extend",
        default=[],
        help="columns by which the data were filtered",
    )
    parser.add_argument(
        "--filter-radius",
        dest="filter_radius_metres",
        metavar="METRES",
        type=float,
        help="distance by which they were filtered",
    )


def _import(arguments: argparse.Namespace) -> int:
    from fieldmark.predictions.rankings_header import SimilarityKind
    from fieldmark.predictions.rankings_importers import RankingsOptions, import_rankings

    given = vars(arguments) | {"filtered_by": tuple(arguments.filtered_by)}
    options = RankingsOptions(**{name: given[name] for name in RankingsOptions.__slots__})
    with open_progress() as progress:
        rankings = import_rankings(
            arguments.file,
            similarity=SimilarityKind(arguments.similarity),
            out=arguments.out,
            options=options,
            progress=progress,
        )
    shape = rankings.similarities.kind
    print_line(
        f"Imported {count_of(rankings.n, 'query', 'queries')} and "
        f"{count_of(rankings.gallery.height, 'photo')} of "
        f"{count_of(len(rankings.identities), 'identity', 'identities')} into {arguments.out}, "
        f"as {'a matrix' if shape == 'matrix' else shape}."
    )
    return 0


COMMANDS = {"import-rankings": (_configure_import, _import)}
