from fieldmark.report.against_reference import against_reference, verdict_between


def test_a_verdict_is_read_from_either_side(make) -> None:
    found = [make.comparison("a", "b")]
    assert verdict_between(found, "a", "b") == "better"
    assert verdict_between(found, "b", "a") == "worse"
    assert verdict_between(found, "a", "c") is None


def test_the_reference_is_who_all_others_were_compared_with(make) -> None:
    names = ["a", "b", "c"]
    star = [make.comparison("a", "c", 0.001), make.comparison("b", "c", 0.001)]
    named = ("c", "none of 2 contenders is distinguishable from c")
    assert against_reference(names, star) == named
    assert against_reference(names, star[:1]) is None
    assert against_reference(names, [*star, make.comparison("a", "b")]) is None
    assert against_reference(["a"], []) is None


def test_verdicts_that_differ_are_counted_and_the_few_are_named(make) -> None:
    names = ["a", "b", "d", "e", "f", "c"]
    better = [make.comparison("a", "c"), make.comparison("b", "c")]
    same = [make.comparison(name, "c", 0.001) for name in ("d", "e", "f")]
    words = "of 5 contenders, a and b are better than c, 3 are not distinguishable from it"
    assert against_reference(names, [*better, *same]) == ("c", words)
    worse = [make.comparison("c", name, 0.1) for name in names[:-1]]
    assert against_reference(names, worse) == ("c", "of 5 contenders, 5 are worse than c")
