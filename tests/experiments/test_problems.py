import pytest
from pydantic import BaseModel, Field, ValidationError

from fieldmark.experiments.config import Study
from fieldmark.experiments.problems import dotted, place_of, problems_in
from fieldmark.experiments.yaml_document import read_yaml


def problems(model: type[BaseModel], text: str) -> list[str]:
    document = read_yaml(text, "s.yaml")
    try:
        model.model_validate(document.content)
    except ValidationError as error:
        return list(problems_in(error, document))
    return []


class Net(BaseModel):
    layers: tuple[int, ...] = ()
    size: float = Field(default=1, multiple_of=2)
    name: str = ""


def test_problems_come_in_the_order_of_reading() -> None:
    found = problems(Net, "name: 3\nlayers: [1, x]\n")
    assert [sentence.split(":")[0] for sentence in found] == ["s.yaml, line 1", "s.yaml, line 2"]


def test_an_entry_of_a_list_has_its_number() -> None:
    (sentence,) = problems(Net, "layers:\n  - 1\n  - []\n")
    assert sentence == "s.yaml, line 3: layers.1 should be a whole number, not an empty list."


def test_an_error_without_a_sentence_of_ours_keeps_that_of_pydantic() -> None:
    (sentence,) = problems(Net, "size: 3")
    assert sentence == "s.yaml, line 1: size: Input should be a multiple of 2."


def test_a_long_value_is_cut() -> None:
    (sentence,) = problems(Net, f"layers: {'x' * 80}")
    assert sentence.endswith(f"not '{'x' * 37}...'.")


def test_a_key_that_nobody_wrote_stands_where_its_section_does() -> None:
    document = read_yaml("a: 1\nb: {c: 2}", "s.yaml")
    assert place_of(("b", "d", "e"), document).order == 2
    assert place_of(("z",), document).order == 1


def test_the_root_of_a_study_has_a_name() -> None:
    assert problems(Study, "study: x")[0].startswith("s.yaml, line 1: the study needs the key")


def test_the_whole_is_called_what_it_is() -> None:
    document = read_yaml("- 1", "s.yaml")
    with pytest.raises(ValidationError) as caught:
        Net.model_validate(document.content)
    (sentence,) = problems_in(caught.value, document, whole="the claims file")
    assert sentence.startswith("s.yaml, line 1: the claims file should be a mapping")


class Family(BaseModel):
    nets: tuple[Net, ...] = Field(min_length=1)


def test_a_list_is_not_too_short_because_its_entries_are_wrong() -> None:
    (sentence,) = problems(Family, "nets:\n  - {size: x}")
    assert sentence.startswith("s.yaml, line 2: nets.0.size")
    (sentence,) = problems(Family, "nets: []")
    assert sentence == "s.yaml, line 1: nets should be at least 1 long, not an empty list."


def test_a_key_that_a_plain_model_does_not_know_is_named() -> None:
    class Closed(BaseModel, extra="forbid"):
        net: Net = Net()

    assert problems(Closed, "nett: 1") == ["s.yaml, line 1: unknown key 'nett'; leave it out."]


def test_keys_are_written_as_the_command_line_takes_them() -> None:
    assert dotted(("a", 0, "b")) == "a.0.b"
    assert dotted(()) == ""
