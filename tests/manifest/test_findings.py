from fieldmark.manifest.findings import Finding, finding


def test_count_first_and_five_examples_are_filled_in() -> None:
    found = finding("odd", "note", "Odd: {count} (first: {first}).", range(1, 2000, 2))
    assert found == [
        Finding("odd", "note", "Odd: 1,000 (first: 1).", 1000, ("1", "3", "5", "7", "9"))
    ]


def test_names_with_braces_stay_as_they_are() -> None:
    assert finding("odd", "note", "{count}: {first}", ["{count}"])[0].message == "1: {count}"


def test_no_case_is_no_finding() -> None:
    assert finding("odd", "note", "{count}", []) == []
