"""Share whole groups out to parts, label by label.

Iterative stratification after Sechidis, Tsoumakas and Vlahavas (2011), "On the stratification of
multi-label data": the rarest label first, each group to the part that lacks most of that label. A
group's turn comes from a hash of the seed and its name, so that the order of rows plays no role.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

from fieldmark.core.randomness import seed_for

_COVERED_PART = "train"


def assign_groups(
    groups: Sequence[str],
    labels: Sequence[str],
    *,
    fractions: Mapping[str, float],
    seed: int,
    learnt: Sequence[str] | None = None,
) -> dict[str, str]:
    """Return the part of each group.

    When there is a part "train", each label first gets one group there.

    Args:
        groups: the group of each image.
        labels: the label of each image, as many as ``groups``.
        fractions: part name -> share of the images; the shares sum to 1.
        seed: which of the possible assignments.
        learnt: what each image shows of which every kind gets a group in the part "train" first;
            None for the labels.

    Example:
        >>> shares = {"train": 0.5, "test": 0.5}
        >>> parts = assign_groups(["a", "a", "b", "b"], ["x"] * 4, fractions=shares, seed=1)
        >>> sorted(parts), sorted(parts.values())
        (['a', 'b'], ['test', 'train'])
    """
    sharing = _Sharing(groups, labels, fractions)
    turns = sorted(set(groups), key=lambda group: (seed_for("holdout", seed, group), group))
    by_label: dict[str, list[str]] = {label: [] for label in sorted(set(labels))}
    for group in turns:
        for label in sharing.contents[group]:
            by_label[label].append(group)
    rarest_first = sorted(by_label, key=lambda label: (len(by_label[label]), label))
    if _COVERED_PART in fractions:
        to_cover = by_label if learnt is None else _groups_by(learnt, groups, turns)
        for kind in sorted(to_cover, key=lambda kind: (len(to_cover[kind]), kind)):
            if not any(group in sharing.parts for group in to_cover[kind]):
                sharing.give(to_cover[kind][0], _COVERED_PART)
    for label in rarest_first:
        for group in by_label[label]:
            if group not in sharing.parts:
                sharing.give(group, sharing.neediest_part(label))
    return sharing.parts


def _groups_by(
    kinds: Sequence[str], groups: Sequence[str], turns: Sequence[str]
) -> dict[str, list[str]]:
    """Return the groups that show each kind, in the order of their turns."""
    place = {group: number for number, group in enumerate(turns)}
    found: dict[str, set[str]] = {}
    for kind, group in zip(kinds, groups, strict=True):
        found.setdefault(kind, set()).add(group)
    return {kind: sorted(own, key=place.__getitem__) for kind, own in found.items()}


class _Sharing:
    """What each part still lacks, of each label and over all, in images."""

    def __init__(
        self, groups: Sequence[str], labels: Sequence[str], fractions: Mapping[str, float]
    ) -> None:
        self.parts: dict[str, str] = {}
        self.contents: dict[str, Counter[str]] = {group: Counter() for group in groups}
        for group, label in zip(groups, labels, strict=True):
            self.contents[group][label] += 1
        self._lacking = {part: len(groups) * share for part, share in fractions.items()}
        self._lacking_of = {
            label: {part: images * share for part, share in fractions.items()}
            for label, images in Counter(labels).items()
        }

    def neediest_part(self, label: str) -> str:
        """Return the part that lacks most of a label; ties go to the one that lacks most."""
        lacking = self._lacking_of[label]
        return max(lacking, key=lambda part: (round(lacking[part], 9), self._lacking[part]))

    def give(self, group: str, part: str) -> None:
        """Put a group into a part."""
        self.parts[group] = part
        for label, images in self.contents[group].items():
            self._lacking_of[label][part] -= images
            self._lacking[part] -= images
