"""Few images of each class to learn from, each number a subset of the next."""

from collections.abc import Sequence
from typing import Literal

from fieldmark.core.checks import count_of, first_few
from fieldmark.core.errors import SplitError
from fieldmark.core.randomness import seed_for
from fieldmark.manifest.parts import Split
from fieldmark.manifest.split_set import SplitSet
from fieldmark.manifest.table import Manifest

TooFew = Literal["refuse", "take_all"]
_TRAIN = "train"


def draw_few_shot(
    manifest: Manifest,
    split: Split,
    *,
    shots: Sequence[int],
    seed: int,
    too_few: TooFew = "refuse",
) -> SplitSet:
    """Return one split for each number of training images a class; all other parts stay.

    The images for a smaller number are among those for a larger one. Images of groups that were
    not drawn yet come first, so that few images show as many things as they can. Classes that the
    training part lacks are not drawn from.

    Args:
        manifest: the images.
        split: the split whose part "train" is drawn from.
        shots: the numbers of images, each at least 1.
        seed: which of the possible draws.
        too_few: what to do with a class that has fewer images: "refuse", or "take_all" of them.

    Raises:
        SplitError: there is no part "train", no number or one below 1 or twice, or too few images.

    Example:
        >>> import polars as pl
        >>> from pathlib import Path
        >>> frame = pl.DataFrame({"id": list("abcd"), "label": ["oak", "ash", "oak", "ash"]})
        >>> manifest = Manifest(frame.with_columns(path="id"), Path("images"))
        >>> whole = Split({"train": ("a", "b", "c"), "test": ("d",)}, name="by hand")
        >>> draw_few_shot(manifest, whole, shots=[1], seed=0).named("1").ids("train")
        ('a', 'b')
    """
    if not shots or min(shots) < 1 or len(set(shots)) < len(shots):
        raise SplitError(
            f"Expected different numbers of training images, each at least 1; got {list(shots)}."
        )
    ordered = _in_order(manifest, split.ids(_TRAIN), seed)
    most = max(shots)
    short = sorted(label for label, ids in ordered.items() if len(ids) < most)
    if short and too_few == "refuse":
        raise SplitError(
            f"{count_of(len(short), 'class', 'classes')} of the training part have fewer than "
            f"{most} images ({first_few(short)}; the first has {len(ordered[short[0]])}). Ask for "
            "fewer, leave the classes out, or state 'too_few: take_all'."
        )
    others = {part: ids for part, ids in split.parts.items() if part != _TRAIN}
    return SplitSet(
        {
            str(number): Split(
                {
                    _TRAIN: tuple(id_ for ids in ordered.values() for id_ in ids[:number]),
                    **others,
                },
                name=f"{number} a class of {split.name}, drawn with seed {seed}",
            )
            for number in shots
        },
        "shots",
    )


def _in_order(manifest: Manifest, ids: Sequence[str], seed: int) -> dict[str, list[str]]:
    """Return the training images of each class in the order in which they are drawn."""
    table = manifest.select(ids)
    groups = table.ids if table.groups is None else table.groups
    turns = sorted(
        zip(table.labels, groups, table.ids, strict=True),
        key=lambda row: (row[0], seed_for("few shot", seed, row[2]), row[2]),
    )
    drawn: dict[str, list[tuple[int, int, str]]] = {}
    of_group: dict[tuple[str, str], int] = {}
    for turn, (label, group, id_) in enumerate(turns):
        round_ = of_group.get((label, group), 0)
        of_group[label, group] = round_ + 1
        drawn.setdefault(label, []).append((round_, turn, id_))
    return {label: [id_ for _, _, id_ in sorted(rows)] for label, rows in drawn.items()}
