import copy

import pytest

from fieldmark.core.errors import StudyError
from fieldmark.experiments.overrides import override
from fieldmark.experiments.yaml_document import Document, read_yaml

TEXT = """\
study: grocery
protocol:
contenders:
  resnet18.a1-probe: {head: {kind: linear}}
  resnet18: {head: {kind: knn}}
claims:
  - {metric: accuracy, at_least: 0.9}
"""


@pytest.fixture
def document() -> Document:
    return read_yaml(TEXT, "s.yaml")


@pytest.mark.parametrize(
    ("setting", "path", "value"),
    [
        ("study=fruit", ("study",), "fruit"),
        ("study=a=b", ("study",), "a=b"),
        ("protocol.seeds=[0, 1]", ("protocol", "seeds"), [0, 1]),
        ("protocol.selection.on=val", ("protocol", "selection", "on"), "val"),
        ("data.split={kind: holdout}", ("data", "split"), {"kind": "holdout"}),
        ("claims.0.at_least=1e-1", ("claims", 0, "at_least"), 0.1),
        ("claims.0={metric: macro_f1}", ("claims", 0), {"metric": "macro_f1"}),
        (
            "contenders.resnet18.a1-probe.head.epochs=3",
            ("contenders", "resnet18.a1-probe", "head", "epochs"),
            3,
        ),
        (
            "contenders.resnet18.head.kind=linear",
            ("contenders", "resnet18", "head", "kind"),
            "linear",
        ),
        ("contenders.new={kind: logits}", ("contenders", "new"), {"kind": "logits"}),
        ("reference=", ("reference",), None),
        ("reference='null'", ("reference",), "null"),
    ],
)
def test_a_setting_reaches_its_key(
    document: Document, setting: str, path: tuple[str | int, ...], value: object
) -> None:
    content = override(document, setting).content
    for key in path:
        content = content[key]
    assert content == value


def test_the_document_stays_as_it_is(document: Document) -> None:
    content, places = copy.deepcopy(document.content), dict(document.places)
    override(document, "contenders.resnet18.head.kind=linear")
    assert document.content == content
    assert document.places == places


def test_a_setting_stands_in_place_of_a_line(document: Document) -> None:
    changed = override(document, "claims=[]", order=1)
    assert changed.places["claims",].words == "--set claims=[]"
    assert ("claims", 0) not in changed.places
    assert changed.places["study",].words == "s.yaml, line 1"
    assert changed.places["claims",].order > changed.places["contenders",].order
    later = override(changed, "study=x", order=2)
    assert later.places["study",].order > later.places["claims",].order


def test_a_section_made_on_the_way_has_the_place_of_the_setting(document: Document) -> None:
    changed = override(document, "protocl.seeds=[0]")
    assert changed.places["protocl",].words == "--set protocl.seeds=[0]"
    assert override(document, "contenders.resnet18.x=1").places["contenders",].order == 3


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("protocol.seeds", "--set protocol.seeds: expected KEY=VALUE, such as --set protocol.seed"),
        ("=3", "expected KEY=VALUE"),
        ("protocol.seeds=[0", r"--set protocol.seeds=\[0, line 1 is not valid YAML"),
        ("study.name=x", "--set study.name=x: 'study' is not a section but the value 'grocery'"),
        ("claims.1.metric=x", "'claims' is a list of 1, so a number below that .*; got '1'"),
        ("claims.first=x", "'claims' is a list of 1, .*; got 'first'"),
        ("claims.-1=x", "'claims' is a list of 1, .*; got '-1'"),
        (
            "contenders.resnet81.head.kind=knn",
            "--set .*: Unknown contender 'resnet81'; did you mean 'resnet18'",
        ),
    ],
)
def test_a_setting_that_leads_nowhere_is_refused(
    document: Document, setting: str, message: str
) -> None:
    with pytest.raises(StudyError, match=message):
        override(document, setting)
