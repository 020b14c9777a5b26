import pytest

from fieldmark.experiments.durations import Outlook, in_words


def test_each_contender_is_expected_to_take_its_own_time() -> None:
    outlook = Outlook(["slow", "slow", "slow", "fast", "fast", "fast"])
    outlook.finish("slow", seconds=90.0)
    outlook.finish("slow", seconds=110.0)
    outlook.finish("fast", seconds=1.0)
    assert outlook.cells_left == 3
    assert outlook.seconds_left == pytest.approx(102.0)


def test_a_contender_without_a_time_takes_the_mean_of_all() -> None:
    outlook = Outlook(["slow", "fast", "new"])
    outlook.finish("slow", seconds=9.0)
    outlook.finish("fast", seconds=3.0)
    assert outlook.seconds_left == pytest.approx(6.0)


def test_a_failed_cell_is_off_the_list_and_teaches_nothing() -> None:
    outlook = Outlook(["probe", "probe"])
    outlook.finish("probe", seconds=None)
    assert outlook.cells_left == 1
    assert outlook.seconds_left is None


def test_nothing_left_takes_no_time() -> None:
    assert Outlook([]).seconds_left is None
    outlook = Outlook(["slow"])
    outlook.finish("slow", seconds=9.0)
    assert (outlook.cells_left, outlook.seconds_left) == (0, 0)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "less than a second"),
        (0.5, "less than a second"),
        (1.2, "1 s"),
        (59.4, "59 s"),
        (60, "1 min"),
        (119.7, "2 min"),
        (3500, "58 min 20 s"),
        (3599, "1 h"),
        (3600, "1 h"),
        (12_345, "3 h 26 min"),
        (360_000, "100 h"),
    ],
)
def test_durations_are_said_as_people_say_them(seconds: float, words: str) -> None:
    assert in_words(seconds) == words


def test_a_running_cell_tells_of_its_contender_until_one_is_measured() -> None:
    outlook = Outlook(["tuned", "tuned", "knn"])
    outlook.begin("tuned", seconds=30.0, share=0.0)
    assert outlook.seconds_left is None
    outlook.begin("tuned", seconds=30.0, share=0.25)
    assert outlook.seconds_left == 3 * 120.0 - 60.0
    outlook.finish("knn", seconds=4.0)
    assert outlook.seconds_left == 2 * 120.0 - 60.0


def test_what_a_running_cell_has_taken_is_not_left() -> None:
    outlook = Outlook(["knn", "knn", "knn"])
    outlook.finish("knn", seconds=10.0)
    outlook.begin("knn", seconds=4.0, share=0.1)
    assert outlook.seconds_left == 16.0
    outlook.begin("knn", seconds=400.0, share=0.9)
    assert outlook.seconds_left == 6.0
