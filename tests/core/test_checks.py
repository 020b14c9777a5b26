import pytest

from fieldmark.core.checks import (
    as_sentence,
    count_of,
    field_differences,
    first_few,
    nearest,
    unknown_choice,
)


@pytest.mark.parametrize(
    ("name", "expected"), [("hed", "head"), ("Backbone", "backbone"), ("zzz", None), ("", None)]
)
def test_nearest(name: str, expected: str | None) -> None:
    assert nearest(name, ["head", "backbone"]) == expected


def test_an_unknown_choice_lists_what_there_is() -> None:
    assert unknown_choice("head", "zzz", {"b", "a"}) == "Unknown head 'zzz'. There are: a, b."
    assert unknown_choice("head", "zzz", []) == "Unknown head 'zzz'. There is none."


def test_first_few_counts_the_rest() -> None:
    assert first_few([1, 2, 3]) == "'1', '2', '3'"
    assert first_few([1, 2, 3, 4, 5]) == "'1', '2', '3' and 2 more"
    assert first_few([]) == ""


def test_counts_agree_with_their_noun() -> None:
    assert count_of(0, "group") == "0 groups"
    assert count_of(2, "query", "queries") == "2 queries"


def test_field_differences_tell_both_sides() -> None:
    told = field_differences({"a": 1, "b": 2}, {"b": 3, "c": None})
    assert told == ("a: 1 against absent", "b: 2 against 3", "c: absent against None")
    assert field_differences({"a": 1}, {"a": 1}) == ()


def test_a_note_becomes_a_sentence_once() -> None:
    assert as_sentence("two items left") == "Two items left."
    assert as_sentence("Two items left.") == "Two items left."
    assert as_sentence("") == "."
