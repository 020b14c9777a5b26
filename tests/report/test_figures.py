import re

from fieldmark.report.content import ContenderRow
from fieldmark.report.figures import contender_figure, rank_figure
from fieldmark.report.grounds import Ground, leaf_grounds, rank_grounds


def words(svg: str) -> list[str]:
    return re.findall(r"<text[^>]*>([^<]*)</text>", svg)


def dots(rows, metric="accuracy"):
    return contender_figure(leaf_grounds(rows)[0], metric, name="dots")


def ranks(rows):
    (ground,) = rank_grounds(rows, "accuracy")
    return rank_figure(ground, "accuracy", leaf_rank="species", name="ranks")


def test_contenders_come_best_first_with_their_values(make) -> None:
    picture = dots([make.row("knn", 0.8004), make.row("probe"), make.baseline("majority", 0.79)])
    found = words(picture.svg)
    assert found.index("probe") < found.index("knn")
    assert {"84.21 %", "80.04 %", "majority 79.00 %", "Accuracy"} <= set(found)
    assert picture.caption == "Accuracy on the split “test”, n = 3,061. Line: 95 % interval."


def test_what_has_not_run_has_a_line_with_a_question_mark(make) -> None:
    found = words(dots([ContenderRow("silent", cells_planned=1), make.row("probe")]).svg)
    assert "?" in found
    assert found.index("probe") < found.index("silent")


def test_a_baseline_far_away_is_named_at_the_edge(make) -> None:
    rows = [make.row("probe"), make.baseline(), make.baseline("chance", 0.0016)]
    assert "◂ majority 2.14 %, chance 0.16 % (off the scale)" in words(dots(rows).svg)


def test_a_loss_that_is_far_higher_stands_at_the_other_edge(make) -> None:
    def row(name, value, **fields):
        return ContenderRow(
            name, (make.estimate(value, metric="log_loss", contender=name),), **fields
        )

    rows = [
        row("knn", 0.9, cells_ran=1, cells_planned=1),
        row("probe", 0.7, cells_ran=1, cells_planned=1),
        row("chance", 6.4, is_baseline=True),
    ]
    found = words(dots(rows, "log_loss").svg)
    assert "chance 6.400 ▸ (off the scale)" in found
    assert found.index("probe") < found.index("knn")


def test_a_baseline_without_this_metric_is_not_drawn(make) -> None:
    found = words(dots([make.row("probe"), make.baseline()], "macro_f1").svg)
    assert not any("majority" in text for text in found)


def test_no_contender_at_all_is_an_empty_figure() -> None:
    empty = Ground(None, None, (), ())
    assert "<svg" in contender_figure(empty, "accuracy", name="dots").svg


def test_thirty_contenders_with_long_names_fit(make) -> None:
    rows = [
        make.row(f"contender-with-a-very-long-name-{n:02d}" * 3, 0.6 + n / 100) for n in range(30)
    ]
    svg = dots(rows).svg
    assert sum("…" in text for text in words(svg)) == 30
    assert max(map(len, words(svg))) <= 42


def test_every_rank_is_named_with_its_number_of_classes(make) -> None:
    picture = ranks([make.row("probe"), make.row("knn", 0.8)])
    found = words(picture.svg)
    assert {"genus", "113", "species", "620", "probe", "knn"} <= set(found)
    assert "drawn" not in picture.caption


def test_only_seven_contenders_are_drawn_per_rank(make) -> None:
    picture = ranks([make.row(f"c{number}") for number in range(9)])
    assert "c6" in words(picture.svg)
    assert "c7" not in words(picture.svg)
    assert picture.caption.endswith("7 of 9 are drawn.")


def test_a_rank_without_a_value_leaves_a_gap(make) -> None:
    row = ContenderRow(
        "probe",
        (
            make.estimate(None, rank="genus", contender="probe"),
            make.estimate(low=None, high=None, contender="probe"),
        ),
        1,
        1,
    )
    assert "probe" in words(ranks([row]).svg)


def test_the_same_ground_gives_the_same_figure(make) -> None:
    rows = [make.row("probe"), make.baseline()]
    assert dots(rows) == dots(rows)
    assert ranks(rows) == ranks(rows)
