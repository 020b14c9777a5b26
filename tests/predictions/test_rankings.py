import numpy as np
import polars as pl
import pytest

from fieldmark.core.errors import PredictionsError
from fieldmark.predictions.rankings import (
    EmbeddingPair,
    Rankings,
    RankingsHeader,
    SimilarityLists,
    SimilarityMatrix,
)

HEADER = RankingsHeader(similarity="cosine", contender="trees", split="test")
QUERIES = pl.DataFrame({"id": ["q1", "q2"], "identity": ["oak 1", "elm 1"]})
GALLERY = pl.DataFrame({"id": ["a", "b", "q2"], "identity": ["oak 1", "oak 2", "elm 1"]})
VALUES = np.array([[0.9, 0.2, 0.1], [0.3, 0.4, 1.0]])


def made(**fields: object) -> Rankings:
    given = {
        "header": HEADER,
        "queries": QUERIES,
        "gallery": GALLERY,
        "similarities": SimilarityMatrix(VALUES),
    }
    return Rankings(**(given | fields))  # type: ignore[arg-type]


def test_rankings_say_what_they_are() -> None:
    rankings = made()
    assert repr(rankings) == (
        "Rankings('trees', cosine, 2 queries, 3 photos of 3 identities, split 'test')"
    )
    assert rankings.identities == ("elm 1", "oak 1", "oak 2")
    assert rankings.self_matches.tolist() == [3, 2]
    assert rankings == made() != made(similarities=SimilarityMatrix(VALUES / 2))
    assert hash(rankings) == hash(made())
    assert rankings != "trees"


def test_digests_do_not_depend_on_the_order_of_the_photos() -> None:
    turned = made(queries=QUERIES[::-1])
    assert turned.queries_digest == made().queries_digest
    assert turned.gallery_digest == made().gallery_digest
    assert turned.digest != made().digest


def test_the_similarities_cannot_be_written_to() -> None:
    with pytest.raises(ValueError, match="read-only"):
        made().similarities.arrays["similarities"][0, 0] = 1


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"queries": QUERIES.drop("identity")}, "queries to have a column 'identity'; there are"),
        ({"gallery": GALLERY[:0]}, "at least one photo in the gallery; there is none"),
        (
            {"queries": QUERIES.with_columns(id=pl.Series([1, 2]))},
            "'id' of the queries to hold strings; it holds Int64",
        ),
        (
            {"queries": QUERIES.with_columns(identity=pl.Series(["oak 1", ""]))},
            r"identity for every photo of the queries; 1 has none \(first: 'q2'\)",
        ),
        (
            {"queries": QUERIES.with_columns(id=pl.Series(["q1", None]))},
            r"1 has none \(first: row 2\)",
        ),
        (
            {"gallery": GALLERY.with_columns(id=pl.Series(["a", "a", "b"]))},
            r"every id once in the gallery; 1 id stands more than once \(first: 'a'\)",
        ),
        (
            {"gallery": GALLERY.with_columns(identity=pl.Series(["oak 1", "oak 2", "oak 2"]))},
            r"one identity for each photo; 1 photo has .*\(first: 'q2' is 'elm 1' and 'oak 2'\)",
        ),
        (
            {"queries": QUERIES.with_columns(latitude=pl.Series([1.0, 2.0]))},
            "latitude and longitude for the queries, or neither; there is only latitude",
        ),
        (
            {"queries": QUERIES.with_columns(latitude=pl.lit("1"), longitude=pl.lit(1.0))},
            "latitude of the queries as floating numbers in degrees; got String",
        ),
        (
            {"queries": QUERIES.with_columns(latitude=pl.lit(91.0), longitude=pl.lit(1.0))},
            r"latitude from -90 to 90 degrees in the queries; 2 are not \(first: 91.0\)",
        ),
        (
            {"similarities": SimilarityMatrix(VALUES.T.copy())},
            "similarities of 2 queries to 3 photos; got 3 by 2",
        ),
        (
            {"similarities": SimilarityMatrix(np.where(VALUES == 0.4, np.nan, VALUES))},
            "finite similarities; query 'q2' has NaN or infinite ones",
        ),
        (
            {"similarities": SimilarityMatrix(2 - VALUES)},
            "cosines from -1 to 1; query 'q1' has others. If these are distances",
        ),
        (
            {"header": HEADER.model_copy(update={"training_ids_digest": "x"}), "training_ids": ()},
            "the training ids that the header was written for",
        ),
        (
            {
                "header": HEADER.model_copy(update={"similarity": "probabilities"}),
                "similarities": EmbeddingPair(np.eye(2, 4), np.eye(3, 4)),
            },
            "'cosine' for embeddings, which are compared by their cosine; got 'probabilities'",
        ),
    ],
)
def test_what_is_not_as_stated_is_refused(fields: dict[str, object], message: str) -> None:
    with pytest.raises(PredictionsError, match=message):
        made(**fields)


def test_probabilities_have_a_range_and_other_numbers_have_none() -> None:
    values = SimilarityMatrix(VALUES - 1)
    with pytest.raises(PredictionsError, match="probabilities from 0 to 1; query 'q1' has others"):
        made(header=HEADER.model_copy(update={"similarity": "probabilities"}), similarities=values)
    made(header=RankingsHeader(similarity="other", contender="trees"), similarities=values)


def test_lists_are_checked_too() -> None:
    lists = SimilarityLists(np.array([0, 1, 1]), np.array([2]), np.array([7.0]), 3)
    with pytest.raises(PredictionsError, match="list_similarities has others"):
        made(similarities=lists)


def test_locations_may_be_missing() -> None:
    here = QUERIES.with_columns(
        latitude=pl.Series([1.0, None]), longitude=pl.Series([None, 2.0], dtype=pl.Float64)
    )
    assert made(queries=here).n == 2


def test_training_is_kept_in_order_with_its_digests() -> None:
    kept = made(training_ids=("b", "a", "b"), training_identities=("oak 1",))
    assert (kept.training_ids, kept.training_identities) == (("a", "b"), ("oak 1",))
    assert kept.header.training_ids_digest is not None
    assert kept.header.training_identities_digest is not None
    assert kept.header.digest != HEADER.digest
