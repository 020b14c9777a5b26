import pytest

from fieldmark.comparison.label_versions import relabelled_note, with_labels_of
from fieldmark.comparison.rules import ComparisonRules
from fieldmark.comparison.verdict import compare
from fieldmark.core.errors import NotComparableError


@pytest.fixture
def versions(contender):
    truth = ["a", "b", "c", "a"] * 10
    cleaned = ["b", *truth[1:]]
    return (
        contender("new", cleaned, cleaned, label_version="cleaned"),
        contender("old", truth, truth, label_version="v1"),
    )


def test_labels_of_another_table_go_with_their_version(versions):
    new, old = versions
    found = with_labels_of(new, old)
    assert found.labels.to_list() == old.labels.to_list()
    assert found.header.label_version == "v1"
    assert found.items.columns == new.items.columns
    assert (found.scores == new.scores).all()
    assert with_labels_of(old, old) is old


def test_both_versions_give_a_verdict_of_their_own(versions):
    first, second = (
        compare(*versions, rules=ComparisonRules(labels=side)) for side in ("first", "second")
    )
    assert (first.a_value, first.b_value) == (1.0, 39 / 40)
    assert (second.a_value, second.b_value) == (39 / 40, 1.0)
    assert first.notes[0] == (
        "judged by the labels of new (version cleaned); those of old (version v1) differ for 1 item"
        " of 40: look at the verdict under both"
    )
    with pytest.raises(NotComparableError, match="1 item of 40 have different labels"):
        compare(*versions)


def test_versions_that_agree_are_noted(contender, versions):
    labels = versions[1].labels.to_list()
    found = compare(contender("new", labels, labels, label_version="v2"), versions[1])
    assert found.notes == ("label versions v2 and v1 agree on these items",)
    assert relabelled_note(versions[1], versions[1]) is None


def test_items_without_another_label_are_refused(contender, versions):
    more = contender("more", ["a"] * 41, ["a"] * 41)
    with pytest.raises(NotComparableError, match=r"1 item of 41 are not in it \(first: 'i40'\)"):
        with_labels_of(more, versions[1])
