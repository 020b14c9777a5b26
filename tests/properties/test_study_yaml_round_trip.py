from typing import Any

import yaml
from hypothesis import given
from hypothesis import strategies as st

from fieldmark.experiments.yaml_document import read_yaml, write_yaml

TEXTS = st.text(max_size=20) | st.sampled_from(
    ["NO", "on", "1e-3", "0o17", "~", "null", "<<", "2024-01-01", "12:30", "- a", "a: b", "#", "&a"]
)
SCALARS = TEXTS | st.booleans() | st.none() | st.integers() | st.floats(allow_nan=False)
CONTENTS = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(TEXTS, CONTENTS, max_size=4))
def test_what_is_written_is_read_again(content: dict[str, Any]) -> None:
    assert read_yaml(write_yaml(content), "s.yaml").content == content


@given(st.dictionaries(TEXTS, TEXTS, max_size=4))
def test_text_is_written_so_that_yaml_1_1_reads_it_as_text_too(content: dict[str, str]) -> None:
    assert yaml.safe_load(write_yaml(content)) == content


@given(st.dictionaries(TEXTS, CONTENTS, max_size=4))
def test_every_key_has_a_place(content: dict[str, Any]) -> None:
    document = read_yaml(write_yaml(content), "s.yaml")
    lines = write_yaml(content).count("\n") + 1
    assert {(key,) for key in content} <= document.places.keys()
    assert all(1 <= place.order <= lines for place in document.places.values())
