import pytest

from fieldmark.core.errors import PredictionsError
from fieldmark.report.content import ContenderRow
from fieldmark.report.verdicts import unfinished_sentence, verdict_sentences


def said(rows, comparisons=(), metric="accuracy") -> str:
    return " ".join(verdict_sentences(rows, comparisons, metric))


def test_one_contender_is_set_beside_the_best_baseline(make) -> None:
    rows = [make.row("probe"), make.baseline("chance", 0.0016), make.baseline()]
    assert verdict_sentences(rows, (), "accuracy") == (
        "probe reaches accuracy 84.21 % (95 % interval 82.9 to 85.5).",
        "The best trivial baseline, majority, reaches 2.14 %.",
    )


def test_best_is_who_beats_each_of_the_others(make) -> None:
    rows = [make.row("knn", 0.8004), make.row("probe"), make.row("stock", 0.7)]
    comparisons = (make.comparison("knn", "probe", -0.0417), make.comparison("probe", "stock"))
    text = said(rows, comparisons)
    assert text.startswith("probe is the best of 3 contenders: accuracy 84.21 %")
    assert comparisons[0].sentence() in text


def test_nobody_is_best_when_a_rival_cannot_be_told_apart(make) -> None:
    rows = [make.row("probe"), make.row("knn", 0.8400)]
    text = said(rows, (make.comparison("probe", "knn", 0.0021),))
    assert "but is not distinguishable from knn" in text
    assert "best of" not in text


def test_over_folds_the_comparison_fold_by_fold_decides(make) -> None:
    rows = [make.row("probe"), make.row("knn", 0.8004)]
    by_item = make.comparison("probe", "knn")
    by_fold = make.comparison("probe", "knn", 0.0021, metric="accuracy_mean_of_folds")
    assert "best of 2" in said(rows, (by_item,))
    text = said(rows, (by_item, by_fold))
    assert "but is not distinguishable from knn" in text
    assert by_fold.sentence() in text


def test_equivalent_is_said_as_such(make) -> None:
    rows = [make.row("probe"), make.row("knn", 0.8400)]
    text = said(rows, (make.comparison("knn", "probe", 0.0021, margin=0.02),))
    assert "but is equivalent to knn" in text


def test_nobody_is_best_without_a_comparison(make) -> None:
    rows = [make.row(name, value) for name, value in (("a", 0.84), ("b", 0.8), ("c", 0.7))]
    genus = make.comparison("a", "c", rank="genus")
    text = said(rows, (make.comparison("a", "b"), make.comparison("a", "c", metric="macro_f1")))
    assert "but was not compared with c, so nothing is called best" in text
    assert "was not compared with b and c" in said(rows, (genus,))


def test_where_all_were_compared_with_a_reference_alone_these_verdicts_are_said(make) -> None:
    rows = [make.row(name, value) for name, value in (("a", 0.84), ("b", 0.83), ("c", 0.82))]
    same = [make.comparison(name, "c", 0.001) for name in ("a", "b")]
    text = said(rows, same)
    assert "comes first with" in text
    assert "but none of 2 contenders is distinguishable from c." in text
    assert same[0].sentence() in text
    assert "compared with c alone and not with each other, so nothing is called best" in text
    text = said(rows, (make.comparison("a", "c"), make.comparison("b", "c", 0.001)))
    assert "of 2 contenders, a is better than c, b is not distinguishable from it." in text


def test_nobody_is_best_while_cells_are_missing(make) -> None:
    rows = [make.row("probe"), ContenderRow("knn", cells_planned=2), make.baseline()]
    assert verdict_sentences(rows, (make.comparison("probe", "knn"),), "accuracy") == (
        "Preliminary: 2 of 3 cells have no result (contender knn), so nothing is called best.",
    )


def test_many_contenders_behind_are_not_all_named() -> None:
    rows = [ContenderRow(f"c{number}", cells_planned=1) for number in range(9)]
    assert "contenders c0, c1 and 7 more" in unfinished_sentence(rows)
    assert unfinished_sentence([]) == ""
    (one,) = (unfinished_sentence(rows[:1]),)
    assert one.startswith("Preliminary: 1 of 1 cell has no result (contender c0)")


def test_a_dead_run_is_never_best(make) -> None:
    rows = [make.row("dead", 0.99, flags=(make.dead,)), make.row("probe")]
    text = said(rows)
    assert text.startswith("probe reaches accuracy 84.21 %")
    assert "Left out, with signs of a dead run: dead." in text
    assert said(rows[:1]).startswith("No contender has a result that can be judged.")


def test_no_contender_at_all(make) -> None:
    assert said([]) == "No contender has a result that can be judged."
    assert said([make.baseline()]) == "No contender has a result that can be judged."


def test_who_does_not_beat_the_trivial_baseline_is_not_best(make) -> None:
    rows = [make.row("probe"), make.row("knn", 0.8004), make.baseline("majority", 0.835)]
    text = said(rows, (make.comparison("probe", "knn"),))
    assert text.startswith("No contender is shown to beat the trivial baseline “majority”, which")
    assert "best of" not in text


def test_a_lower_loss_is_better(make) -> None:
    def row(name, value, **fields):
        loss = make.estimate(value, metric="log_loss", contender=name)
        return ContenderRow(name, (loss,), **fields)

    rows = [
        row("probe", 0.7, cells_ran=1, cells_planned=1),
        row("knn", 0.9, cells_ran=1, cells_planned=1),
        row("chance", 6.4, is_baseline=True),
    ]
    assert said(rows, metric="log_loss").startswith("probe comes first with log loss 0.700")
    worse = [rows[1], row("chance", 0.8, is_baseline=True)]
    assert said(worse, metric="log_loss").startswith("No contender is shown to beat")


def test_who_stands_on_other_ground_is_left_out(make) -> None:
    foreign = ContenderRow("stock", (make.estimate(0.99, classes=90, contender="stock"),), 1, 1)
    text = said([make.row("probe"), foreign])
    assert text.startswith("probe reaches")
    assert "Left out, not measured on the same ground: stock." in text


def test_an_unknown_metric_is_refused() -> None:
    with pytest.raises(PredictionsError, match="Unknown metric 'acuracy'"):
        verdict_sentences([], (), "acuracy")
