import pytest

from fieldmark.comparison.common_classes import over_common_classes
from fieldmark.comparison.pairing import pair
from fieldmark.comparison.rules import ComparisonRules
from fieldmark.core.errors import NotComparableError

LABELS = ["a", "b", "c", "a"]


def test_rows_are_matched_by_id(contender):
    a = contender("new", LABELS, LABELS)
    b = contender("old", LABELS[::-1], LABELS[::-1], ids=["i3", "i2", "i1", "i0"])
    found = pair(a, b)
    assert found.rows.tolist() == [3, 2, 1, 0]
    assert found.notes == ()


def test_the_order_of_classes_does_not_matter(contender):
    a = contender("new", LABELS, LABELS)
    assert pair(a, contender("old", LABELS, LABELS, classes=("c", "b", "a"))).a is a


def test_other_classes_are_refused_with_the_way_out(contender):
    a = contender("new", ["a"], ["a"], classes=("a", "b", "Amanita phalloides"))
    b = contender("old", ["a"], ["a"], classes=("a", "c"))
    with pytest.raises(
        NotComparableError,
        match=r"new and old cannot be compared: 3 of 4 classes differ \(first: 'Amanita phalloides'"
        r"\)\. Restrict both with `--classes common` \(in a study: `protocol.classes`\): 1 class is"
        r" common, with 1 of 1 item\. new alone has 2, old alone 1\.",
    ):
        pair(a, b)


def test_common_classes_restrict_both_and_say_what_is_left(contender):
    a = contender("new", LABELS, LABELS)
    b = contender(
        "old", ["a", "b", "a"], ["a", "b", "a"], classes=("a", "b"), ids=["i0", "i1", "i3"]
    )
    found = pair(a, b, rules=ComparisonRules(classes="common"))
    assert found.a.label_space.classes == found.b.label_space.classes == ("a", "b")
    assert found.notes == (
        "restricted to 2 common classes: 3 of 4 items of new and 3 of 3 items of old left",
    )


def test_common_classes_of_the_same_classes_leave_all_as_it_is(contender):
    tables = [contender(name, LABELS, LABELS) for name in ("new", "old")]
    assert over_common_classes(tables) == (tuple(tables), ())


def test_three_tables_without_a_class_in_common_are_refused(contender):
    tables = [
        contender(name, [classes[0]], [classes[0]], classes=classes)
        for name, classes in (("x", ("a", "b")), ("y", ("a", "c")), ("z", ("b", "c")))
    ]
    with pytest.raises(NotComparableError, match="No class is common to all 3 tables of x and z"):
        over_common_classes(tables)


def test_common_classes_that_leave_no_item_are_refused(contender):
    a = contender("new", ["c"], ["c"])
    b = contender("old", ["a"], ["a"], classes=("a", "b"))
    with pytest.raises(NotComparableError, match="No item is left"):
        pair(a, b, rules=ComparisonRules(classes="common"))


def test_other_items_are_refused(contender):
    a, b = contender("new", ["a"], ["a"]), contender("old", ["a"], ["a"], ids=["x"])
    with pytest.raises(NotComparableError, match="not on the same items"):
        pair(a, b)


def test_other_labels_are_refused(contender):
    a, b = contender("new", ["a"], ["a"]), contender("old", ["b"], ["a"])
    with pytest.raises(NotComparableError, match="one version of the labels"):
        pair(a, b)


def test_another_split_is_refused_and_can_be_allowed(contender):
    a = contender("new", ["a"], ["a"], split_digest="1" * 64)
    b = contender("old", ["a"], ["a"], split_digest="2" * 64)
    with pytest.raises(
        NotComparableError, match=r"different splits: .*1{12} against 2{12}\. .*--across split"
    ):
        pair(a, b)
    assert pair(a, b, rules=ComparisonRules(across=frozenset({"split"}))).notes == (
        "across splits: split digests 111111111111 against 222222222222",
    )
    assert pair(a, contender("old", ["a"], ["a"])).notes == ()


def test_another_contract_is_refused_field_by_field(contender, contract):
    a = contender("new", ["a"], ["a"])
    b = contender(
        "old", ["a"], ["a"], contract=contract | {"mean": [0.5, 0.5, 0.5], "crop_size": 96}
    )
    with pytest.raises(
        NotComparableError,
        match=r"contracts: crop_size: 224 against 96; mean: \[0.485, 0.456, 0.406\] against"
        r" \[0.5, 0.5, 0.5\]\. .*`--across contract`",
    ):
        pair(a, b)
    (note,) = pair(a, b, rules=ComparisonRules(across=frozenset({"contract"}))).notes
    assert note.startswith("across preprocessing contracts: crop_size: 224 against 96; mean")


def test_a_contract_that_is_not_recorded_is_noted(contender):
    a = contender("new", ["a"], ["a"])
    b = contender("old", ["a"], ["a"], contract=None)
    assert pair(a, b).notes == ("the preprocessing contract of old is not recorded",)
    assert pair(b, b).notes == ("the preprocessing contract of old is not recorded",)


def test_another_tap_is_refused_and_can_be_allowed(contender):
    a = contender("new", ["a"], ["a"], tap={"backbone": "vit", "tap": "class_token"})
    b = contender("old", ["a"], ["a"], tap={"backbone": "resnet", "tap": "pooled"})
    with pytest.raises(
        NotComparableError,
        match=r"different places: tap class_token against pooled\. .*`--across tap`",
    ):
        pair(a, b)
    assert pair(a, b, rules=ComparisonRules(across=frozenset({"tap"}))).notes == (
        "across feature taps: tap class_token against pooled",
    )


def test_another_backbone_with_the_same_tap_is_what_is_compared(contender):
    a = contender("new", ["a"], ["a"], tap={"backbone": "vit", "tap": "pooled"})
    b = contender("old", ["a"], ["a"], tap={"backbone": "resnet", "tap": "pooled"})
    assert pair(a, b).notes == ()
    assert pair(a, contender("old", ["a"], ["a"])).notes == ()
