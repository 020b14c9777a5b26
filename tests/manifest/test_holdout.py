from collections import Counter

from fieldmark.manifest.holdout import assign_groups

SHARES = {"train": 0.6, "validation": 0.2, "test": 0.2}


def test_each_label_is_shared_out_by_the_fractions() -> None:
    groups = [f"{label}{number}" for label in "xyz" for number in range(10)]
    labels = [group[0] for group in groups]
    parts = assign_groups(groups, labels, fractions=SHARES, seed=0)
    for label in "xyz":
        counts = Counter(part for group, part in parts.items() if group[0] == label)
        assert counts == {"train": 6, "validation": 2, "test": 2}


def test_each_label_has_a_group_in_train_even_when_groups_hold_several() -> None:
    groups = ["g1", "g1", "g1", "g2", "g3", "g4", "g5", "g5"]
    labels = ["x", "y", "z", "x", "x", "x", "y", "z"]
    for seed in range(20):
        parts = assign_groups(groups, labels, fractions={"train": 0.1, "test": 0.9}, seed=seed)
        trained = {
            label for group, label in zip(groups, labels, strict=True) if parts[group] == "train"
        }
        assert trained == {"x", "y", "z"}


def test_a_label_with_one_group_is_in_train_alone() -> None:
    parts = assign_groups(["a", "a", "b", "c"], ["x", "x", "y", "y"], fractions=SHARES, seed=3)
    assert parts["a"] == "train"


def test_without_a_part_train_nothing_is_promised() -> None:
    parts = assign_groups(["a", "b"], ["x", "x"], fractions={"one": 0.5, "two": 0.5}, seed=0)
    assert sorted(parts.values()) == ["one", "two"]


def test_images_added_later_move_few_others() -> None:
    groups = [f"g{number}" for number in range(400)]
    before = assign_groups(groups, ["x"] * 400, fractions=SHARES, seed=0)
    after = assign_groups([*groups, "new"], ["x"] * 401, fractions=SHARES, seed=0)
    assert sum(before[group] != after[group] for group in groups) < 200


def test_no_groups_have_no_parts() -> None:
    assert assign_groups([], [], fractions=SHARES, seed=0) == {}
