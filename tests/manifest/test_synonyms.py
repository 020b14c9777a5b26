from collections.abc import Callable
from pathlib import Path

import pytest

from fieldmark.core.errors import ManifestError
from fieldmark.manifest.synonyms import read_synonyms

RANKS = ("genus", "species")


def test_chains_lead_to_the_accepted_name(write: Callable[..., Path]) -> None:
    path = write("name,accepted\nA old,A older\nA older,A b\nA b,A b\n", "s.csv")
    synonyms = read_synonyms(path, ranks=RANKS)
    assert synonyms.at("species") == {"A old": "A b", "A older": "A b"}
    assert synonyms.at("genus") == synonyms.at("species")
    assert synonyms.source == "s.csv"


def test_a_rank_has_synonyms_of_its_own(write: Callable[..., Path]) -> None:
    path = write("name,accepted,rank\nX,Y,genus\nY,Z,\nX,W,species\n", "s.csv")
    synonyms = read_synonyms(path, ranks=RANKS)
    assert synonyms.at("genus") == {"X": "Z", "Y": "Z"}
    assert synonyms.at("species") == {"X": "W", "Y": "Z"}


def test_the_same_row_twice_says_one_thing(write: Callable[..., Path]) -> None:
    path = write("name,accepted\nX,Y\nX,Y\n", "s.csv")
    assert read_synonyms(path, ranks=RANKS).at("species") == {"X": "Y"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name,now\nX,Y\n", r"s.csv has no column 'accepted'. Synonyms need .* it has: name, now"),
        ("name,accepted\nX,Y\nX,Z\n", r"line 3: 'X' gives way to 'Z', and to 'Y' further up"),
        ("name,accepted\nX,\n", r"line 2: expected a name and its accepted name; one is empty"),
        (
            "name,accepted,rank\nX,Y,genera\n",
            r"line 2: Unknown rank 'genera'; did you mean 'genus'",
        ),
        ("name,accepted\nA,B\nB,C\nC,A\n", r"lead back to themselves \('A', 'B', 'C', 'A'\)"),
    ],
)
def test_a_table_that_contradicts_itself_is_refused(
    write: Callable[..., Path], text: str, message: str
) -> None:
    with pytest.raises(ManifestError, match=message):
        read_synonyms(write(text, "s.csv"), ranks=RANKS)


def test_a_missing_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match="there is no such file"):
        read_synonyms(tmp_path / "s.csv", ranks=RANKS)
