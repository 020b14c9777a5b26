import polars as pl
import pytest

from fieldmark.core.errors import SplitError
from fieldmark.manifest.few_shot import draw_few_shot
from fieldmark.manifest.parts import Split
from fieldmark.manifest.table import Manifest


@pytest.fixture
def flowers(tmp_path) -> tuple[Manifest, Split]:
    """Twenty photos of each of three flowers, four a plant; the last four are tested."""
    rows = [(f"{name}{row:02}", name, f"{name} {row // 4}") for name in "abc" for row in range(20)]
    frame = pl.DataFrame(rows, schema=["id", "label", "group"], orient="row")
    manifest = Manifest(frame.with_columns(path=pl.lit("x.png")), tmp_path)
    train = tuple(id_ for id_, _, _ in rows if int(id_[1:]) < 16)
    test = tuple(id_ for id_, _, _ in rows if int(id_[1:]) >= 16)
    return manifest, Split({"train": train, "test": test}, name="by hand")


def test_each_number_holds_the_smaller_ones_and_is_tested_alike(flowers) -> None:
    manifest, split = flowers
    found = draw_few_shot(manifest, split, shots=[1, 5, 10], seed=0)
    assert (found.kind, found.names) == ("shots", ("1", "5", "10"))
    learnt = {name: set(one.ids("train")) for name, one in found.splits.items()}
    assert learnt["1"] < learnt["5"] < learnt["10"]
    for name, ids in learnt.items():
        assert [sum(id_[0] == label for id_ in ids) for label in "abc"] == [int(name)] * 3
        assert found.named(name).ids("test") == split.ids("test")
    assert found.named("5").name == "5 a class of by hand, drawn with seed 0"


def test_the_order_in_which_numbers_are_asked_for_plays_no_role(flowers) -> None:
    manifest, split = flowers
    many, few = (draw_few_shot(manifest, split, shots=shots, seed=0) for shots in ([10, 1], [1]))
    assert many.named("1") == few.named("1")
    assert draw_few_shot(manifest, split, shots=[1], seed=1).digest != few.digest


def test_few_images_show_as_many_plants_as_they_can(flowers) -> None:
    manifest, split = flowers
    ids = draw_few_shot(manifest, split, shots=[4], seed=0).named("4").ids("train")
    assert manifest.select(ids).groups.n_unique() == 12


def test_a_class_with_fewer_images_is_refused_or_taken_whole(flowers) -> None:
    manifest, split = flowers
    wanted = r"3 classes of the training part have fewer than 17 images \('a', 'b', 'c'; the first"
    with pytest.raises(SplitError, match=wanted):
        draw_few_shot(manifest, split, shots=[17], seed=0)
    found = draw_few_shot(manifest, split, shots=[17], seed=0, too_few="take_all")
    assert found.named("17") == split


@pytest.mark.parametrize("shots", [[], [0], [1, 1]])
def test_numbers_that_are_none_are_refused(flowers, shots: list[int]) -> None:
    manifest, split = flowers
    with pytest.raises(SplitError, match=r"Expected different numbers .* got \["):
        draw_few_shot(manifest, split, shots=shots, seed=0)


def test_a_split_without_a_training_part_is_refused(flowers) -> None:
    manifest, split = flowers
    with pytest.raises(SplitError, match=r"Unknown part 'train'\. There are: test."):
        draw_few_shot(manifest, Split({"test": split.ids("test")}, name="t"), shots=[1], seed=0)
