import pytest

from fieldmark.core.errors import StudyError
from fieldmark.experiments.yaml_document import read_yaml, write_yaml


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("NO", "NO"),
        ("yes", "yes"),
        ("on", "on"),
        ("off", "off"),
        ("true", True),
        ("False", False),
        ("", None),
        ("~", None),
        ("null", None),
        ("'null'", "null"),
        ("7", 7),
        ("+7", 7),
        ("007", 7),
        ("0o17", 15),
        ("0x1F", 31),
        ("1e-3", 1e-3),
        ("1E5", 1e5),
        (".5", 0.5),
        ("5.", 5.0),
        ("-.inf", float("-inf")),
        ("1_000", "1_000"),
        ("12:30:00", "12:30:00"),
        ("2024-01-01", "2024-01-01"),
        ("'5'", "5"),
        ("!!str 5", "5"),
        ("1.2.3", "1.2.3"),
        ("=", "="),
    ],
)
def test_scalars_follow_the_core_schema(text: str, value: object) -> None:
    read = read_yaml(f"key: {text}", "s.yaml").content["key"]
    assert read == value
    assert type(read) is type(value)


def test_not_a_number_is_read_as_such() -> None:
    value = read_yaml("key: .NaN", "s.yaml").content["key"]
    assert value != value


def test_keys_are_text_whatever_they_look_like() -> None:
    content = read_yaml("{on: 1, NO: 2, 3: 4, null: 5, 1e3: 6}", "s.yaml").content
    assert list(content) == ["on", "NO", "3", "null", "1e3"]


def test_every_key_and_entry_has_its_line() -> None:
    document = read_yaml("# first\na:\n  b: 1\n  c:\n    - x\n    -\n      y\n", "s.yaml")
    lines = {path: place.order for path, place in document.places.items()}
    assert lines == {
        (): 1,
        ("a",): 2,
        ("a", "b"): 3,
        ("a", "c"): 4,
        ("a", "c", 0): 5,
        ("a", "c", 1): 7,
    }
    assert document.places["a", "b"].words == "s.yaml, line 3"


def test_an_anchor_repeats_what_it_names() -> None:
    content = read_yaml("{a: &net {x: 1}, b: *net}", "s.yaml").content
    assert content == {"a": {"x": 1}, "b": {"x": 1}}


@pytest.mark.parametrize("text", ["", "# only a remark\n", "---\n"])
def test_nothing_is_none(text: str) -> None:
    assert read_yaml(text, "s.yaml").content is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "a: 1\nb:\n\tc: 2",
            "s.yaml, line 3 is not valid YAML: .*indent with spaces, not with tabs",
        ),
        ("a: b: c", "line 1 is not valid YAML: mapping values .*; put a text that holds ': ' in q"),
        ("a: 1\nb: [1", "line 2 is not valid YAML: .*something is opened here and never closed"),
        ("a: 'x\nb: 2", "line 1 is not valid YAML: .*something is opened here and never closed"),
        ("a:\n  b: 1\n c: 2", "line 3 is not valid YAML: .*look at the indentation"),
        ("a: *x", "line 1 is not valid YAML: found undefined alias 'x'"),
        ("a: 1\n---\nb: 2", "line 2 is not valid YAML: expected a single document"),
        ("a: \x01", "s.yaml is not valid YAML: unacceptable character"),
        ("a: 1\nb: 2\na: 3", "line 3: the key 'a' comes twice, first in line 1; keep one of them"),
        ("a: {b: 1, b: 1}", "line 1: the key 'b' comes twice, first in line 1"),
        ("? [1]\n: 2", "line 1: a key should be text, not a list or a mapping"),
        ("a: 1\nb: !!python/name:os.system x", "line 2: the tag '!!python/name:os.system' has no"),
        ("a: !mine x", "line 1: the tag '!mine' has no meaning here; leave it out"),
        ("a: !!int x", "line 1: 'x' cannot be read as !!int"),
        ("a: &a [*a]", "s.yaml is nested too deeply, or contains itself"),
        ("[" * 3000, "s.yaml is nested too deeply"),
    ],
)
def test_what_is_not_yaml_is_refused_with_its_line(text: str, message: str) -> None:
    with pytest.raises(StudyError, match=message) as caught:
        read_yaml(text, "s.yaml")
    assert "\n" not in str(caught.value)


def test_a_text_that_explodes_is_refused() -> None:
    lines = ["a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 8)]
    with pytest.raises(StudyError, match=r"s.yaml holds more than 200,000 values"):
        read_yaml("\n".join(lines), "s.yaml")


def test_equal_parts_are_written_out() -> None:
    net = {"x": 1}
    assert "&" not in write_yaml({"a": net, "b": net})
