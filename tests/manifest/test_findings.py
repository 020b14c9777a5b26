from fieldmark.manifest.findings import Finding, finding, merged


def test_count_first_and_five_examples_are_filled_in() -> None:
    found = finding("odd", "note", "Odd: {count} (first: {first}).", range(1, 2000, 2))
    assert found == [
        Finding("odd", "note", "Odd: 1,000 (first: 1).", 1000, ("1", "3", "5", "7", "9"))
    ]


def test_names_with_braces_stay_as_they_are() -> None:
    assert finding("odd", "note", "{count}: {first}", ["{count}"])[0].message == "1: {count}"


def test_no_case_is_no_finding() -> None:
    assert finding("odd", "note", "{count}", []) == []


def test_findings_of_several_splits_come_once_each() -> None:
    first = finding("odd", "note", "Odd: {count}.", [1])
    other = finding("even", "error", "Even: {count}.", [2, 4])
    found = merged({"1": first, "2": [*first, *other], "3": []})
    assert [one.message for one in found] == [
        "Odd: 1. So in split '1', and alike in 2 of 3.",
        "Even: 2. So in split '2', and alike in 1 of 3.",
    ]
    assert [one.count for one in found] == [1, 2]
    assert merged({"split": first}) == first
