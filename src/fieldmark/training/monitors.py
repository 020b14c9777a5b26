"""When to worry while training: dead runs, a growing gap, embeddings that fall into one."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fieldmark.core.errors import StudyError

_FEWEST_LOSSES = 20
_FLAT = 0.01
_LARGE_GAP = 0.25
_COLLAPSED_COSINE = 0.95
_COLLAPSED_RANK = 2.0

FloatArray = npt.NDArray[np.floating]


@dataclass(frozen=True, slots=True, kw_only=True)
class Worry:
    """One sign that a training goes wrong.

    Attributes:
        code: "loss-not-finite", "loss-flat", "overfitting" or "collapse".
        sentence: what was seen, and what to do.
        dead: whether nothing that comes out can be evidence.
    """

    code: str
    sentence: str
    dead: bool = False


def loss_worries(
    losses: Sequence[float], *, classes: int, guessing: float | None = None
) -> tuple[Worry, ...]:
    """Return the worries about the loss of each step so far.

    A loss is flat when, after at least twenty steps, the mean of the last quarter is not one per
    cent below that of the first quarter and is not below guessing.

    Args:
        losses: one for each step, in order.
        classes: number of classes.
        guessing: the loss of answers that are equal for all classes; the logarithm of their number
            when None, as in the cross-entropy.

    Example:
        >>> loss_worries([2.3, float("nan")], classes=10)[0].code
        'loss-not-finite'
    """
    bad = [step for step, loss in enumerate(losses) if not math.isfinite(loss)]
    if bad:
        sentence = (
            f"The loss was {losses[bad[0]]} at step {bad[0] + 1:,}. Lower the learning rate, or"
            " turn mixed precision off."
        )
        return (Worry(code="loss-not-finite", sentence=sentence, dead=True),)
    if len(losses) < _FEWEST_LOSSES:
        return ()
    quarter = len(losses) // 4
    first, last = np.mean(losses[:quarter]), np.mean(losses[-quarter:])
    guessed = math.log(classes) if guessing is None else guessing
    if last < (1 - _FLAT) * first or last < guessed * (1 - _FLAT):
        return ()
    sentence = (
        f"The loss did not fall: {first:.3f} in the first quarter of {len(losses):,} steps,"
        f" {last:.3f} in the last; guessing has {guessed:.3f}. Raise the learning rate,"
        " and check labels and normalisation."
    )
    return (Worry(code="loss-flat", sentence=sentence, dead=True),)


def overfitting_worries(training: float, validation: float, *, metric: str) -> tuple[Worry, ...]:
    """Return the worry about a gap between a share on the training part and on another.

    Args:
        training: value on the training part, in [0, 1].
        validation: value on a part that was not trained on.
        metric: what was measured, in words.
    """
    gap = training - validation
    if gap <= _LARGE_GAP:
        return ()
    sentence = (
        f"The {metric} is {100 * training:.1f} % on the training part and {100 * validation:.1f} %"
        f" beside it, a gap of {100 * gap:.1f} points. Augment more, train less of the network, or"
        " stop earlier."
    )
    return (Worry(code="overfitting", sentence=sentence),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """How far embeddings are spread.

    Attributes:
        same_cosine: mean cosine between embeddings of the same identity; None without such a pair.
        other_cosine: mean cosine between embeddings of different identities; None without one.
        effective_rank: exponential of the entropy of the normalised singular values, 1 to width.
    """

    same_cosine: float | None
    other_cosine: float | None
    effective_rank: float


def spread_of(embeddings: FloatArray, identities: Sequence[str]) -> Spread:
    """Return how far embeddings of a few hundred images are spread.

    Args:
        embeddings: float array (n, width), at least two rows, none of them all zeros.
        identities: what each image shows, (n,).

    Raises:
        StudyError: fewer than two embeddings, a zero one, or not one identity for each.

    Source:
        Roy and Vetterli (2007), The effective rank: a measure of effective dimensionality.

    Example:
        >>> spread = spread_of(np.eye(4), ["a", "a", "b", "b"])
        >>> spread.same_cosine, spread.other_cosine, round(spread.effective_rank, 6)
        (0.0, 0.0, 4.0)
    """
    vectors = np.asarray(embeddings, dtype=np.float64)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    if len(vectors) < 2 or len(vectors) != len(identities) or not lengths.all():
        raise StudyError(
            "Expected at least two embeddings, none of them zero, with an identity each; got"
            f" {len(vectors)} embeddings and {len(identities)} identities."
        )
    unit = vectors / lengths
    cosines = unit @ unit.T
    codes = np.unique(np.asarray(identities), return_inverse=True)[1]
    same = codes[:, None] == codes[None, :]
    above = np.triu(np.ones_like(same), k=1)
    singular = np.linalg.svd(unit, compute_uv=False)
    shares = singular[singular > 0] / singular.sum()
    return Spread(
        same_cosine=_mean_where(cosines, same & above),
        other_cosine=_mean_where(cosines, ~same & above),
        effective_rank=float(np.exp(-(shares * np.log(shares)).sum())),
    )


def collapse_worries(spread: Spread) -> tuple[Worry, ...]:
    """Return the worry that embeddings of different identities fall into one place."""
    other = spread.other_cosine
    is_close = other is not None and other > _COLLAPSED_COSINE
    if not is_close and spread.effective_rank > _COLLAPSED_RANK:
        return ()
    said = "no two identities" if other is None else f"a mean cosine of {other:.3f}"
    sentence = (
        f"Embeddings collapse: different identities have {said}, and the effective rank is"
        f" {spread.effective_rank:.1f}, so that any threshold accepts everything. Lower the"
        " learning rate or the margin, and check the sampler."
    )
    return (Worry(code="collapse", sentence=sentence, dead=True),)


def _mean_where(values: npt.NDArray[np.float64], where: npt.NDArray[np.bool_]) -> float | None:
    return float(values[where].mean()) if where.any() else None
