"""Deal whole groups to folds so that each fold has about its share of each label.

The most one-sided group first, each to the fold that then keeps the shares of the labels most
alike: the sum over folds and labels of the squared share grows least. This is the greedy rule of
scikit-learn's StratifiedGroupKFold, with squares in place of standard deviations, so that only the
labels of the group at hand are looked at. Ties go to the fold with fewest images; groups that are
alike take turns by a hash of the seed.
"""

from collections import Counter
from collections.abc import Sequence

from fieldmark.core.randomness import seed_for


def deal_groups(
    groups: Sequence[str], labels: Sequence[str], *, folds: int, seed: int
) -> dict[str, int]:
    """Return the fold of each group, from 0; with as many groups as folds, none stays empty.

    Args:
        groups: the group of each image.
        labels: the label of each image, as many as ``groups``.
        folds: how many folds, at least 1.
        seed: which of several ways that are as good.

    Example:
        >>> dealt = deal_groups(["a", "a", "b", "c"], ["x"] * 4, folds=2, seed=0)
        >>> dealt["b"] == dealt["c"] != dealt["a"]
        True
    """
    contents: dict[str, dict[str, int]] = {}
    for group, label in zip(groups, labels, strict=True):
        own = contents.setdefault(group, {})
        own[label] = own.get(label, 0) + 1
    sizes = {group: sum(own.values()) for group, own in contents.items()}
    totals = Counter(labels)
    spreads = {
        group: sum(count**2 for count in own.values()) - sizes[group] ** 2 / len(totals)
        for group, own in contents.items()
    }
    turns = {group: seed_for("folds", seed, group) for group in contents}
    order = sorted(
        contents, key=lambda one: (-round(spreads[one], 9), -sizes[one], turns[one], one)
    )
    held = {label: [0] * folds for label in totals}
    images = [0] * folds
    dealt: dict[str, int] = {}
    for group in order:
        growth = [0.0] * folds
        for label, count in contents[group].items():
            weight = count / totals[label] ** 2
            growth = [so_far + weight * n for so_far, n in zip(growth, held[label], strict=True)]
        ties = [(round(grown, 12), n) for grown, n in zip(growth, images, strict=True)]
        best = ties.index(min(ties))
        for label, count in contents[group].items():
            held[label][best] += count
        images[best] += sizes[group]
        dealt[group] = best
    return dealt
