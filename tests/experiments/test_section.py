import pytest
from pydantic import ValidationError

from fieldmark.experiments.section import Name, Number, Section, Truth, Whole, refused


class Example(Section):
    name: Name = "a"
    count: Whole = 1
    share: Number = 0.5
    on: Truth = False


def test_a_section_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Example().name = "b"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("count", "1"),
        ("count", 1.0),
        ("count", True),
        ("share", "0.5"),
        ("share", True),
        ("share", float("nan")),
        ("share", float("inf")),
        ("on", "true"),
        ("on", 1),
        ("name", 1),
        ("name", ""),
        ("name", ".hidden"),
        ("name", "a/b"),
        ("name", "a b"),
        ("name", "a\n"),
        ("name", "x" * 101),
    ],
)
def test_nothing_is_converted_or_guessed(key: str, value: object) -> None:
    with pytest.raises(ValidationError):
        Example.model_validate({key: value})


@pytest.mark.parametrize("name", ["a", "resnet18.a1_in1k-probe", "2-layer", "Äpfel", "a+b"])
def test_names_that_can_be_folders_are_taken(name: str) -> None:
    assert Example(name=name).name == name


def test_a_whole_number_is_a_number() -> None:
    assert Example(share=1).share == 1.0


def test_an_unknown_key_is_refused_with_the_nearest_and_all_known_ones() -> None:
    message = "unknown key 'cuont'; did you mean 'count'\\? Known keys: name, count, share, on"
    with pytest.raises(ValidationError, match=message):
        Example.model_validate({"cuont": 2})


def test_an_unknown_key_without_a_neighbour_gets_no_guess() -> None:
    with pytest.raises(ValidationError, match=r"unknown key 'zzz'. Known keys: name"):
        Example.model_validate({"zzz": 2})


def test_something_that_is_no_mapping_is_refused() -> None:
    with pytest.raises(ValidationError, match="valid dictionary or instance of Example"):
        Example.model_validate(["name"])


def test_a_refusal_keeps_its_sentence_and_where_it_belongs() -> None:
    error = refused("the {thing} is odd.", "a", 0)
    assert error.message() == "the {thing} is odd."
    assert error.context is not None
    assert error.context["where"] == ("a", 0)
